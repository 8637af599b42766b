"""Writes the drawings of what was measured."""

import json
import sys
from pathlib import Path

import look


def write(doc, *drawings):
    """Writes NAME.svg for each (NAME, draw), by the arguments JSON FOLDER [KIND] of the program; draw(report) returns a
    figure, or None where there is nothing to draw: then a file of before is removed.
    """
    if len(sys.argv) not in (3, 4):
        sys.exit(doc)
    source, folder, kind = (*sys.argv[1:], "svg")[:3]
    report = json.loads(Path(source).read_text(encoding="utf-8"))
    look.use()
    for name, draw in drawings:
        target = Path(folder) / f"{name}.{kind}"
        figure = draw(report)
        if figure is None:
            target.unlink(missing_ok=True)
            continue
        # Without the date and with a fixed salt, equal figures make equal files.
        figure.savefig(target, metadata={"Date": None} if kind == "svg" else None)
        print(target)
