"""Supervised daemons: event processors with an identity, health, state and control events.

::

    import net_meshos, secrets

    def shout(event, emit):
        emit(bytes(event.payload).upper())

    with net_meshos.Sdk() as sdk, sdk.register("shout", secrets.token_bytes(32), shout) as daemon:
        print(daemon.deliver(b"hello")[0].payload)
"""

from .daemon import Daemon
from .errors import (
    AlreadyShutdown,
    CallbackFailed,
    Error,
    Forked,
    InvalidHandle,
    NotFound,
    ProcessFailed,
    QueueFull,
    RestoreFailed,
    Timeout,
)
from .sdk import Sdk, new_seed, version
from .types import Callbacks, ControlEvent, ControlKind, Emit, Event, Health, LogLevel, LogRecord, Output

__all__ = [
    "AlreadyShutdown",
    "CallbackFailed",
    "Callbacks",
    "ControlEvent",
    "ControlKind",
    "Daemon",
    "Emit",
    "Error",
    "Event",
    "Forked",
    "Health",
    "InvalidHandle",
    "LogLevel",
    "LogRecord",
    "NotFound",
    "Output",
    "ProcessFailed",
    "QueueFull",
    "RestoreFailed",
    "Sdk",
    "Timeout",
    "new_seed",
    "version",
]
