#!/usr/bin/env python3
"""Measures how the library scales. README.md says what each curve is.

    run.py [--only CURVE,...] [--lib LIBRARY] [--vs LIBRARY] [--rounds N] [--quick] [--build FOLDER]

Writes curves.json into FOLDER/curves/ and prints the points. Status 1: a count is wrong, or the program crashes or
hangs; 2: nothing was measured.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

# pylint: disable=wrong-import-position
import options
import table
from figures import best, number
from points import CURVES, derived
from rounds import run_rounds


def measured(curve, values, libraries):
    """The points of one curve: [{x, libraries: [{best, rounds}]}]."""
    found = {}
    for i in range(len(libraries)):
        for key, rounds in values.get(("AB"[i], curve.run), {}).items():
            name, x = key.split("@")
            if name == curve.key:
                point = found.setdefault(int(x), [None] * len(libraries))
                point[i] = {"best": best(curve, rounds), "rounds": rounds}
    return [{"x": x, "libraries": point} for x, point in sorted(found.items())]


def main():
    o = options.parse(options.parser(__doc__, "these curves, such as daemons,nested", "another build of the library"))
    libraries = options.libraries(o)
    for path in libraries:
        options.need_library(path)
    build = subprocess.run([HERE / "build.sh", o.build], check=False)
    if build.returncode != 0:
        options.refuse("the program can't be built")
    program = str(Path(o.build).resolve() / "curves" / "curves")
    wanted = options.chosen(o.only, list(dict.fromkeys(curve.run for curve in CURVES)), "curve")
    plan = [(run, [("AB"[i], [program, str(Path(path).resolve())]) for i, path in enumerate(libraries)]) for run in wanted]
    values, failures = run_rounds(plan, o.rounds, o.quick, o.limit)
    curves = []
    for curve in CURVES:
        points = measured(curve, values, libraries)
        if points:
            curves.append({**curve._asdict(), "points": points})
    curves += derived(curves)
    report = {
        "machine": table.machine(),
        "rounds": o.rounds,
        "quick": o.quick,
        "libraries": [{"path": path, "version": table.fingerprint(path)} for path in libraries],
        "curves": curves,
    }
    table.write(report, Path(o.build) / "curves" / "curves.json")
    for curve in curves:
        print(f"{curve['title']}, {curve['unit']}")
        for point in curve["points"]:
            figures = [number(at["best"]) if at else "-" for at in point["libraries"]]
            print(f"  {point['x']:>9,}  " + "  ".join(f"{text:>10}" for text in figures))
    options.end(o, [f"{curve} of {libraries['AB'.index(at)]}: {why}" for (at, curve), why in failures.items()])


if __name__ == "__main__":
    main()
