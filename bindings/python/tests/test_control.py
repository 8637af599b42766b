"""State, control events, asyncio, and the lives of daemons."""

import asyncio
import threading
import time
import unittest
from typing import List, Optional

from net_meshos import ControlEvent, ControlKind, Health, Sdk, new_seed

from .parts import DEADLINE, Recorder, seed


class Control(unittest.TestCase):
    def setUp(self) -> None:
        self.sdk = Sdk(tick_interval_ms=5, this_node=0x1234)
        self.addCleanup(self.sdk.close)
        self.work = Recorder()
        self.daemon = self.sdk.register("control", seed("control"), self.work)
        self.addCleanup(self.daemon.close)

    def wait_until(self, what: str) -> None:
        """Until a line of the log says so."""
        deadline, after = time.monotonic() + DEADLINE, 0
        while time.monotonic() < deadline:
            for record in self.sdk.logs(after):
                after = record.seq
                if what in record.message:
                    return
            time.sleep(0.005)
        self.fail(f"the log never said {what!r}")

    def test_state(self) -> None:
        self.assertEqual(self.daemon.snapshot(), b"state")
        self.daemon.restore(b"other\0")
        self.assertEqual(self.daemon.snapshot(), b"other\0")
        self.daemon.restore(b"")
        self.assertEqual(self.work.state, b"")
        self.work.state = None
        self.assertIsNone(self.daemon.snapshot())
        with self.sdk.register("none", seed("none"), lambda event, emit: None) as daemon:
            self.assertIsNone(daemon.snapshot())

    def test_maintenance(self) -> None:
        self.assertIsNone(self.daemon.try_next_control())
        self.sdk.enter_maintenance(30)
        first = self.daemon.next_control(DEADLINE)
        assert first is not None
        self.assertEqual(first.kind, ControlKind.DRAIN_START)
        self.assertTrue(0 < first.grace_period_ms <= 30_000)
        self.assertEqual(self.daemon.next_control(DEADLINE), ControlEvent(ControlKind.DRAIN_FINISH))
        self.assertEqual(self.sdk.runtime()["maintenance"]["state"], "Maintenance")
        self.assertEqual(self.daemon.refresh_metadata()["maintenance_state"]["kind"], "maintenance")
        self.sdk.exit_maintenance()
        self.assertEqual(self.work.controls[0].kind, ControlKind.DRAIN_START)
        self.assertEqual(self.sdk.dropped_control_events, 0)

    def test_a_timeout_is_kept(self) -> None:
        begin = time.monotonic()
        self.assertIsNone(self.daemon.next_control(0.25))
        self.assertGreaterEqual(time.monotonic() - begin, 0.25)

    def test_the_end_of_the_sdk_wakes(self) -> None:
        found: List[Optional[ControlEvent]] = []
        sdk = Sdk()
        daemon = sdk.register("waits", seed("waits"))
        thread = threading.Thread(target=lambda: found.append(daemon.next_control()))
        thread.start()
        sdk.close()
        thread.join(DEADLINE)
        self.assertEqual(found, [None])

    def test_graceful_shutdown(self) -> None:
        def obey() -> None:
            event = self.daemon.next_control()
            assert event is not None
            self.assertEqual((event.kind, event.grace_period_ms), (ControlKind.SHUTDOWN, DEADLINE * 1000))
            self.daemon.done()

        thread = threading.Thread(target=obey)
        thread.start()
        begin = time.monotonic()
        self.daemon.graceful_shutdown(DEADLINE)
        self.assertLess(time.monotonic() - begin, DEADLINE)
        thread.join(DEADLINE)

    def test_stop_and_restart(self) -> None:
        self.daemon.stop(0.001)
        self.assertEqual(self.daemon.runtime()["lifecycle"], "stopped")
        self.daemon.restart()
        self.assertEqual(len(self.daemon.deliver(b"again")), 1)

    def test_health_and_capabilities(self) -> None:
        self.work.well = Health.DEGRADED
        self.wait_until("degraded")
        found = self.daemon.runtime()
        self.assertEqual((found["health"], found["saturation"]), ("degraded", 0.25))
        self.daemon.publish_capabilities(["hardware.gpu", "ö"])
        self.assertEqual(self.daemon.runtime()["capabilities"], ["hardware.gpu", "ö"])
        self.daemon.publish_capabilities([])
        self.assertEqual(self.daemon.runtime()["capabilities"], [])
        self.assertEqual(self.daemon.metadata()["node_id"], 0x1234)

    def test_metrics_and_seeds(self) -> None:
        self.daemon.deliver(b"x")
        self.assertTrue(self.sdk.metrics().endswith("# EOF\n"), self.sdk.metrics())
        seeds = {new_seed() for _ in range(3)}
        self.assertEqual([len(s) for s in seeds], [32, 32, 32])
        with self.sdk.register("new", seeds.pop()) as daemon:
            self.assertNotEqual(daemon.id, self.daemon.id)

    def test_start_with_arguments(self) -> None:
        with Sdk.start(this_node=2**64 - 1, tick_interval_ms=10, control_capacity=3) as sdk:
            self.assertEqual(sdk.runtime()["node_id"], 2**64 - 1)


class Asyncio(unittest.TestCase):
    def test_events_come_one_by_one(self) -> None:
        async def main() -> None:
            with Sdk() as sdk, sdk.register("a", seed("a")) as daemon:
                self.assertIsNone(await daemon.next_control_async(0.01))
                waiting = asyncio.ensure_future(daemon.next_control_async())
                await asyncio.sleep(0)
                sdk.enter_maintenance(60)
                first = await asyncio.wait_for(waiting, DEADLINE)
                second = await daemon.next_control_async(DEADLINE)
                assert first and second
                self.assertEqual((first.kind, second.kind), (ControlKind.DRAIN_START, ControlKind.DRAIN_FINISH))

        asyncio.run(main())

    def test_a_cancelled_wait_loses_nothing(self) -> None:
        async def main() -> None:
            with Sdk() as sdk, sdk.register("a", seed("a")) as daemon:
                waiting = asyncio.ensure_future(daemon.next_control_async())
                await asyncio.sleep(0)
                sdk.enter_maintenance(60)
                waiting.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await waiting
                event = await daemon.next_control_async(DEADLINE)
                assert event is not None
                self.assertEqual(event.kind, ControlKind.DRAIN_START)

        asyncio.run(main())

    def test_the_stream_ends_with_the_daemon(self) -> None:
        async def main() -> List[ControlKind]:
            sdk = Sdk()
            daemon = sdk.register("a", seed("a"))
            kinds: List[ControlKind] = []

            async def listen() -> None:
                async for event in daemon.controls():
                    kinds.append(event.kind)
                    if event.kind == ControlKind.SHUTDOWN:
                        daemon.done()

            listening = asyncio.ensure_future(listen())
            await asyncio.sleep(0)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, daemon.graceful_shutdown, DEADLINE)
            await asyncio.wait_for(listening, DEADLINE)
            daemon.close()
            sdk.close()
            return kinds

        self.assertEqual(asyncio.run(main()), [ControlKind.SHUTDOWN])

    def test_it_ends_with_the_sdk(self) -> None:
        async def main() -> None:
            sdk = Sdk()
            with sdk.register("a", seed("a")) as daemon:
                waiting = asyncio.ensure_future(daemon.next_control_async())
                await asyncio.sleep(0)
                sdk.close()
                self.assertIsNone(await asyncio.wait_for(waiting, DEADLINE))
                self.assertIsNone(await daemon.next_control_async())

        asyncio.run(main())
