"""What calls cost from Python. Prints "name value unit" lines."""

import threading
import time
from typing import Callable

from net_meshos import Callbacks, Emit, Event, Sdk

EVENTS = 50_000  # fewer than an inbox holds
BATCH = 256
ROUNDS = 3


class Gate(Callbacks):
    """Holds its first event while the posts are timed, so that nothing else uses the interpreter."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def process(self, event: Event, emit: Emit) -> None:
        self.entered.set()
        self.open.wait()


def best(prepare: Callable[[], None], run: Callable[[], None], after: Callable[[], None]) -> float:
    """Seconds of the fastest round."""
    found = []
    for _ in range(ROUNDS):
        prepare()
        begin = time.perf_counter()
        run()
        found.append(time.perf_counter() - begin)
        after()
    return min(found)


def main() -> None:
    gate = Gate()
    with Sdk() as sdk, sdk.register("bench", bytes(32), gate) as daemon:

        def close_gate() -> None:
            gate.entered.clear()
            gate.open.clear()
            daemon.post(b"first")
            gate.entered.wait()

        def open_gate() -> None:
            gate.open.set()
            daemon.flush()

        def single() -> None:
            for number in range(EVENTS):
                daemon.post(b"sixteen bytes ok", 1, number)

        def batches() -> None:
            for first in range(0, EVENTS, BATCH):
                daemon.post_batch([Event(b"sixteen bytes ok", 1, n) for n in range(first, min(first + BATCH, EVENTS))])

        def control() -> None:
            for _ in range(EVENTS):
                daemon.try_next_control()

        nothing: Callable[[], None] = lambda: None
        print(f"post {EVENTS / best(close_gate, single, open_gate):.0f} events/s")
        print(f"post_batch_{BATCH} {EVENTS / best(close_gate, batches, open_gate):.0f} events/s")
        print(f"try_next_control {best(nothing, control, nothing) / EVENTS * 1e9:.0f} ns")


if __name__ == "__main__":
    main()
