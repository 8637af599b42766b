"""Events, outputs, log lines and state: what an SDK and its daemons exchange with the program."""

from __future__ import annotations

import threading
from ctypes import byref, c_size_t, c_void_p, string_at
from typing import TYPE_CHECKING, Any, Callable, Iterable, cast

from . import callbacks, native
from .arguments import MAX, milliseconds, u64
from .arguments import payload as bytes_of
from .control import PIECE_MS
from .errors import CallbackFailed, ProcessFailed, QueueFull, RestoreFailed, Timeout
from .native import check, last_error, lib
from .types import Event, LogLevel, LogRecord, Output, Payload

if TYPE_CHECKING:
    from .daemon import Daemon

_NO_OUTPUT = native.OutputFn()
_NO_LOG = native.LogFn()


def id_of(daemon: Daemon | int) -> int:
    number = daemon if isinstance(daemon, int) else getattr(daemon, "id", None)
    if not isinstance(number, int):
        raise TypeError(f"a daemon or its id is needed, and not {type(daemon).__name__}")
    return u64("daemon", number)


def _rows(events: Iterable[Event]) -> list[tuple[int, int, bytes, int]]:
    """What the fields of native.Event are set to."""
    events = list(events)
    try:
        return [
            (origin if 0 <= origin <= MAX else u64("origin_hash", origin),
             sequence if 0 <= sequence <= MAX else u64("sequence", sequence),
             data if isinstance(data, bytes) else bytes_of("payload", data), len(data))
            for data, origin, sequence in events
        ]  # fmt: skip
    except (TypeError, ValueError):
        for event in events:
            if not isinstance(event, tuple) or len(event) != 3:
                raise TypeError(f"events must be of type Event, and one is {event!r}") from None
        raise


class Exchange:
    """The half of :class:`Sdk` that is about daemons by their ids. A daemon is named by its object or its id."""

    _sdk: int
    _output: int | None
    _log: int | None

    # ---- Events

    def deliver(
        self, daemon: Daemon | int, payload: Payload = b"", origin_hash: int = 0, sequence: int = 0
    ) -> list[Output]:
        """Has a daemon process an event on this thread, after those posted before, and returns what it emitted."""
        data, outputs = bytes_of("payload", payload), []  # type: bytes, list[Output]
        event = native.Event(u64("origin_hash", origin_hash), u64("sequence", sequence), data, len(data))
        number = callbacks.keep(outputs.append)
        try:
            with callbacks.Raised("process") as raised:
                status = lib.net_meshos_ext_deliver(self._sdk, id_of(daemon), byref(event), callbacks.output, number)
                error = last_error(status) if status else None
        finally:
            callbacks.drop(number)
        if error:
            raise error from (raised.found if isinstance(error, ProcessFailed) else None)
        return outputs

    def post(self, daemon: Daemon | int, payload: Payload = b"", origin_hash: int = 0, sequence: int = 0) -> None:
        """Puts an event into a daemon's inbox and returns. :class:`QueueFull` if there is no room."""
        data = bytes_of("payload", payload)
        event = native.Event(u64("origin_hash", origin_hash), u64("sequence", sequence), data, len(data))
        check(lib.net_meshos_ext_post(self._sdk, id_of(daemon), byref(event), 1, None))

    def post_batch(self, daemon: Daemon | int, events: Iterable[Event]) -> int:
        """Puts events into a daemon's inbox, much faster than one by one, and returns how many.

        :class:`QueueFull` if there is not room for all; its ``accepted`` says how many were taken.
        """
        rows, accepted = _rows(events), c_size_t()
        array = (native.Event * len(rows))(*cast(Any, rows))
        status = lib.net_meshos_ext_post(self._sdk, id_of(daemon), array, len(rows), byref(accepted))
        if status:
            error = last_error(status)
            if isinstance(error, QueueFull):
                error.accepted = accepted.value
            raise error
        return accepted.value

    def post_wait(self, daemon: Daemon | int, events: Iterable[Event], timeout: float | None = None) -> int:
        """Puts events into a daemon's inbox as room is made for them, and returns how many.

        :class:`QueueFull` if there is not room for all within ``timeout`` seconds; its ``accepted`` says how many were
        taken, as it does of any other failure. Ctrl-C is heard within a tenth of a second.
        """
        rows, number, left = _rows(events), id_of(daemon), milliseconds("timeout", timeout)
        longest = PIECE_MS if threading.current_thread() is threading.main_thread() else MAX
        done, accepted = 0, c_size_t()
        while True:
            array = (native.Event * (len(rows) - done))(*cast(Any, rows[done:]))
            piece = min(left, longest)
            status = lib.net_meshos_ext_post_wait(self._sdk, number, array, len(array), piece, byref(accepted))
            done += accepted.value
            if status == 0:
                return done
            error = last_error(status)
            error.accepted = done
            left = left if left == MAX else left - piece
            if left == 0 or not isinstance(error, QueueFull):
                raise error

    def flush(self, daemon: Daemon | int | None = None, timeout: float | None = None) -> None:
        """Waits until a daemon's inbox, or that of all, is empty and no callback runs. :class:`Timeout` if that did
        not happen within ``timeout`` seconds. Ctrl-C is heard within a tenth of a second."""
        number, left = 0 if daemon is None else id_of(daemon), milliseconds("timeout", timeout)
        longest = PIECE_MS if threading.current_thread() is threading.main_thread() else MAX
        while True:
            piece = min(left, longest)
            status = lib.net_meshos_ext_flush(self._sdk, number, piece)
            if status == 0:
                return
            error = last_error(status)
            left = left if left == MAX else left - piece
            if left == 0 or not isinstance(error, Timeout):
                raise error

    def set_output(self, function: Callable[[Output], None] | None) -> None:
        """Sends the outputs of all daemons to a function, or to none. What it raises goes to Python's log. When this
        has returned, the function that was set before is not running any more."""
        self._output = self._set(
            self._output, function, lambda number: lib.net_meshos_ext_set_output(
                self._sdk, callbacks.output if number else _NO_OUTPUT, number
            )
        )  # fmt: skip

    def on_log(self, function: Callable[[LogRecord], None] | None, min_level: LogLevel = LogLevel.TRACE) -> None:
        """Sends the log lines of ``min_level`` and above that come from now on to a function, or to none."""
        self._log = self._set(
            self._log, function, lambda number: lib.net_meshos_ext_on_log(
                self._sdk, int(min_level), callbacks.record if number else _NO_LOG, number
            )
        )  # fmt: skip

    @staticmethod
    def _set(before: int | None, function: Callable[..., None] | None, call: Callable[[int | None], int]) -> int | None:
        if function is not None and not callable(function):
            raise TypeError(f"a function is needed, and not {type(function).__name__}")
        number = callbacks.keep(function) if function else None
        status = call(number)
        if status:
            callbacks.drop(number)
            raise last_error(status)
        callbacks.drop(before)
        return number

    def subscribe(self, source: Daemon | int, target: Daemon | int) -> None:
        """Sends the outputs of one daemon to another as events."""
        check(lib.net_meshos_ext_subscribe(self._sdk, id_of(source), id_of(target)))

    def unsubscribe(self, source: Daemon | int, target: Daemon | int) -> None:
        check(lib.net_meshos_ext_unsubscribe(self._sdk, id_of(source), id_of(target)))

    # ---- State

    def snapshot(self, daemon: Daemon | int) -> bytes | None:
        """A daemon's state, taken between two events; None if it gave none. :class:`CallbackFailed` if its
        ``snapshot`` raised an exception."""
        out, length = c_void_p(), c_size_t()
        try:
            with callbacks.Raised("snapshot") as raised:
                check(lib.net_meshos_ext_snapshot(self._sdk, id_of(daemon), byref(out), byref(length)))
            if out.value:
                return string_at(out.value, length.value)
        finally:
            lib.net_meshos_ext_free_bytes(out, length.value)
        if raised.found is not None:
            raise CallbackFailed("callback_failed", f"snapshot raised {raised.found!r}") from raised.found
        return None

    def restore(self, daemon: Daemon | int, state: Payload) -> None:
        """Gives a daemon its state back, between two events."""
        data = bytes_of("state", state)
        with callbacks.Raised("restore") as raised:
            status = lib.net_meshos_ext_restore(self._sdk, id_of(daemon), data, len(data))
            error = last_error(status) if status else None
        if error:
            raise error from (raised.found if isinstance(error, RestoreFailed) else None)
