"""What calls raise when they fail."""

from __future__ import annotations

import builtins


class Error(Exception):
    """A call that failed.

    ``kind`` is a stable word to branch on, such as ``"register_failed"``; ``message`` says for people what was wrong;
    ``status`` is the number that the C call returned. ``accepted`` is how many events a post took before it failed, from
    the first on. Some kinds have a class of their own, below.
    """

    def __init__(self, kind: str, message: str, status: int = -2) -> None:
        super().__init__(kind, message, status)
        self.kind = kind
        self.message = message
        self.status = status
        self.accepted = 0

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class InvalidHandle(Error):
    """The SDK or daemon has been closed."""


class AlreadyShutdown(Error):
    """The SDK or daemon has been shut down."""


class NotFound(Error):
    """No daemon of that id is registered with this SDK, or there is no such subscription."""


class QueueFull(Error):
    """There was no room. ``accepted`` is how many events were taken, from the first on; post the others again."""


class ProcessFailed(Error):
    """``process`` failed. ``__cause__`` is the exception that it raised, if it is known."""


class RestoreFailed(Error):
    """``restore`` failed. ``__cause__`` is the exception that it raised, if it is known."""


class Timeout(Error, builtins.TimeoutError):
    """What was waited for did not happen in time."""


class Forked(Error):
    """The process is a child of a fork that was made after an SDK had been started: nothing works in it. Start SDKs in
    the worker processes, or have multiprocessing use "spawn" or "forkserver"."""


class CallbackFailed(Error):
    """``snapshot`` raised an exception, which is the ``__cause__``; there is no state."""


_CLASSES: dict[str, type[Error]] = {
    "invalid_handle": InvalidHandle,
    "already_shutdown": AlreadyShutdown,
    "not_found": NotFound,
    "queue_full": QueueFull,
    "process_failed": ProcessFailed,
    "restore_failed": RestoreFailed,
    "timeout": Timeout,
    "forked": Forked,
}


def error_of(kind: str, message: str, status: int) -> Error:
    """The exception for a last error."""
    return _CLASSES.get(kind, Error)(kind, message, status)
