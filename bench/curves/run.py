#!/usr/bin/env python3
"""Measures how the library scales. README.md says what each curve is.

    run.py [--only CURVE,...] [--lib LIBRARY] [--vs LIBRARY] [--rounds N] [--quick] [--build FOLDER]

Writes curves.json into FOLDER/curves/ and prints the points. Status 1: a count is wrong, or the program crashes or
hangs; 2: nothing was measured.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

# pylint: disable=wrong-import-position
import table
from figures import best, number
from points import CURVES, derived
from rounds import run_rounds


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="these curves, such as daemons,nested")
    parser.add_argument("--lib", help="the library; FOLDER/libnet_meshos.so unless told")
    parser.add_argument("--vs", help="another build of the library")
    parser.add_argument("--rounds", type=int, help="5 unless told; in a quick run 1")
    parser.add_argument("--quick", action="store_true", help="only show that everything works")
    parser.add_argument("--build", default="build", help="the build folder")
    return parser.parse_args()


def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(2)


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
    o = arguments()
    libraries = [path for path in (o.lib or f"{o.build}/libnet_meshos.so", o.vs) if path]
    for path in libraries:
        if not Path(path).exists():
            refuse(f"there is no library {path}")
    build = subprocess.run([HERE / "build.sh", o.build], check=False)
    if build.returncode != 0:
        refuse("the program can't be built")
    program = str(Path(o.build).resolve() / "curves" / "curves")
    runs = list(dict.fromkeys(curve.run for curve in CURVES))
    wanted = o.only.split(",") if o.only else runs
    for run in wanted:
        if run not in runs:
            refuse(f"there is no curve '{run}': {', '.join(runs)}")
    plan = [(run, [("AB"[i], [program, str(Path(path).resolve())]) for i, path in enumerate(libraries)]) for run in wanted]
    rounds = o.rounds or (1 if o.quick else 5)
    values, failures = run_rounds(plan, rounds, o.quick, 60 if o.quick else 300)
    curves = []
    for curve in CURVES:
        points = measured(curve, values, libraries)
        if points:
            curves.append({**curve._asdict(), "points": points})
    curves += derived(curves)
    report = {
        "machine": table.machine(),
        "rounds": rounds,
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
    if o.quick:
        print("a quick run: no figure means anything")
    for (library, curve), why in failures.items():
        print(f"FAILED {curve} of {libraries['AB'.index(library)]}: {why}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
