"""An SDK: what daemons are registered with."""

from __future__ import annotations

import atexit
import json
import os
import threading
from ctypes import byref, c_void_p, create_string_buffer
from types import TracebackType
from typing import Any, Callable, Mapping, Union

from . import callbacks
from .arguments import MAX, milliseconds, seed as seed_of, text, u64
from .daemon import Daemon
from .errors import Error, Forked, error_of
from .exchange import Exchange, id_of
from .native import check, last_error, lib
from .native import text as text_of
from .types import Callbacks, Emit, Event, LogLevel, LogRecord, Payload

Work = Union[Callbacks, Callable[[Event, Emit], None], object]

_open: set[Sdk] = set()


def _plain(value: object) -> str:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"a configuration can't hold a {type(value).__name__}: {value!r}")


class Sdk(Exchange):
    """Starts an SDK with a configuration: keys of ``net_meshos_ext_sdk_start``, as one mapping, as keywords, or both.

    A path may be a ``pathlib.Path``. It runs until it is closed, at the latest when the interpreter ends. As a context manager it is closed at the end.
    Its calls may be made from any thread.
    """

    def __init__(self, config: Mapping[str, Any] | None = None, **keys: Any) -> None:
        data = json.dumps({**(config or {}), **keys}, default=_plain).encode()
        out = c_void_p()
        check(lib.net_meshos_ext_sdk_start(data, len(data), byref(out)))
        self._begin(out)

    @classmethod
    def start(
        cls,
        this_node: int = 0,
        tick_interval_ms: int = 0,
        event_queue_capacity: int = 0,
        action_queue_capacity: int = 0,
        control_capacity: int = 0,
    ) -> Sdk:
        """Starts one with the arguments of ``net_meshos_sdk_start``: 0 is the default of each. The rest of its
        configuration may come from the file that ``NET_MESHOS_CONFIG`` names."""
        out = c_void_p()
        check(
            lib.net_meshos_sdk_start(
                u64("this_node", this_node),
                u64("tick_interval_ms", tick_interval_ms),
                u64("event_queue_capacity", event_queue_capacity),
                u64("action_queue_capacity", action_queue_capacity),
                u64("control_capacity", control_capacity),
                byref(out),
            )
        )
        sdk = cls.__new__(cls)
        sdk._begin(out)
        return sdk

    def _begin(self, out: c_void_p) -> None:
        self._sdk = out.value or 0
        self._process = os.getpid()
        self._lock = threading.Lock()  # guards all below
        self._daemons: set[Daemon] = set()
        self._output: int | None = None
        self._log: int | None = None
        _open.add(self)

    def __enter__(self) -> Sdk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def shutdown(self) -> None:
        """Stops the SDK. Returns when no callback of its daemons runs or will run, or raises an :class:`Error` of kind
        "shutdown_failed" after five seconds. It must still be closed."""
        check(lib.net_meshos_sdk_shutdown(self._sdk))

    def close(self) -> None:
        """Shuts the SDK down, if that has not been done, and frees it. Its daemons get no more events and can still be
        asked for their metadata. Closing twice does nothing."""
        status = lib.net_meshos_sdk_shutdown(self._sdk)
        failed = last_error(status) if status == -2 else None
        lib.net_meshos_sdk_free(self._sdk)
        with self._lock:
            self._daemons.clear()
            kept, self._output, self._log = (self._output, self._log), None, None
        for number in kept:
            callbacks.drop(number)
        _open.discard(self)
        if failed and not isinstance(failed, Forked):  # in a child of a fork there is nothing to close
            raise failed

    # ---- Daemons

    def register(self, name: str, seed: Payload, work: Work | None = None) -> Daemon:
        """Registers a daemon.

        ``seed`` are the 32 secret bytes that give it its id: keep them, and make new ones with
        ``net_meshos.new_seed()``. ``work`` is an object of :class:`Callbacks` or like it, a function that
        processes events, or None for a daemon whose work is done elsewhere.
        """
        data, secret, out = text("name", name), seed_of(seed), c_void_p()
        if work is None:
            check(lib.net_meshos_register_daemon(self._sdk, data, len(data), secret, byref(out)))
            side = None
        else:
            side = callbacks.DaemonSide(name, work)
            status = lib.net_meshos_register_daemon_with_vtable_v2(
                self._sdk, data, len(data), secret, byref(side.table()), side.number, callbacks.destroy, byref(out)
            )
            if status != 0:
                side.gone()
                raise last_error(status)
            side.registered(out.value or 0)
        daemon = Daemon(self, out.value or 0, side)
        with self._lock:
            self._daemons.add(daemon)
        return daemon

    def _forget(self, daemon: Daemon) -> None:
        with self._lock:
            self._daemons.discard(daemon)

    # ---- Control

    def enter_maintenance(self, drain: float | None = None) -> None:
        """Starts a drain of at most ``drain`` seconds; None: as long as the configuration says."""
        check(lib.net_meshos_ext_enter_maintenance(self._sdk, 0 if drain is None else milliseconds("drain", drain)))

    def exit_maintenance(self) -> None:
        check(lib.net_meshos_ext_exit_maintenance(self._sdk))

    def stop(self, daemon: Daemon | int, grace: float = 5.0) -> None:
        """Stops a daemon within ``grace`` seconds; it stays registered and can be restarted."""
        check(lib.net_meshos_ext_stop_daemon(self._sdk, id_of(daemon), milliseconds("grace", grace)))

    def restart(self, daemon: Daemon | int) -> None:
        """Restarts a daemon that was stopped, or releases one that is held after failures."""
        check(lib.net_meshos_ext_restart_daemon(self._sdk, id_of(daemon)))

    @property
    def dropped_control_events(self) -> int:
        """How many control events didn't fit into the channels of the daemons that are registered now."""
        count: int = lib.net_meshos_sdk_dropped_control_events(self._sdk)
        if count != MAX:
            return count
        if os.getpid() != self._process:
            raise error_of("forked", "the SDK was started in the parent of this process", -2)
        raise error_of("already_shutdown", "the SDK has been shut down", -4)

    # ---- Looking

    def logs(self, after: int = 0, limit: int = 0) -> list[LogRecord]:
        """The log lines with numbers above ``after``, oldest first, at most ``limit`` of them (0: all that are kept)."""
        found = json.loads(text_of(lib.net_meshos_ext_logs_json(self._sdk, u64("after", after), u64("limit", limit))))
        return [
            LogRecord(r["seq"], r["unix_ms"], LogLevel[r["level"].upper()], r["daemon_id"], r["message"]) for r in found
        ]

    def runtime(self) -> dict[str, Any]:
        """The state of the SDK and its daemons, with the keys of ``runtime_json``."""
        found: dict[str, Any] = json.loads(text_of(lib.net_meshos_ext_runtime_json(self._sdk)))
        return found

    def metrics(self) -> str:
        """What :meth:`runtime` shows, as OpenMetrics text for an endpoint that Prometheus reads."""
        return text_of(lib.net_meshos_ext_metrics(self._sdk))

    def daemon_runtime(self, daemon: Daemon | int) -> dict[str, Any]:
        """One daemon as :meth:`runtime` shows it."""
        found: dict[str, Any] = json.loads(text_of(lib.net_meshos_ext_daemon_json(self._sdk, id_of(daemon))))
        return found


def version() -> str:
    """The version of the library."""
    found: bytes = lib.net_meshos_ext_version()
    return found.decode()


def new_seed() -> bytes:
    """32 random bytes for a new identity. Keep them as you keep a private key."""
    out = create_string_buffer(32)
    check(lib.net_meshos_ext_new_seed(out))
    return out.raw


@atexit.register
def _end() -> None:
    """Ends what still runs before the interpreter can't run callbacks any more."""
    for sdk in list(_open):
        if sdk._process == os.getpid():
            try:
                sdk.close()
            except Error as error:
                callbacks.log.warning("an SDK that was open at exit: %s", error)
