"""A daemon's life through ctypes: consumer.py LIBRARY."""

import ctypes
import json
import sys
import threading
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_float, c_int, c_size_t, c_uint64, c_void_p

OK, ERR_CALL_FAILED, ERR_INVALID_ARG, ERR_ALREADY_SHUTDOWN = 0, -2, -3, -4
CONTROL_NONE, CONTROL_SHUTDOWN = 0, 1
LOG_INFO = 2
GRACE_MS = 1000


class DaemonControl(Structure):
    _fields_ = [("kind", c_int), ("grace_period_ms", c_uint64), ("level", c_float)]


Process = CFUNCTYPE(c_int, c_void_p, c_void_p, c_uint64, c_uint64, c_void_p, c_size_t)
Snapshot = CFUNCTYPE(None, c_void_p, c_void_p)
Restore = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
OnControl = CFUNCTYPE(None, c_void_p, c_int, c_uint64, c_float)
Health = CFUNCTYPE(c_int, c_void_p)
Saturation = CFUNCTYPE(c_float, c_void_p)


class DaemonVtable(Structure):
    _fields_ = [
        ("process", Process),
        ("snapshot", Snapshot),
        ("restore", Restore),
        ("on_control", OnControl),
        ("health", Health),
        ("saturation", Saturation),
    ]


# Without these, ctypes would cut handles and ids to 32 bits. A returned char* that has to be freed is a
# void*: as c_char_p it would become bytes, and its address would be lost.
PROTOTYPES = {
    "sdk_start": (c_int, c_uint64, c_uint64, c_size_t, c_size_t, c_size_t, POINTER(c_void_p)),
    "sdk_free": (None, c_void_p),
    "sdk_shutdown": (c_int, c_void_p),
    "sdk_dropped_control_events": (c_uint64, c_void_p),
    "process_emit": (None, c_void_p, c_char_p, c_size_t),
    "snapshot_emit": (None, c_void_p, c_char_p, c_size_t),
    "register_daemon_with_vtable": (
        c_int, c_void_p, c_char_p, c_size_t, c_char_p, POINTER(DaemonVtable), c_void_p, POINTER(c_void_p),
    ),
    "register_daemon": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, POINTER(c_void_p)),
    "handle_free": (None, c_void_p),
    "handle_daemon_id": (c_uint64, c_void_p),
    "handle_daemon_name": (c_char_p, c_void_p),
    "try_next_control": (c_int, c_void_p, POINTER(DaemonControl)),
    "next_control": (c_int, c_void_p, c_uint64, POINTER(DaemonControl)),
    "publish_log": (c_int, c_void_p, c_int, c_char_p, c_size_t),
    "graceful_shutdown": (c_int, c_void_p, c_uint64),
    "metadata": (c_void_p, c_void_p),
    "refresh_metadata": (c_void_p, c_void_p),
    "free_string": (None, c_void_p),
    "publish_capabilities": (c_int, c_void_p, c_char_p, c_size_t),
    "last_error_message": (c_char_p,),
    "last_error_kind": (c_char_p,),
    "clear_last_error": (None,),
}


class MeshOsError(Exception):
    def __init__(self, status, kind, message):
        super().__init__(f"{kind}: {message}")
        self.status, self.kind, self.message = status, kind, message


class Library:
    """The C functions under their names without net_meshos_."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)
        for name, (result, *arguments) in PROTOTYPES.items():
            function = getattr(self._library, f"net_meshos_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def check(self, status):
        if status != OK:
            self.fail(status)

    def fail(self, status):
        kind, message = self.last_error_kind(), self.last_error_message()
        raise MeshOsError(status, kind and kind.decode(), message and message.decode())


class Daemon:
    """Echoes its events, and remembers what it was told."""

    def __init__(self, library):
        self.library = library
        self.controls = []
        self.health_asked = threading.Semaphore(0)
        # Kept here for as long as the daemon lives: ctypes frees a callback that nothing refers to, and the
        # library would call into freed memory.
        self.vtable = DaemonVtable(
            process=Process(self._process),
            on_control=OnControl(self._on_control),
            health=Health(self._health),
        )

    def _process(self, _ctx, emit, _origin, _sequence, payload, length):
        self.library.process_emit(emit, ctypes.string_at(payload, length), length)
        return 0

    def _on_control(self, _ctx, kind, grace_period_ms, _level):
        self.controls.append((kind, grace_period_ms))

    def _health(self, _ctx):
        self.health_asked.release()
        return 0


class Handle:
    def __init__(self, library, sdk, name, seed, daemon):
        self.library, self.daemon = library, daemon
        self.value = c_void_p()
        library.check(
            library.register_daemon_with_vtable(
                sdk, name, len(name), seed, byref(daemon.vtable), None, byref(self.value)
            )
        )

    def log(self, level, line):
        data = line.encode()
        self.library.check(self.library.publish_log(self.value, level, data, len(data)))

    def advertise(self, tags):
        data = json.dumps(tags).encode()
        self.library.check(self.library.publish_capabilities(self.value, data, len(data)))

    def next_control(self, timeout_ms=0):
        event = DaemonControl()
        self.library.check(self.library.next_control(self.value, timeout_ms, byref(event)))
        return event.kind, event.grace_period_ms

    def metadata(self):
        text = self.library.metadata(self.value)
        if not text:
            self.library.fail(ERR_CALL_FAILED)
        try:
            return json.loads(ctypes.string_at(text).decode())
        finally:
            self.library.free_string(text)


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: expected {wanted!r}, found {found!r}")


def expect_error(status, kind, call):
    try:
        call()
    except MeshOsError as error:
        expect((error.status, error.kind), (status, kind), "error")
        expect(bool(error.message), True, "an error has a message")
    else:
        raise AssertionError(f"no {kind}")


def live(library):
    seed = bytes(range(32))
    sdk = c_void_p()
    library.check(library.sdk_start(2**64 - 1, 10, 0, 0, 0, byref(sdk)))
    daemon = Daemon(library)
    handle = Handle(library, sdk, b"consumer-python", seed, daemon)

    expect(library.handle_daemon_id(handle.value), 0x782A3238801976BF, "id")
    expect(library.handle_daemon_name(handle.value), b"consumer-python", "name")
    handle.log(LOG_INFO, "größer als ASCII")
    handle.advertise(["language.python", "ü"])
    expect(
        handle.metadata(),
        {
            "daemon_id": 0x782A3238801976BF,
            "daemon_name": "consumer-python",
            "maintenance_state": {"kind": "active"},
            "node_id": 2**64 - 1,
            "peers": [],
        },
        "metadata",
    )
    expect_error(ERR_INVALID_ARG, "invalid_log_level", lambda: handle.log(5, "x"))
    expect_error(ERR_INVALID_ARG, "invalid_argument", lambda: handle.advertise([1]))
    expect_error(ERR_CALL_FAILED, "register_failed", lambda: Handle(library, sdk, b"twin", seed, daemon))
    expect(daemon.health_asked.acquire(timeout=300), True, "health is asked")

    following, read = threading.Event(), []

    def follow_controls():
        following.set()
        read.append(handle.next_control())

    controls = threading.Thread(target=follow_controls)
    controls.start()
    expect(following.wait(300), True, "the control thread runs")
    library.check(library.graceful_shutdown(handle.value, GRACE_MS))
    controls.join(300)
    expect(read, [(CONTROL_SHUTDOWN, GRACE_MS)], "next_control")
    expect(daemon.controls, [(CONTROL_SHUTDOWN, GRACE_MS)], "on_control")
    expect_error(ERR_ALREADY_SHUTDOWN, "already_shutdown", lambda: handle.next_control(1))
    library.handle_free(handle.value)

    library.check(library.sdk_shutdown(sdk))
    expect_error(ERR_ALREADY_SHUTDOWN, "already_shutdown", lambda: library.check(library.sdk_shutdown(sdk)))
    expect(library.sdk_dropped_control_events(sdk), 2**64 - 1, "dropped events after the end")
    library.sdk_free(sdk)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: consumer.py LIBRARY")
    live(Library(sys.argv[1]))
    print("consumer-python: lived and ended as it should")
