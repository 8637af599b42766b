"""Ctrl-C, forks, and the end of the interpreter."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import unittest
from typing import Any, Callable, List, Optional

from net_meshos import Error, Forked, Sdk

from .parts import DEADLINE, Recorder, seed


def live(results: "Optional[multiprocessing.Queue[str]]" = None) -> None:
    try:
        with Sdk() as sdk, sdk.register("live", seed("live"), Recorder()) as daemon:
            found = f"lived {len(daemon.deliver(b'x'))}"
    except Error as error:
        found = error.kind
    if results is not None:
        results.put(found)


class Fork(unittest.TestCase):
    def test_each_call_says_so(self) -> None:
        with Sdk() as sdk, sdk.register("fork", seed("fork"), Recorder()) as daemon:
            calls: List[Callable[[], Any]] = [
                Sdk,
                sdk.runtime,
                sdk.flush,
                lambda: sdk.dropped_control_events,
                lambda: sdk.register("x", seed("x"), Recorder()),
                lambda: daemon.deliver(b"x"),
                lambda: daemon.post(b"x"),
                daemon.next_control,
                daemon.metadata,
                daemon.snapshot,
                daemon.graceful_shutdown,
            ]
            child = os.fork()
            if child == 0:
                status = 0
                for call in calls:
                    try:
                        call()
                        status = 1
                    except Forked:
                        pass
                    except BaseException:
                        status = 2
                daemon.close()
                sdk.close()
                os._exit(status)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
            self.assertEqual(len(daemon.deliver(b"the parent goes on")), 1)

    def test_multiprocessing(self) -> None:
        live()
        for method, expected in (("fork", "forked"), ("spawn", "lived 1"), ("forkserver", "lived 1")):
            with self.subTest(method):
                context = multiprocessing.get_context(method)
                results: "multiprocessing.Queue[str]" = context.Queue()
                child = context.Process(target=live, args=(results,))  # type: ignore[attr-defined]
                child.start()
                self.assertEqual(results.get(timeout=DEADLINE), expected)
                child.join(DEADLINE)
                self.assertEqual(child.exitcode, 0)


class Interrupt(unittest.TestCase):
    def press(self, entered: threading.Event) -> threading.Thread:
        def run() -> None:
            entered.wait(DEADLINE)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def test_waits_are_ended(self) -> None:
        with Sdk() as sdk, sdk.register("waits", seed("waits"), Recorder()) as daemon:
            gate = threading.Event()
            slow = sdk.register("slow", seed("slow"), lambda event, emit: gate.wait(DEADLINE))
            slow.post(b"x")
            waits: List[Callable[[], Any]] = [
                daemon.next_control,
                lambda: daemon.next_control(DEADLINE),
                sdk.flush,
                slow.flush,
            ]
            for wait in waits:
                begin, entered = time.monotonic(), threading.Event()
                thread = self.press(entered)
                with self.assertRaises(KeyboardInterrupt):
                    entered.set()
                    wait()
                self.assertLess(time.monotonic() - begin, DEADLINE)
                thread.join()
            gate.set()

    def test_within_a_callback(self) -> None:
        with Sdk() as sdk:
            entered = threading.Event()

            def work(event: object, emit: object) -> None:
                entered.set()
                end = time.monotonic() + DEADLINE
                while time.monotonic() < end:  # not in one wait, which the signal could come just before
                    time.sleep(0.001)

            daemon = sdk.register("interrupted", seed("interrupted"), work)
            thread = self.press(entered)
            with self.assertRaises(KeyboardInterrupt):
                daemon.deliver(b"x")
            thread.join()
            self.assertEqual(daemon.runtime()["failures"], 1)


class Exit(unittest.TestCase):
    def run_program(self, program: str, status: int = 0) -> "subprocess.CompletedProcess[bytes]":
        found = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, timeout=DEADLINE, cwd="/"
        )
        self.assertEqual(found.returncode, status, found)
        return found

    BUSY = """
        import net_meshos, threading, sys
        sdk = net_meshos.Sdk(tick_interval_ms=1)
        class Busy(net_meshos.Callbacks):
            def process(self, event, emit): emit(event.payload)
            def health(self): return net_meshos.Health.HEALTHY
        daemon = sdk.register("busy", bytes(32), Busy())
        waits = sdk.register("waits", bytes(31) + b"1")
        sdk.set_output(lambda output: None)
        sdk.on_log(lambda record: None)
        def feed():
            while True:
                try: daemon.post(b"event")
                except net_meshos.QueueFull: daemon.flush()
                except net_meshos.Error: return
        def wait():
            while waits.next_control(): pass
        threading.Thread(target=feed, daemon=True).start()
        threading.Thread(target=wait, daemon=True).start()
        while sdk.runtime()["totals"]["events_in"] < 100: pass
    """

    def test_while_callbacks_run(self) -> None:
        for _ in range(5):
            self.assertEqual(self.run_program(self.BUSY).stderr, b"")

    def test_with_a_status(self) -> None:
        self.run_program(self.BUSY + "\n        sys.exit(23)", 23)

    def test_a_program_that_fails_shows_why(self) -> None:
        found = self.run_program(
            """
            import net_meshos
            sdk = net_meshos.Sdk()
            daemon = sdk.register("fails", bytes(32), lambda event, emit: 1 / 0)
            daemon.post(b"posted")
            daemon.flush()
            raise SystemExit(4)
            """,
            4,
        )
        self.assertIn(b"process of the daemon 'fails' failed", found.stderr)
        self.assertIn(b"ZeroDivisionError", found.stderr)
