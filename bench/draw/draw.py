"""Draws what meshos-bench has measured: draw.py BENCH_JSON FOLDER [FORMAT].

Writes calls.FORMAT, scaling.FORMAT and latencies.FORMAT (svg unless told) into the folder; one of which nothing was
measured is left out.
"""

import json
import sys
from pathlib import Path

import calls
import latencies
import look
import scaling


def main(source, folder, kind="svg"):
    bench = json.loads(Path(source).read_text(encoding="ascii"))
    look.use()
    for name, draw in (("calls", calls.draw), ("scaling", scaling.draw), ("latencies", latencies.draw)):
        target = Path(folder) / f"{name}.{kind}"
        figure = draw(bench)
        if figure is None:
            target.unlink(missing_ok=True)
            continue
        # Without the date and with a fixed salt, equal figures make equal files.
        figure.savefig(target, metadata={"Date": None} if kind == "svg" else None)
        print(target)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
