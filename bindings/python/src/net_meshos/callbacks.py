"""Carries the library's calls over to the objects of this program.

The functions that the library gets are the same for all daemons and live as long as the process. What it hands back
with each call is a number, under which the daemon's object is found here until ``destroy`` has said that no callback
comes any more.
"""

from __future__ import annotations

import ctypes
import inspect
import itertools
import logging
import threading
from typing import Any, Callable

from . import native
from .native import lib
from .types import Callbacks, ControlEvent, ControlKind, Event, LogLevel, LogRecord, Output, Payload

log = logging.getLogger("net_meshos")
FAILED = -1  # the status of an event whose callback raised an exception

_numbers = itertools.count(1)
_daemons: dict[int, DaemonSide] = {}
_functions: dict[int, Callable[..., None]] = {}


class _Thread(threading.local):
    raised: Raised | None = None


_thread = _Thread()


class Raised:
    """What the callbacks raise that a call makes on its own thread: ``found`` is what the callback raised that the
    call is about."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._outer: Raised | None = None
        self._interrupt: BaseException | None = None
        self.found: BaseException | None = None

    def __enter__(self) -> Raised:
        self._outer, _thread.raised = _thread.raised, self
        return self

    def __exit__(self, *_: object) -> None:
        _thread.raised = self._outer
        if self._interrupt is not None:
            raise self._interrupt

    @staticmethod
    def add(what: str, exception: BaseException) -> None:
        inside = _thread.raised
        if inside is None:
            return
        if what == inside._what:
            inside.found = exception
        # KeyboardInterrupt and SystemExit are for the program and not for the daemon.
        if not isinstance(exception, Exception):
            inside._interrupt = exception


def _not_async(what: str, function: Callable[..., Any] | None) -> None:
    """The library wants an answer before the callback returns. Calling one of these runs nothing of it."""
    for f in (function, getattr(function, "__call__", None)):
        for kind, test in _ASYNC.items():
            if test(f):
                raise TypeError(f"{what} must be a plain function, and is {kind}: it would never run")


_ASYNC: dict[str, Callable[[object], bool]] = {
    "a coroutine function": inspect.iscoroutinefunction,
    "a generator function": inspect.isgeneratorfunction,
    "an async generator function": inspect.isasyncgenfunction,
}


class DaemonSide:
    """What belongs to one registration."""

    def __init__(self, name: str, callbacks: object) -> None:
        if isinstance(callbacks, type):
            raise TypeError(f"callbacks must be an object, and is the class {callbacks.__name__}: register {callbacks.__name__}()")
        process = getattr(callbacks, "process", callbacks)
        if not callable(process):
            raise TypeError(f"callbacks must be a function, or have a method process: {callbacks!r}")
        if isinstance(callbacks, Callbacks) and type(callbacks).process is Callbacks.process:
            raise TypeError(f"{type(callbacks).__name__} doesn't override process")
        self.name = name
        self.last_exception: BaseException | None = None
        self.process: Callable[..., Any] = process
        _not_async("process", process)
        self.snapshot = self._method(callbacks, "snapshot")
        self.restore = self._method(callbacks, "restore")
        self.on_control = self._method(callbacks, "on_control")
        self.health = self._method(callbacks, "health")
        self.saturation = self._method(callbacks, "saturation")
        self._lock = threading.Lock()  # guards the two below
        self._handle: int | None = None
        self._early: list[str] = []
        self.number = next(_numbers)
        _daemons[self.number] = self

    @staticmethod
    def _method(callbacks: object, name: str) -> Callable[..., Any] | None:
        if isinstance(callbacks, Callbacks) and getattr(type(callbacks), name) is getattr(Callbacks, name):
            return None
        method: Callable[..., Any] | None = getattr(callbacks, name, None)
        if not callable(method):
            return None
        _not_async(name, method)
        return method

    def table(self) -> native.DaemonVtable:
        table = native.DaemonVtable(process=_PROCESS)
        for name, function in _OPTIONAL.items():
            if getattr(self, name) is not None:
                setattr(table, name, function)
        return table

    def registered(self, handle: int) -> None:
        with self._lock:
            self._handle = handle
            early, self._early = self._early, []
        for line in early:
            self._publish(handle, line)

    def gone(self) -> None:
        _daemons.pop(self.number, None)

    def failed(self, what: str, exception: BaseException) -> None:
        """Keeps an exception where people look: in the log of the SDK, in that of Python, and with the daemon."""
        self.last_exception = exception
        Raised.add(what, exception)
        line = f"{what}: {type(exception).__name__}: {exception}"
        with self._lock:
            handle = self._handle
            if handle is None:  # the first callback may come before the registration has returned
                self._early.append(line)
        if handle is not None:
            self._publish(handle, line)
        log.error("%s of the daemon %r failed", what, self.name, exc_info=exception)

    @staticmethod
    def _publish(handle: int, line: str) -> None:
        data = line.encode("utf-8", "replace")
        lib.net_meshos_publish_log(handle, LogLevel.ERROR, data, len(data))


class _Emit:
    __slots__ = ("_context",)

    def __init__(self, context: int) -> None:
        self._context: int | None = context

    def __call__(self, payload: Payload, /) -> None:
        if self._context is None:
            raise RuntimeError("emit works only until process returns")
        if not isinstance(payload, bytes):
            payload = _bytes(payload)
        lib.net_meshos_process_emit(self._context, payload, len(payload))

    def end(self) -> None:
        self._context = None


def _bytes(value: object) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"bytes are needed, and not {type(value).__name__}")
    return bytes(value)


def _process(number: int, context: int, origin: int, sequence: int, payload: int | None, length: int) -> int:
    daemon = _daemons.get(number)
    if daemon is None:
        return FAILED
    try:
        emit = _Emit(context)
        try:
            found = daemon.process(Event(ctypes.string_at(payload, length) if payload else b"", origin, sequence), emit)
        finally:
            emit.end()
        if inspect.iscoroutine(found):
            found.close()
            raise TypeError("process must not be async: the coroutine that it returned never ran")
        return 0
    except BaseException as exception:
        daemon.failed("process", exception)
        return FAILED


def _snapshot(number: int, context: int) -> None:
    daemon = _daemons.get(number)
    if daemon is None or daemon.snapshot is None:
        return
    try:
        state = daemon.snapshot()
        if state is not None:
            data = _bytes(state)
            lib.net_meshos_snapshot_emit(context, data, len(data))
    except BaseException as exception:
        daemon.failed("snapshot", exception)


def _restore(number: int, payload: int | None, length: int) -> int:
    daemon = _daemons.get(number)
    if daemon is None or daemon.restore is None:
        return FAILED
    try:
        daemon.restore(ctypes.string_at(payload, length) if payload else b"")
        return 0
    except BaseException as exception:
        daemon.failed("restore", exception)
        return FAILED


def _on_control(number: int, kind: int, grace_period_ms: int, level: float) -> None:
    daemon = _daemons.get(number)
    if daemon is None or daemon.on_control is None:
        return
    try:
        daemon.on_control(ControlEvent(ControlKind(kind), grace_period_ms, level))
    except BaseException as exception:
        daemon.failed("on_control", exception)


def _health(number: int) -> int:
    daemon = _daemons.get(number)
    if daemon is None or daemon.health is None:
        return 0
    try:
        return int(daemon.health())
    except BaseException as exception:
        daemon.failed("health", exception)
        return 2  # a daemon that can't say how it is isn't well


def _saturation(number: int) -> float:
    daemon = _daemons.get(number)
    if daemon is None or daemon.saturation is None:
        return 0.0
    try:
        return float(daemon.saturation())
    except BaseException as exception:
        daemon.failed("saturation", exception)
        return 0.0


def _destroy(number: int) -> None:
    _daemons.pop(number, None)


_PROCESS = native.ProcessFn(_process)
_OPTIONAL = {
    "snapshot": native.SnapshotFn(_snapshot),
    "restore": native.RestoreFn(_restore),
    "on_control": native.OnControlFn(_on_control),
    "health": native.HealthFn(_health),
    "saturation": native.SaturationFn(_saturation),
}
destroy = native.DestroyFn(_destroy)


def keep(function: Callable[..., None]) -> int:
    """The number under which an output or log function is found until drop()."""
    number = next(_numbers)
    _functions[number] = function
    return number


def drop(number: int | None) -> None:
    if number is not None:
        _functions.pop(number, None)


def _output(number: int, daemon: int, origin: int, sequence: int, out: int, payload: int | None, length: int) -> None:
    function = _functions.get(number)
    if function is None:
        return
    try:
        data = ctypes.string_at(payload, length) if payload else b""
        function(Output(daemon, origin, sequence, out, data))
    except BaseException as exception:
        Raised.add("output", exception)
        log.error("the output function failed", exc_info=exception)


def _record(number: int, seq: int, unix_ms: int, level: int, daemon: int, message: int, length: int) -> None:
    function = _functions.get(number)
    if function is None:
        return
    try:
        line = ctypes.string_at(message, length).decode() if message else ""
        function(LogRecord(seq, unix_ms, LogLevel(level), daemon, line))
    except BaseException as exception:
        log.error("the log function failed", exc_info=exception)


output = native.OutputFn(_output)
record = native.LogFn(_record)
