"""The calls of both C headers as they are, for ctypes: ``lib.net_meshos_sdk_start`` and so on.

The classes of this package are made of these. Use them where the classes lack something; then what the headers say
about ownership and lengths is for you to keep.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_float, c_int, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from .errors import Error, error_of

ProcessFn = CFUNCTYPE(c_int, c_void_p, c_void_p, c_uint64, c_uint64, c_void_p, c_size_t)
SnapshotFn = CFUNCTYPE(None, c_void_p, c_void_p)
RestoreFn = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
OnControlFn = CFUNCTYPE(None, c_void_p, c_int, c_uint64, c_float)
HealthFn = CFUNCTYPE(c_int, c_void_p)
SaturationFn = CFUNCTYPE(c_float, c_void_p)
DestroyFn = CFUNCTYPE(None, c_void_p)
OutputFn = CFUNCTYPE(None, c_void_p, c_uint64, c_uint64, c_uint64, c_uint64, c_void_p, c_size_t)
LogFn = CFUNCTYPE(None, c_void_p, c_uint64, c_uint64, c_int, c_uint64, c_void_p, c_size_t)


class DaemonControl(Structure):
    _fields_ = [("kind", c_int), ("grace_period_ms", c_uint64), ("level", c_float)]


class DaemonVtable(Structure):
    _fields_ = [
        ("process", ProcessFn),
        ("snapshot", SnapshotFn),
        ("restore", RestoreFn),
        ("on_control", OnControlFn),
        ("health", HealthFn),
        ("saturation", SaturationFn),
    ]


class Event(Structure):
    _fields_ = [("origin_hash", c_uint64), ("sequence", c_uint64), ("payload", c_char_p), ("payload_len", c_size_t)]


_SDK = _HANDLE = c_void_p
_TEXT = c_void_p  # the caller's to free, so not c_char_p, which ctypes turns into bytes
_OUT = POINTER(c_void_p)
_SIZE = POINTER(c_size_t)
_REGISTER: list[Any] = [_SDK, c_char_p, c_size_t, c_char_p]

# Each call without its net_meshos_: what it returns, and what it takes.
PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "sdk_start": (c_int, [c_uint64, c_uint64, c_size_t, c_size_t, c_size_t, _OUT]),
    "sdk_free": (None, [_SDK]),
    "sdk_shutdown": (c_int, [_SDK]),
    "sdk_dropped_control_events": (c_uint64, [_SDK]),
    "process_emit": (None, [c_void_p, c_char_p, c_size_t]),
    "snapshot_emit": (None, [c_void_p, c_char_p, c_size_t]),
    "register_daemon": (c_int, [*_REGISTER, _OUT]),
    "register_daemon_with_vtable": (c_int, [*_REGISTER, POINTER(DaemonVtable), c_void_p, _OUT]),
    "register_daemon_with_vtable_v2": (c_int, [*_REGISTER, POINTER(DaemonVtable), c_void_p, DestroyFn, _OUT]),
    "handle_free": (None, [_HANDLE]),
    "handle_daemon_id": (c_uint64, [_HANDLE]),
    "handle_daemon_name": (c_char_p, [_HANDLE]),
    "try_next_control": (c_int, [_HANDLE, POINTER(DaemonControl)]),
    "next_control": (c_int, [_HANDLE, c_uint64, POINTER(DaemonControl)]),
    "publish_log": (c_int, [_HANDLE, c_int, c_char_p, c_size_t]),
    "graceful_shutdown": (c_int, [_HANDLE, c_uint64]),
    "metadata": (_TEXT, [_HANDLE]),
    "refresh_metadata": (_TEXT, [_HANDLE]),
    "free_string": (None, [_TEXT]),
    "publish_capabilities": (c_int, [_HANDLE, c_char_p, c_size_t]),
    "last_error_message": (c_char_p, []),
    "last_error_kind": (c_char_p, []),
    "clear_last_error": (None, []),
    "ext_version": (c_char_p, []),
    "ext_sdk_start": (c_int, [c_char_p, c_size_t, _OUT]),
    "ext_new_seed": (c_int, [c_char_p]),
    "ext_deliver": (c_int, [_SDK, c_uint64, POINTER(Event), OutputFn, c_void_p]),
    "ext_post": (c_int, [_SDK, c_uint64, POINTER(Event), c_size_t, _SIZE]),
    "ext_post_wait": (c_int, [_SDK, c_uint64, POINTER(Event), c_size_t, c_uint64, _SIZE]),
    "ext_flush": (c_int, [_SDK, c_uint64, c_uint64]),
    "ext_set_output": (c_int, [_SDK, OutputFn, c_void_p]),
    "ext_subscribe": (c_int, [_SDK, c_uint64, c_uint64]),
    "ext_unsubscribe": (c_int, [_SDK, c_uint64, c_uint64]),
    "ext_snapshot": (c_int, [_SDK, c_uint64, _OUT, _SIZE]),
    "ext_restore": (c_int, [_SDK, c_uint64, c_char_p, c_size_t]),
    "ext_free_bytes": (None, [c_void_p, c_size_t]),
    "ext_enter_maintenance": (c_int, [_SDK, c_uint64]),
    "ext_exit_maintenance": (c_int, [_SDK]),
    "ext_stop_daemon": (c_int, [_SDK, c_uint64, c_uint64]),
    "ext_restart_daemon": (c_int, [_SDK, c_uint64]),
    "ext_daemon_done": (c_int, [_HANDLE]),
    "ext_on_log": (c_int, [_SDK, c_int, LogFn, c_void_p]),
    "ext_logs_json": (_TEXT, [_SDK, c_uint64, c_size_t]),
    "ext_runtime_json": (_TEXT, [_SDK]),
    "ext_metrics": (_TEXT, [_SDK]),
    "ext_daemon_json": (_TEXT, [_SDK, c_uint64]),
}


def _path() -> Path:
    """NET_MESHOS_LIBRARY, or the library that came with this package."""
    named = os.environ.get("NET_MESHOS_LIBRARY")
    return Path(named) if named else Path(__file__).with_name("libnet_meshos.so")


def _load(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(f"net_meshos can't load its library {path}: {error}") from error
    lacking = [name for name in PROTOTYPES if not hasattr(library, f"net_meshos_{name}")]
    if lacking:
        raise ImportError(f"{path} is no libnet_meshos with the calls of net_meshos_ext.h: it lacks {lacking[0]}")
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, f"net_meshos_{name}")
        function.restype, function.argtypes = result, arguments
    return library


lib: Any = _load(_path())


# Of a call that returns no status.
_STATUS = {"invalid_handle": -1, "invalid_argument": -3, "already_shutdown": -4}


def last_error(status: int | None = None) -> Error:
    """The calling thread's last error as an exception."""
    kind = lib.net_meshos_last_error_kind()
    if kind is None:  # a signal handler of the program's made calls in between
        return error_of("unknown", "the call failed, and what it said was overwritten", status or -2)
    word = kind.decode()
    return error_of(word, lib.net_meshos_last_error_message().decode(), status or _STATUS.get(word, -2))


def check(status: int) -> None:
    if status != 0:
        raise last_error(status)


def text(pointer: int | None) -> str:
    """A text that the library has made for the caller, which is freed."""
    if not pointer:
        raise last_error()
    try:
        return ctypes.string_at(pointer).decode()
    finally:
        lib.net_meshos_free_string(pointer)
