"""The figures as a table of Markdown, and as JSON."""

import hashlib
import json
import os
import platform

from figures import CASES, best, number


def machine():
    """The machine, in plain words."""
    processor = "processor unknown"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    name = os.uname()
    return {
        "processor": processor,
        "processors": os.cpu_count(),
        "system": f"{name.sysname} {name.release.split('-')[0]} {platform.machine()}",
    }


def fingerprint(path):
    """Tells a library from others."""
    with open(path, "rb") as file:
        return "sha256 " + hashlib.sha256(file.read()).hexdigest()[:12]


def results(peers, values, failures):
    """A list of all figures with what each peer has measured."""
    listed = []
    for case in CASES:
        for figure in case.figures:
            found = {}
            for peer in peers:
                rounds = values.get((peer.key, case.key), {}).get(figure.key)
                if rounds:
                    found[peer.key] = {"best": best(figure, rounds), "rounds": rounds}
                elif (peer.key, case.key) in failures:
                    found[peer.key] = {"failed": failures[peer.key, case.key]}
            if found:
                listed.append(
                    {
                        "key": figure.key,
                        "case": case.key,
                        "title": figure.title,
                        "in": figure.unit,
                        "more_is_better": figure.more_is_better,
                        "peers": found,
                    }
                )
    return listed


def cell(figure, peer):
    found = figure["peers"].get(peer["key"])
    if found is None:
        return "-"
    return "FAILED" if "failed" in found else number(found["best"])


def rows(report):
    peers = report["peers"]
    yield ["", "in", *(peer["title"] for peer in peers)]
    for figure in report["figures"]:
        yield [figure["title"], figure["in"], *(cell(figure, peer) for peer in peers)]


def markdown(report):
    table = list(rows(report))
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for i, row in enumerate(table):
        cells = [text.ljust(width) if at == 0 else text.rjust(width) for at, (text, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
        if i == 0:
            lines.append("|" + "|".join("-" * (width + 1) + (":" if at else "-") for at, width in enumerate(widths)) + "|")
    return "\n".join(lines)


def write(report, path):
    """One line for each figure, so that two runs can be compared as texts."""
    parts = []
    for key, value in report.items():
        if isinstance(value, list):
            inner = ",\n".join("    " + json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"  {json.dumps(key)}: [\n{inner}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(parts) + "\n}\n")
