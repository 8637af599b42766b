#!/usr/bin/env python3
"""Writes the figures of bench/results/ into docs/performance.md, between its lines "<!-- begin NAME -->" and
"<!-- end NAME -->": report.py. With --check it writes nothing, and fails if the document has other figures.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench" / "peers"))

# pylint: disable=wrong-import-position
import table
from figures import number

RESULTS = ROOT / "bench" / "results"
DOCUMENT = ROOT / "docs" / "performance.md"


def read(name):
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def measured_on(report, version):
    machine = report["machine"]
    return (
        f"{machine['processor']}, {machine['processors']} processors, {machine['system']}; best of {report['rounds']} "
        f"interleaved rounds; the library: {version}."
    )


def peers_table(report):
    """The cases that peers have too."""
    figures = [f for f in report["figures"] if any(key != "ours" for key in f["peers"])]
    return table.markdown({**report, "figures": figures})


def ours_table(report, *cases):
    figures = [f for f in report["figures"] if f["case"] in cases]
    return table.markdown({"peers": [p for p in report["peers"] if p["key"] == "ours"], "figures": figures})


def caveats(report):
    rows = [["", "version", "languages", "bounds of an inbox", "an event is", "a daemon runs on"]]
    for peer in report["peers"]:
        rows.append([peer[key] for key in ("title", "version", "border", "inbox", "event", "thread")])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def curve_table(report, *keys):
    curves = [curve for curve in report["curves"] if curve["key"] in keys]
    xs = sorted({point["x"] for curve in curves for point in curve["points"]})
    lines = ["| " + " | ".join([curves[0]["x"], *(f"{curve['title']}, {curve['unit']}" for curve in curves)]) + " |"]
    lines.append("|---:" * (len(curves) + 1) + "|")
    for x in xs:
        cells = [f"{x:,}"]
        for curve in curves:
            best = [p["libraries"][0]["best"] for p in curve["points"] if p["x"] == x and p["libraries"][0]]
            cells.append(number(best[0]) if best else "-")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


LANGUAGES = {"c": "C", "cpp": "C++", "go": "Go", "java": "Java", "node": "Node", "python": "Python", "rust": "Rust", "zig": "Zig"}


def bindings_table(report):
    """A row for each language, C first."""
    names = list(dict.fromkeys((f["name"], f["unit"]) for f in report["figures"]))
    lines = ["| " + " | ".join(["", *(f"`{name}`, {'M/s' if unit == 'events/s' else unit}" for name, unit in names)]) + " |"]
    lines.append("|---|" + "---:|" * len(names))
    for language in dict.fromkeys(f["language"] for f in report["figures"]):
        cells = {f["name"]: f["value"] / 1e6 if f["unit"] == "events/s" else f["value"] for f in report["figures"] if f["language"] == language}
        lines.append("| " + " | ".join([LANGUAGES[language], *(number(cells[name]) if name in cells else "-" for name, _ in names)]) + " |")
    return "\n".join([*lines, "", f"The library: {report['version']}."])


def blocks():
    peers, curves = read("peers.json"), read("curves.json")
    for name, report in (("peers.json", peers), ("curves.json", curves)):
        if report["quick"]:
            sys.exit(f"{name} is of a quick run: none of its figures means anything")
    ours = next(peer for peer in peers["peers"] if peer["key"] == "ours")
    return {
        "machine": measured_on(peers, ours["version"]),
        "peers": peers_table(peers),
        "caveats": caveats(peers),
        "floor": ours_table(peers, "floor", "refused"),
        "posts": ours_table(peers, "single", "batch", "spread"),
        "answers": ours_table(peers, "ask", "wake"),
        "lives": ours_table(peers, "lives", "memory", "restart", "start"),
        "producers": curve_table(curves, "producers_1", "producers_8"),
        "daemons": curve_table(curves, "daemons"),
        "subscribers": curve_table(curves, "subscribers"),
        "sizes": curve_table(curves, "post_size", "deliver_size", "copy", "post_copies", "deliver_copies"),
        "nested": curve_table(curves, "nested"),
        "bindings": bindings_table(read("bindings.json")),
    }


def filled(text, texts):
    """The document with the blocks in it. Every block has one place, and every place a block."""
    places = re.findall(r"<!-- begin (\w+) -->", text)
    if sorted(places) != sorted(texts):
        sys.exit(f"{DOCUMENT.name} has places for {sorted(places)}, and there is {sorted(texts)}")
    for name, block in texts.items():
        pattern = rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->\n)"
        text, count = re.subn(pattern, lambda m, b=block: f"{m[1]}{b}\n{m[2]}", text, flags=re.DOTALL)
        if count != 1:
            sys.exit(f"the place for '{name}' in {DOCUMENT.name} has no end")
    return text


def main(arguments):
    before = DOCUMENT.read_text(encoding="utf-8")
    after = filled(before, blocks())
    if arguments == ["--check"]:
        if after != before:
            sys.exit("docs/performance.md has other figures than bench/results/: bench/report.py writes them")
    elif arguments:
        sys.exit(__doc__)
    else:
        DOCUMENT.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
