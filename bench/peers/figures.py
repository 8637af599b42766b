"""The cases and their figures, in the order of README.md, which says in words what each is."""

from typing import NamedTuple


class Figure(NamedTuple):
    key: str  # as the programs print it
    title: str
    unit: str
    more_is_better: bool = False


class Case(NamedTuple):
    key: str
    title: str
    figures: tuple


CASES = (
    Case("single", "one thread to one daemon", (Figure("single", "1. one thread to one daemon", "M/s", True),)),
    Case("spread", "one thread to 1,000 daemons", (Figure("spread", "2. one thread to 1,000 daemons in turn", "M/s", True),)),
    Case("pipeline", "a pipeline of three", (Figure("pipeline", "3. a pipeline of three", "M/s", True),)),
    Case("ask", "ask", (Figure("ask_p50", "4. ask, p50", "µs"), Figure("ask_p99", "4. ask, p99", "µs"))),
    Case(
        "wake",
        "reply from another thread",
        (
            Figure("wake", "5. reply from another thread, p50", "µs"),
            Figure("wake_idle", "5. the same, after 2 ms of rest, p50", "µs"),
        ),
    ),
    Case(
        "lives",
        "begin and end a daemon",
        (
            Figure("life", "6. register and free", "µs"),
            Figure("life_event", "6. the same, with one event in between", "µs"),
        ),
    ),
    Case(
        "memory",
        "memory of an idle daemon",
        (
            Figure("idle", "7. an idle daemon, of 100,000", "bytes"),
            Figure("idle_event", "7. the same, after its first event", "bytes"),
        ),
    ),
    Case("restart", "restart after a failure", (Figure("restart", "8. from a failure to the next event, p50", "µs"),)),
    Case("refused", "a post that is refused", (Figure("refused", "9. a post that is refused", "ns"),)),
    Case(
        "batch",
        "posts of 256 events",
        (
            Figure("batch_flush", "10. posts of 256, a full inbox answered by flush", "M/s", True),
            Figure("batch_retry", "10. the same, answered by trying again", "M/s", True),
        ),
    ),
    Case(
        "start",
        "loading and starting",
        (Figure("dlopen", "11. dlopen", "µs"), Figure("start", "11. start, shutdown and free", "µs")),
    ),
    Case(
        "floor",
        "the parts of a post",
        (
            Figure("floor_mutex", "12. a mutex that nobody else wants", "ns"),
            Figure("floor_copy", "12. a copy of 64 bytes", "ns"),
            Figure("floor_accessor", "12. handle_daemon_id", "ns"),
            Figure("floor_empty_post", "12. a post of no events", "ns"),
        ),
    ),
)

FIGURES = {figure.key: figure for case in CASES for figure in case.figures}


def best(figure, values):
    return max(values) if figure.more_is_better else min(values)


def number(value):
    """As short as it can be, with commas."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
