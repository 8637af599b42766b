"""The curves, in the order of README.md, which says in words what each is."""

from typing import NamedTuple


class Curve(NamedTuple):
    key: str  # as the program prints it
    run: str  # the run of the program that prints it
    title: str
    x: str
    unit: str
    more_is_better: bool = False


CURVES = (
    Curve("producers_1", "producers_1", "Posting to one daemon", "threads that post", "M/s", True),
    Curve("producers_8", "producers_8", "Posting to eight daemons in turn", "threads that post", "M/s", True),
    Curve("post_size", "post_size", "One post, until it is processed", "bytes of the event", "ns"),
    Curve("deliver_size", "deliver_size", "One deliver", "bytes of the event", "ns"),
    Curve("copy", "post_size", "One memcpy into 16 MB in turn", "bytes of the event", "ns"),
    Curve("daemons", "daemons", "Posting to daemons in turn", "daemons", "M/s", True),
    Curve("subscribers", "subscribers", "Events that reach the subscribers of one daemon", "subscribers", "M/s", True),
    Curve("nested", "nested", "One deliver, with the others inside", "daemons, one inside the other",
          "µs"),
)

# Below this size the time of the copies is lost in the difference of two runs.
COPIES_FROM = 1 << 16


def derived(curves):
    """How often a byte is copied: the time that its size adds, in copies of that size."""
    at = {
        curve["key"]: {point["x"]: [library and library["best"] for library in point["libraries"]] for point in curve["points"]}
        for curve in curves
    }
    found = []
    for key, title in (("post_size", "Copies of a posted byte"), ("deliver_size", "Copies of a delivered byte")):
        if key not in at or "copy" not in at:
            continue
        points = []
        for x, values in sorted(at[key].items()):
            if x < COPIES_FROM:
                continue
            copies = [
                {"best": (value - empty) / copy, "rounds": []} if None not in (value, empty, copy) else None
                for value, empty, copy in zip(values, at[key][0], at["copy"][x])
            ]
            points.append({"x": x, "libraries": copies})
        found.append(
            Curve(key.replace("_size", "_copies"), key, title, "bytes of the event", "copies")._asdict() | {"points": points}
        )
    return found
