"""Values that calls take and return."""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol, Union

Payload = Union[bytes, bytearray, memoryview]


class ControlKind(enum.IntEnum):
    NONE = 0
    SHUTDOWN = 1
    DRAIN_START = 2
    DRAIN_FINISH = 3
    BACKPRESSURE_ON = 4
    BACKPRESSURE_OFF = 5
    UNKNOWN = 99

    @classmethod
    def _missing_(cls, value: object) -> ControlKind:
        return cls.UNKNOWN


class ControlEvent(NamedTuple):
    """What a daemon is told. ``kind`` says which of the other fields means something; the rest are 0."""

    kind: ControlKind
    grace_period_ms: int = 0
    level: float = 0.0


class LogLevel(enum.IntEnum):
    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4


class Health(enum.IntEnum):
    HEALTHY = 0
    DEGRADED = 1
    UNHEALTHY = 2


class Event(NamedTuple):
    """An event for a daemon. The numbers are the sender's: 0 to 2**64 - 1."""

    payload: Payload = b""
    origin_hash: int = 0
    sequence: int = 0


class Output(NamedTuple):
    """What a daemon emitted: who, for which event, the output's number (from 1, without gaps), and the bytes."""

    daemon_id: int
    in_origin_hash: int
    in_sequence: int
    out_sequence: int
    payload: bytes


class LogRecord(NamedTuple):
    """A line of the log. ``daemon_id`` 0: the line is the supervisor's."""

    seq: int
    unix_ms: int
    level: LogLevel
    daemon_id: int
    message: str


class Emit(Protocol):
    """Adds an output to the event that ``process`` handles. It works within that call only."""

    def __call__(self, payload: Payload, /) -> None: ...


class Callbacks:
    """A daemon's work: override ``process``, and what else the daemon has.

    The methods are called from threads of the library, one at a time for a daemon. What a method raises becomes a
    failure of the event, and an error line in the log of the SDK. A daemon has state if its class overrides
    ``snapshot`` and ``restore``.
    """

    def process(self, event: Event, emit: Emit) -> None:
        """Handles an event, and emits any number of outputs."""
        raise NotImplementedError(f"{type(self).__name__} has no process method")

    def snapshot(self) -> bytes | None:
        """The daemon's state."""
        return None

    def restore(self, state: bytes) -> None:
        """Takes back what ``snapshot`` returned."""

    def on_control(self, event: ControlEvent) -> None:
        """Hears each control event; it can still be received."""

    def health(self) -> Health:
        """Is asked every tick."""
        return Health.HEALTHY

    def saturation(self) -> float:
        """Is asked every tick how busy the daemon is, 0.0 to 1.0."""
        return 0.0
