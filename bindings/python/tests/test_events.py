"""Events, outputs, subscriptions and log lines."""

import threading
import unittest
from typing import List

from net_meshos import Callbacks, Emit, Event, LogLevel, LogRecord, NotFound, Output, QueueFull, Sdk, Timeout

from .parts import DEADLINE, Recorder, seed


class Events(unittest.TestCase):
    def setUp(self) -> None:
        self.sdk = Sdk(tick_interval_ms=5, inbox_capacity=8)
        self.addCleanup(self.sdk.close)
        self.work = Recorder()
        self.daemon = self.sdk.register("events", seed("events"), self.work)
        self.addCleanup(self.daemon.close)

    def test_deliver(self) -> None:
        self.assertEqual(self.daemon.deliver(b"one", 2**64 - 1, 7), [Output(self.daemon.id, 2**64 - 1, 7, 1, b"one")])
        self.assertEqual(self.sdk.deliver(self.daemon.id, b""), [Output(self.daemon.id, 0, 0, 2, b"")])
        self.assertEqual(self.work.events, [Event(b"one", 2**64 - 1, 7), Event(b"", 0, 0)])

    def test_payloads_of_other_types(self) -> None:
        for payload in (bytearray(b"a\0b"), memoryview(b"a\0b"), b"a\0b"):
            self.assertEqual(self.daemon.deliver(payload)[0].payload, b"a\0b")

    def test_a_function_is_a_daemon(self) -> None:
        def twice(event: Event, emit: Emit) -> None:
            emit(event.payload)
            emit(event.payload)

        with self.sdk.register("twice", seed("twice"), twice) as daemon:
            self.assertEqual([o.payload for o in daemon.deliver(b"x")], [b"x", b"x"])

    def test_post_and_flush(self) -> None:
        for number in range(5):
            self.daemon.post(b"%d" % number, 1, number)
        self.daemon.flush()
        self.assertEqual([bytes(e.payload) for e in self.work.events], [b"0", b"1", b"2", b"3", b"4"])

    def test_a_batch_that_does_not_fit(self) -> None:
        gate, entered = threading.Event(), threading.Event()

        def wait(event: Event, emit: Emit) -> None:
            entered.set()
            gate.wait(DEADLINE)

        with self.sdk.register("slow", seed("slow"), wait) as daemon:
            daemon.post(b"first")
            self.assertTrue(entered.wait(DEADLINE))
            with self.assertRaises(QueueFull) as caught:
                daemon.post_batch([Event(b"x")] * 20)
            self.assertTrue(0 < caught.exception.accepted < 20, caught.exception.accepted)
            with self.assertRaises(QueueFull):
                daemon.post(b"one more")
            with self.assertRaises(Timeout):
                daemon.flush(0.15)
            with self.assertRaises(TimeoutError):
                self.sdk.flush(timeout=0.01)
            gate.set()
            daemon.flush(DEADLINE)
            self.assertEqual(daemon.post_batch(Event(b"y", n, n) for n in range(3)), 3)
            daemon.flush()
            self.assertEqual(daemon.runtime()["events_in"], 1 + caught.exception.accepted + 3)

    def test_a_batch_that_waits_for_room(self) -> None:
        self.assertEqual(self.daemon.post_wait(Event(b"x", 1, n) for n in range(100)), 100)
        self.daemon.flush()
        self.assertEqual([e.sequence for e in self.work.events], list(range(100)))
        gate, entered = threading.Event(), threading.Event()

        def wait(event: Event, emit: Emit) -> None:
            entered.set()
            gate.wait(DEADLINE)

        with self.sdk.register("slow", seed("slow"), wait) as daemon:
            daemon.post(b"first")
            self.assertTrue(entered.wait(DEADLINE))
            with self.assertRaises(QueueFull) as caught:
                daemon.post_wait([Event(b"x")] * 20, 0.25)
            self.assertTrue(0 < caught.exception.accepted < 20, caught.exception.accepted)
            gate.set()
            self.assertEqual(daemon.post_wait([Event(b"y")] * 20, DEADLINE), 20)

    def test_set_output(self) -> None:
        found: List[Output] = []
        self.sdk.set_output(found.append)
        self.daemon.deliver(b"heard")
        self.sdk.set_output(None)
        self.daemon.deliver(b"not heard")
        self.assertEqual([o.payload for o in found], [b"heard"])

    def test_an_output_function_that_raises(self) -> None:
        def fail(output: Output) -> None:
            raise ValueError("no")

        self.sdk.set_output(fail)
        with self.assertLogs("net_meshos", "ERROR") as logged:
            self.assertEqual(len(self.daemon.deliver(b"goes on")), 1)
        self.assertIn("ValueError: no", logged.output[0])

    def test_subscriptions(self) -> None:
        target = Recorder()
        with self.sdk.register("target", seed("target"), target) as daemon:
            daemon.subscribe(self.daemon)
            self.daemon.deliver(b"passed on")
            self.sdk.flush()
            daemon.unsubscribe(self.daemon)
            self.daemon.deliver(b"not passed on")
            self.sdk.flush()
            self.assertEqual(target.events, [Event(b"passed on", self.daemon.id, 1)])
            with self.assertRaises(NotFound):
                daemon.unsubscribe(self.daemon)

    def test_emit_after_its_time(self) -> None:
        kept: List[Emit] = []
        with self.sdk.register("keeps", seed("keeps"), lambda event, emit: kept.append(emit)) as daemon:
            daemon.deliver()
        with self.assertRaisesRegex(RuntimeError, "only until process returns"):
            kept[0](b"late")

    def test_logs(self) -> None:
        came, found = threading.Event(), []  # type: threading.Event, List[LogRecord]

        def hear(record: LogRecord) -> None:
            found.append(record)
            if record.message == "the last\0 ✓":
                came.set()

        self.sdk.on_log(hear, LogLevel.INFO)
        self.daemon.log(LogLevel.DEBUG, "too quiet")
        self.daemon.log(LogLevel.WARN, "the last\0 ✓")
        self.assertTrue(came.wait(DEADLINE))
        self.sdk.on_log(None)
        self.assertNotIn("too quiet", [r.message for r in found])
        kept = {r.message: r for r in self.sdk.logs()}
        self.assertEqual(kept["the last\0 ✓"], found[-1])
        self.assertEqual(kept["too quiet"].level, LogLevel.DEBUG)
        self.assertEqual(kept["too quiet"].daemon_id, self.daemon.id)
        self.assertEqual([r.seq for r in self.sdk.logs(after=1, limit=1)], [2])

    def test_many_threads(self) -> None:
        failures: List[BaseException] = []

        def run(number: int) -> None:
            try:
                for round_ in range(20):
                    work = Recorder()
                    with self.sdk.register("t", seed((number, round_)), work) as daemon:
                        daemon.post(b"a")
                        daemon.deliver(b"b")
                        self.assertEqual([bytes(e.payload) for e in work.events], [b"a", b"b"])
            except BaseException as failure:
                failures.append(failure)

        running = [threading.Thread(target=run, args=(number,)) for number in range(8)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(DEADLINE)
        self.assertEqual(failures, [])

    def test_a_callback_makes_calls(self) -> None:
        class Nested(Callbacks):
            def process(inner, event: Event, emit: Emit) -> None:
                for output in self.daemon.deliver(event.payload):
                    emit(output.payload + b"!")

        with self.sdk.register("nested", seed("nested"), Nested()) as daemon:
            self.assertEqual(daemon.deliver(b"hi")[0].payload, b"hi!")
