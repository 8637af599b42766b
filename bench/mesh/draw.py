"""Draws the curves of mesh.json: draw.py MESH_JSON FOLDER writes mesh.svg. bench/draw.sh runs it."""

import json
import sys
from pathlib import Path

import look

PANELS = (("daemons", "Daemons on two nodes, one stream"), ("streams", "Streams, 64 daemons on two nodes"))
SYNCS = ("unsynced", "synced")
WIDTH, HEIGHT = 9, 4.4


def points(report, name, sync):
    """A point of both curves is measured once: that of 64 daemons and one stream."""
    found = {}
    for row in report["figures"]:
        if row["curve"] and row[sync]["best"]:
            curve, x = row["curve"]
            if curve == name:
                found[x] = row[sync]["best"]
            elif (name, curve, x) == ("streams", "daemons", 64):
                found[1] = row[sync]["best"]
    return sorted(found.items())


def draw(report):
    look.use()
    bench = {"libraries": [{"path": f"libnet_meshos {report['version']}, with one server on the same machine"}], "quick": False,
             "machine": report["machine"], "rounds": report["rounds"]}  # fmt: skip
    figure, (bottom, top) = look.page(
        bench, "How a mesh scales", "Events of 64 bytes in posts of 256: stored, processed and committed. Best of the rounds.",
        WIDTH, HEIGHT, header=1.3, footer=0.95)  # fmt: skip
    for i, (name, title) in enumerate(PANELS):
        axes = figure.add_axes((0.09 + i * 0.49, bottom, 0.38, top - bottom))
        ticks = set()
        for sync, colour, marker in zip(SYNCS, look.COLOURS, look.MARKERS):
            line = points(report, name, sync)
            if line:
                axes.plot(*zip(*line), color=colour, marker=marker, markersize=6, linewidth=1.8, label=sync)
                ticks.update(x for x, _ in line)
        axes.set_title(title, pad=10)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(ticks), [f"{x}" for x in sorted(ticks)])
        axes.set_xticks([], minor=True)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(look.FuncFormatter(lambda value, _: look.number(value / 1000)))
        axes.set_ylabel("1,000 events/s")
        axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.1), ncols=2)
    return figure


def main():
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    at = Path(sys.argv[2]) / "mesh.svg"
    draw(report).savefig(at, metadata={"Date": None})
    print(f"{at}")


if __name__ == "__main__":
    main()
