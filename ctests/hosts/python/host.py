"""A Python host: host.py LIBRARY PART, see PARTS at the end for what each must show."""

import ctypes
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p

DEADLINE = 60

Process = CFUNCTYPE(c_int, c_void_p, c_void_p, c_uint64, c_uint64, c_void_p, c_size_t)
Output = CFUNCTYPE(None, c_void_p, c_uint64, c_uint64, c_uint64, c_uint64, c_void_p, c_size_t)


class Vtable(Structure):
    _fields_ = [("process", Process), ("others", c_void_p * 5)]


class Event(Structure):
    _fields_ = [("origin_hash", c_uint64), ("sequence", c_uint64), ("payload", c_char_p), ("payload_len", c_size_t)]


class Control(Structure):
    _fields_ = [("kind", c_int), ("grace_period_ms", c_uint64), ("level", ctypes.c_float)]


PROTOTYPES = {
    "sdk_start": (c_int, c_uint64, c_uint64, c_size_t, c_size_t, c_size_t, POINTER(c_void_p)),
    "sdk_shutdown": (c_int, c_void_p),
    "sdk_free": (None, c_void_p),
    "process_emit": (None, c_void_p, c_char_p, c_size_t),
    "register_daemon_with_vtable": (
        c_int, c_void_p, c_char_p, c_size_t, c_char_p, POINTER(Vtable), c_void_p, POINTER(c_void_p),
    ),
    "handle_free": (None, c_void_p),
    "handle_daemon_id": (c_uint64, c_void_p),
    "next_control": (c_int, c_void_p, c_uint64, POINTER(Control)),
    "last_error_kind": (c_char_p,),
    "free_string": (None, c_void_p),
    "ext_deliver": (c_int, c_void_p, c_uint64, POINTER(Event), c_void_p, c_void_p),
    "ext_post": (c_int, c_void_p, c_uint64, POINTER(Event), c_size_t, c_void_p),
    "ext_flush": (c_int, c_void_p, c_uint64, c_uint64),
    "ext_runtime_json": (c_void_p, c_void_p),
}


class Failure(Exception):
    pass


class Library:
    def __init__(self, path):
        self.dll = ctypes.CDLL(path)
        for name, (result, *arguments) in PROTOTYPES.items():
            function = getattr(self.dll, f"net_meshos_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def check(self, status):
        if status != 0:
            raise Failure((self.last_error_kind() or b"").decode())


class Sdk:
    def __init__(self, library):
        self.library, self.raw = library, c_void_p()
        library.check(library.sdk_start(0, 5, 0, 0, 0, byref(self.raw)))

    def end(self):
        self.library.check(self.library.sdk_shutdown(self.raw))
        self.library.sdk_free(self.raw)

    def totals(self):
        text = self.library.ext_runtime_json(self.raw)
        value = json.loads(ctypes.string_at(text))
        self.library.free_string(text)
        return value["totals"]


class Daemon:
    """Counts its events and emits each payload."""

    def __init__(self, sdk, seed, work=lambda payload: None):
        self.sdk, self.library, self.processed, self.raw = sdk, sdk.library, 0, c_void_p()
        self.interrupted = False

        def process(_ctx, emit, _origin, _sequence, payload, length):
            try:
                data = ctypes.string_at(payload, length) if length else b""
                self.processed += 1
                work(data)
                self.library.process_emit(emit, data, len(data))
                return 0
            except KeyboardInterrupt:  # it can't leave the callback
                self.interrupted = True
                return 1

        self.table = Vtable(process=Process(process))
        self.library.check(
            self.library.register_daemon_with_vtable(
                sdk.raw, b"python", 6, seed.to_bytes(32, "big"), byref(self.table), None, byref(self.raw)
            )
        )
        self.id = self.library.handle_daemon_id(self.raw)

    def deliver(self, payload):
        event = Event(1, 2, payload, len(payload))
        self.library.check(self.library.ext_deliver(self.sdk.raw, self.id, byref(event), None, None))

    def post(self, payload):
        event = Event(1, 2, payload, len(payload))
        self.library.check(self.library.ext_post(self.sdk.raw, self.id, byref(event), 1, None))

    def flush(self):
        self.library.check(self.library.ext_flush(self.sdk.raw, self.id, 0))

    def free(self):
        self.library.handle_free(self.raw)


def live(library, seed=1, sdk=None):
    own = sdk or Sdk(library)
    daemon = Daemon(own, seed)
    for _ in range(20):
        daemon.deliver(b"one")
        daemon.post(b"two")
    daemon.flush()
    assert daemon.processed == 40, daemon.processed
    daemon.free()
    if not sdk:
        own.end()


def worker(path, seed, results):
    """What a process of multiprocessing does: its own SDK, or the kind of error."""
    try:
        live(Library(path), seed)
        results.put("lived")
    except Failure as failure:
        results.put(str(failure))


def in_processes(path, method):
    context = multiprocessing.get_context(method)
    results = context.Queue()
    children = [context.Process(target=worker, args=(path, seed, results)) for seed in range(3)]
    for child in children:
        child.start()
    found = [results.get(timeout=DEADLINE) for _ in children]
    for child in children:
        child.join(DEADLINE)
        assert child.exitcode == 0, child.exitcode
    return found


def threads(path):
    library = Library(path)
    sdk, failures = Sdk(library), []

    def run(seed):
        try:
            for _ in range(10):
                live(library, seed, sdk)
        except BaseException as failure:  # reported below, where it ends the program
            failures.append(failure)

    running = [threading.Thread(target=run, args=(seed,)) for seed in range(8)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert not failures, failures
    sdk.end()


def processes(path, method):
    # The parent has loaded the library, and with fork its children inherit that.
    library = Library(path)
    assert in_processes(path, method) == ["lived"] * 3
    sdk = Sdk(library)
    live(library, 1, sdk)
    expected = "forked" if method == "fork" else "lived"
    assert in_processes(path, method) == [expected] * 3
    live(library, 1, sdk)
    sdk.end()


def interrupt(path):
    sdk = Sdk(Library(path))
    daemon, control = Daemon(sdk, 1), Control()
    for _ in range(20):
        entered = threading.Event()

        def press():
            entered.wait(DEADLINE)
            os.kill(os.getpid(), signal.SIGINT)

        presser = threading.Thread(target=press)
        presser.start()
        try:
            entered.set()
            # The call isn't interrupted: it is over after its time, and then the exception comes.
            while True:
                sdk.library.check(sdk.library.next_control(daemon.raw, 50, byref(control)))
                assert control.kind == 0
        except KeyboardInterrupt:
            pass
        presser.join()
    # The same while a callback runs on this thread: there Python raises it within the callback, or after.
    for _ in range(20):
        presser = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            presser.start()
            daemon.interrupted = False
            while not daemon.interrupted:
                try:
                    daemon.deliver(b"hello")
                except Failure as failure:
                    assert str(failure) == "process_failed", failure
        except KeyboardInterrupt:
            pass
        presser.join()
    before = daemon.processed
    daemon.deliver(b"goes on")
    assert daemon.processed == before + 1
    daemon.free()
    sdk.end()


def handlers(path):
    sdk = Sdk(Library(path))
    daemon, seen = Daemon(sdk, 1), []
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, lambda found, _frame: seen.append(found))
        for _ in range(50):
            seen.clear()
            os.kill(os.getpid(), number)
            daemon.deliver(b"hello")
            assert seen == [number], (number, seen)
        signal.signal(number, signal.SIG_DFL)
    for _ in range(20):
        assert subprocess.run(["true"]).returncode == 0
    daemon.free()
    sdk.end()


def exit_child(path):
    # Left as it is: callbacks run, events wait, another thread calls, and the interpreter ends.
    sdk = Sdk(Library(path))
    daemon = Daemon(sdk, 1)

    def feed():
        while True:
            try:
                daemon.post(b"event")
            except Failure:  # the inbox is full
                daemon.flush()

    threading.Thread(target=feed, daemon=True).start()
    daemon.deliver(b"first")
    while daemon.processed < 100:
        daemon.deliver(b"another")
    globals()["kept"] = (sdk, daemon)


def exit_running(path):
    for _ in range(10):
        child = subprocess.run([sys.executable, __file__, path, "exit-child"], capture_output=True, timeout=DEADLINE)
        assert child.returncode == 0, child
        assert child.stderr == b"", child.stderr


PARTS = {
    "threads": threads,
    "fork": lambda path: processes(path, "fork"),
    "spawn": lambda path: processes(path, "spawn"),
    "forkserver": lambda path: processes(path, "forkserver"),
    "interrupt": interrupt,
    "handlers": handlers,
    "exit": exit_running,
    "exit-child": exit_child,
}

if __name__ == "__main__":
    PARTS[sys.argv[2]](sys.argv[1])
