#!/usr/bin/env python3
"""Writes the figures of bench/mesh/results/ into docs/mesh.md, between its lines "<!-- begin figures -->" and
"<!-- end figures -->": report.py. With --check it writes nothing, and fails if the document has other figures.
"""

import json
import re
import sys
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "docs" / "mesh.md"


def block(report):
    if not report["whole"]:
        sys.exit("mesh.json is of a run of some cases only, or cases failed")
    return f"{table.measured_on(report)}\n\n{table.markdown(report)}"


def main(arguments):
    report = json.loads((HERE / "results" / "mesh.json").read_text(encoding="utf-8"))
    before = DOCUMENT.read_text(encoding="utf-8")
    pattern = r"(<!-- begin figures -->\n).*?(<!-- end figures -->\n)"
    after, count = re.subn(pattern, lambda m: f"{m[1]}{block(report)}\n{m[2]}", before, flags=re.DOTALL)
    if count != 1:
        sys.exit("docs/mesh.md has no place for figures, or several")
    if arguments == ["--check"]:
        if after != before:
            sys.exit("docs/mesh.md has other figures than bench/mesh/results/: bench/mesh/report.py writes them")
    elif arguments:
        sys.exit(__doc__)
    else:
        DOCUMENT.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
