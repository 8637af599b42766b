"""What is measured: the cases of meshbench, what is asked of each, and what the bare server does beside it."""

from typing import NamedTuple, Optional


class Bare(NamedTuple):
    """A figure of the bare server. Where ratio is given, the goal is so many times that figure, unsynced. A ceiling: one
    thread of a mesh, which waits for each message as this one does, can't do better."""

    arguments: str
    key: str
    ratio: Optional[float] = None
    ceiling: bool = False


class Case(NamedTuple):
    """One row: the arguments of a run, its figure, in what, the goals (unsynced, synced), and the bare server's."""

    title: str
    arguments: str
    key: str
    unit: str
    goals: tuple = (None, None)
    bare: Optional[Bare] = None
    more_is_better: bool = False
    curve: Optional[tuple] = None  # (name, x): a point of a curve, which is drawn

    def best(self, values):
        return max(values) if self.more_is_better else min(values)

    def better(self, values):
        """The rounds, the best first."""
        return sorted(values, reverse=self.more_is_better)


def rate(title, arguments, goals=(None, None), bare=None, curve=None):
    return Case(title, arguments, "events_per_second", "events/s", goals, bare, True, curve)


EVENTS = 1_000_000
BATCHES = Bare(f"batches {EVENTS}", "events_per_second")
DAEMONS = (1, 2, 4, 8, 16, 32, 64)
STREAMS = (1, 2, 4, 8)

CASES = (
    rate("posts of 256 to a remote daemon", f"batches 1 1 {EVENTS}", (300_000, 150_000), BATCHES, ("daemons", 1)),
    *(
        rate(f"the same, {n} daemons on two nodes", f"batches {n} 1 {EVENTS}", (300_000, 150_000) if n == 8 else (None, None),
             curve=("daemons", n))
        for n in DAEMONS[1:]
    ),
    *(rate(f"the same, 64 daemons, {n} streams", f"batches 64 {n} {EVENTS}", curve=("streams", n)) for n in STREAMS[1:]),
    rate("single posts from 1 thread", "singles 1 20000", (8_000, 2_500), Bare("publish 1 5000", "messages_per_second", ceiling=True)),
    rate("single posts from 16 threads", "singles 16 100000", (80_000, 25_000), Bare("publish 16 20000", "messages_per_second")),
    Case("remote deliver, p50", "deliver 5000", "p50_us", "µs", (None, 700), Bare("request 5000", "p50_us", 2.5)),
    Case("remote deliver, p99", "deliver 5000", "p99_us", "µs", (None, 2_000), Bare("request 5000", "p99_us", 4)),
    Case("a request whose answerer stores a message, p50", "", "", "µs", bare=Bare("stored 5000", "p50_us")),
    Case("the same, p99", "", "", "µs", bare=Bare("stored 5000", "p99_us")),
    Case("post to the subscriber's process, commit_ms 20, p50", "reach 20 300", "p50_ms", "ms", (30, 30)),
    Case("the same, commit_ms 0", "reach 0 300", "p50_ms", "ms", (1.5, None)),
    Case("take-over after kill -9, lease_ms 1,000", "takeover", "seconds", "s", (2, 2)),
    Case("1,000 idle daemons, processor time", "idle 1000 10", "percent_of_a_core", "% of one", (2, 2)),
    Case("the same, memory of one in the node", "idle 1000 10", "bytes_per_daemon", "bytes", (20_000, 20_000)),
    Case("start of a node with 1,000 daemons of 10 KB", "starting 1000", "seconds", "s", (3, 3)),
)
