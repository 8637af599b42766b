"""What callbacks raise, and what wrong input brings."""

import gc
import threading
import unittest
import weakref
from typing import Any, Callable, List

import net_meshos
from net_meshos import (
    CallbackFailed,
    Callbacks,
    Daemon,
    Emit,
    Error,
    Event,
    Health,
    LogLevel,
    ProcessFailed,
    RestoreFailed,
    Sdk,
)

from .parts import DEADLINE, Recorder, seed


class Failures(unittest.TestCase):
    def setUp(self) -> None:
        self.sdk = Sdk(tick_interval_ms=5)
        self.addCleanup(self.sdk.close)
        self.work = Recorder()
        self.daemon = self.sdk.register("failures", seed("failures"), self.work)
        self.addCleanup(self.daemon.close)

    def wait_for_line(self, message: str) -> None:
        came = threading.Event()
        self.sdk.on_log(lambda record: came.set() if record.message == message else None)
        if not any(record.message == message for record in self.sdk.logs()):
            self.assertTrue(came.wait(DEADLINE), self.sdk.logs())
        self.sdk.on_log(None)

    def test_process(self) -> None:
        self.work.raises = ValueError("no such ✓")
        with self.assertRaises(ProcessFailed) as caught:
            self.daemon.deliver(b"x")
        self.assertIs(caught.exception.__cause__, self.work.raises)
        self.assertIs(self.daemon.last_exception, self.work.raises)
        self.assertEqual(caught.exception.status, -2)
        self.wait_for_line("process: ValueError: no such ✓")
        self.assertEqual(self.daemon.runtime()["failures"], 1)
        self.work.raises = None
        self.assertEqual(len(self.daemon.deliver(b"goes on")), 1)

    def test_process_of_a_posted_event(self) -> None:
        self.work.raises = KeyError("posted")
        self.daemon.post(b"x")
        self.daemon.flush()
        self.wait_for_line("process: KeyError: 'posted'")

    def test_what_is_for_the_program_reaches_it(self) -> None:
        for interrupt in (KeyboardInterrupt(), SystemExit(3)):
            self.work.raises = interrupt
            with self.assertRaises(type(interrupt)) as caught:
                self.daemon.deliver(b"x")
            self.assertIs(caught.exception, interrupt)

    def test_snapshot_and_restore(self) -> None:
        self.work.raises = OSError("disk")
        with self.assertRaises(CallbackFailed) as caught:
            self.daemon.snapshot()
        self.assertIs(caught.exception.__cause__, self.work.raises)
        with self.assertRaises(RestoreFailed) as failed:
            self.daemon.restore(b"state")
        self.assertIs(failed.exception.__cause__, self.work.raises)
        self.wait_for_line("restore: OSError: disk")

    def test_a_snapshot_of_another_type(self) -> None:
        setattr(self.work, "state", "text")
        with self.assertRaises(CallbackFailed) as caught:
            self.daemon.snapshot()
        self.assertIsInstance(caught.exception.__cause__, TypeError)

    def test_health_and_on_control(self) -> None:
        self.work.raises = ZeroDivisionError("asked")
        self.wait_for_line("health: ZeroDivisionError: asked")
        self.wait_for_line("saturation: ZeroDivisionError: asked")
        self.assertEqual(self.daemon.runtime()["health"], "unhealthy")
        self.sdk.enter_maintenance(1)
        self.wait_for_line("on_control: ZeroDivisionError: asked")

    def test_the_object_is_released_after_the_last_callback(self) -> None:
        work = Recorder()
        gone = weakref.ref(work)
        daemon = self.sdk.register("released", seed("released"), work)
        del work
        gc.collect()
        self.assertIsNotNone(gone())
        daemon.deliver(b"still there")
        daemon.close()
        del daemon
        gc.collect()
        self.assertIsNone(gone())

    def test_the_object_of_a_failed_registration_is_released(self) -> None:
        work = Recorder()
        gone = weakref.ref(work)
        with self.assertRaises(Error) as caught:
            self.sdk.register("again", seed("failures"), work)
        self.assertEqual(caught.exception.kind, "register_failed")
        with self.assertRaises(Error):
            self.sdk.register("bad \ud800 name", seed("bad"), work)
        del work, caught
        gc.collect()
        self.assertIsNone(gone())


def nothing(*_: Any) -> None: ...


class WrongInput(unittest.TestCase):
    def setUp(self) -> None:
        self.sdk = Sdk()
        self.addCleanup(self.sdk.close)
        self.daemon = self.sdk.register("wrong", seed("wrong"), nothing)
        self.addCleanup(self.daemon.close)

    def refused(self, call: Callable[..., Any], *arguments: Any, **keywords: Any) -> str:
        try:
            call(*arguments, **keywords)
        except (TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        except Error as error:
            return f"{error.kind} {error.status}"
        raise AssertionError(f"{call} accepts {arguments}")

    def test_arguments(self) -> None:
        daemon, sdk = self.daemon, self.sdk
        for expected, call, arguments in (
            ("ValueError: seed must have 32 bytes, and has 31", sdk.register, ("x", bytes(31), nothing)),
            ("TypeError: seed must be bytes, and is str", sdk.register, ("x", "0" * 32, nothing)),
            ("TypeError: name must be a str, and is bytes", sdk.register, (b"x", seed(1), nothing)),
            ("runtime_panic -2", sdk.register, ("a\0b", seed(1), nothing)),
            ("TypeError: callbacks must be a function, or have a method process: 7", sdk.register, ("x", seed(1), 7)),
            ("TypeError: Callbacks doesn't override process", sdk.register, ("x", seed(1), Callbacks())),
            ("TypeError: payload must be bytes, and is str", daemon.deliver, ("text",)),
            ("TypeError: payload must be bytes, and is int", daemon.post_batch, ([Event(5)],)),  # type: ignore
            ("ValueError: sequence must be 0 to 2**64 - 1, and is -1", daemon.post, (b"", 0, -1)),
            ("ValueError: origin_hash must be 0 to 2**64 - 1, and is 18446744073709551616",
             daemon.post_batch, ([Event(b"", 2**64)],)),
            ("TypeError: origin_hash must be an int, and is float", daemon.deliver, (b"", 0.5)),
            ("not_found -2", sdk.deliver, (12345, b"")),
            ("ValueError: timeout must be seconds, a number from 0 on, or None, and is -1", daemon.next_control, (-1,)),
            ("ValueError: timeout must be seconds, a number from 0 on, or None, and is nan",
             daemon.flush, (float("nan"),)),
            ("invalid_log_level -3", daemon.log, (9, "x")),
            ("TypeError: message must be a str, and is bytes", daemon.log, (LogLevel.INFO, b"x")),
            ("invalid_argument -3", daemon.log, (LogLevel.INFO, "\ud800")),
            ("TypeError: tags must be several strings, and not one", daemon.publish_capabilities, ("gpu",)),
            ("invalid_argument -3", daemon.publish_capabilities, ([1],)),
            ("invalid_state -2", daemon.done, ()),
            ("invalid_state -2", sdk.exit_maintenance, ()),
            ("TypeError: a function is needed, and not int", sdk.set_output, (3,)),
            ("invalid_log_level -3", sdk.on_log, (nothing, 17)),
        ):  # fmt: skip
            with self.subTest(expected):
                self.assertEqual(self.refused(call, *arguments), expected)

    def test_configuration(self) -> None:
        with self.assertRaisesRegex(Error, "tick_intervall_ms"):
            Sdk(tick_intervall_ms=5)
        with self.assertRaisesRegex(Error, "invalid_argument: .*tick_interval_ms"):
            Sdk({"tick_interval_ms": "soon"})
        with self.assertRaises(TypeError):
            Sdk(tick_interval_ms=object())
        # This edition reads the key, which has all that a configuration can have, and has no mesh.
        with self.assertRaisesRegex(Error, "unsupported"):
            Sdk(mesh={"servers": ["nats://127.0.0.1:4222"], "lease_ms": 1000, "events": "direct"})
        with self.assertRaisesRegex(Error, "runtime_panic"):
            Sdk.start(event_queue_capacity=2**61)

    def test_after_the_end(self) -> None:
        sdk = Sdk()
        daemon, other = (sdk.register(n, seed(n), Recorder()) for n in ("daemon", "other"))
        sdk.shutdown()
        self.assertEqual(self.refused(sdk.shutdown), "already_shutdown -4")
        self.assertEqual(self.refused(daemon.deliver, b""), "already_shutdown -4")
        self.assertEqual(self.refused(getattr, sdk, "dropped_control_events"), "already_shutdown -4")
        sdk.close()
        sdk.close()
        self.assertEqual(self.refused(sdk.runtime), "invalid_handle -1")
        self.assertEqual(self.refused(daemon.log, LogLevel.INFO, "x"), "loop_closed -2")
        self.assertIsNone(daemon.next_control())
        self.assertEqual(daemon.metadata()["daemon_name"], "daemon")
        daemon.close()
        daemon.close()
        self.assertEqual(self.refused(daemon.metadata), "invalid_handle -1")
        self.assertIsInstance(net_meshos.Error("a", "b"), Exception)
        del other
        gc.collect()  # frees the handle that nobody closed

    def test_closed_from_inside_a_callback(self) -> None:
        sdk = Sdk()
        daemons: List[Daemon] = []

        def end(event: Event, emit: Emit) -> None:
            daemons[0].close()
            sdk.close()

        daemons.append(sdk.register("own end", seed("own end"), end))
        daemons[0].deliver(b"")
        self.assertEqual(self.refused(sdk.runtime), "invalid_handle -1")

    def test_health_is_a_number(self) -> None:
        self.assertEqual(Health(2), Health.UNHEALTHY)
