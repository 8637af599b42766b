#!/usr/bin/env python3
"""Kills, stops and cuts off nodes and servers of a mesh at random times, and counts every event: chaos.py [OPTION...].

Each round has a seed, which it prints: with --seed it happens again, as far as the machine lets it. Status 1: an event was
lost or counted twice, or something hangs; then it says where the logs are.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

import kills  # noqa: F401 pylint: disable=unused-import
import limits  # noqa: F401 pylint: disable=unused-import
import surprises  # noqa: F401 pylint: disable=unused-import
from faults import FAULTS
from process import Failure, Lacking
from scene import Scene
from server import Server
from world import World


def keep(folder, kept):
    """Copies the logs of a round that has failed."""
    kept.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("node-*.json")]:
        shutil.copy(log, kept / log.name)
    print(f"     logs: {kept}", file=sys.stderr, flush=True)


def stage(world, dice, long, function, needs):
    """Has a fault happen, and counts every event. Returns how many were accepted, and how many posts were repeated."""
    needs = {k: v for k, v in needs.items() if k not in ("server", "config")}
    scene = Scene(world, dice, long, **needs)
    function(scene)
    return scene.finish(), scene.poster.repeats + scene.poster.refused


def round_of(name, seed, programs, o):
    """One round. Returns whether it has passed, and a line about it."""
    dice = random.Random(seed)
    began = time.monotonic()
    function, needs = FAULTS[name]
    with tempfile.TemporaryDirectory(prefix="meshos-chaos-") as folder:
        try:
            with World(folder, programs, dice, config=needs.get("config"), sync=o.sync, server=needs.get("server", Server)) as world:
                accepted, repeats = stage(world, dice, o.long, function, needs)
        except Lacking as e:
            return True, f"skip {name}: {e}"
        except Exception as e:  # pylint: disable=broad-exception-caught
            keep(Path(folder), Path(o.logs) / f"{name}-{seed}")
            what = e if isinstance(e, (Failure, ConnectionError)) else f"{type(e).__name__}: {e}"
            return False, f"FAIL {name} with --seed {seed}: {what}"
    return True, f"ok   {name} with --seed {seed}: {accepted:,} events, {repeats} posts repeated, {time.monotonic() - began:.1f} s"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build folder")
    parser.add_argument("--programs", required=True, help="the folder with the programs node and skew")
    parser.add_argument("--only", help="these faults, such as kill_nodes,freeze_node")
    parser.add_argument("--seconds", type=float, default=0, help="go on for so long; 0: each fault once")
    parser.add_argument("--seed", type=int, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="so many rounds at a time")
    parser.add_argument("--long", action="store_true", help="with as many daemons as are promised, which takes minutes")
    parser.add_argument("--sync", default="always", help="when the server syncs")
    parser.add_argument("--logs", help="where the logs of what fails go (BUILD/log/faults)")
    o = parser.parse_args()
    o.build = Path(o.build).resolve()
    o.logs = o.logs or str(o.build / "log" / "faults")
    return o


def main():
    o = options()
    programs = {
        "node": str(Path(o.programs).resolve() / "node"),
        "skew": str(Path(o.programs).resolve() / "skew"),
        "server": str(o.build / "meshos"),
        "nats-server": str(o.build / "tools" / "bin" / "nats-server"),
        "library_folder": str(o.build / "mesh"),
    }
    names = o.only.split(",") if o.only else sorted(FAULTS, key=lambda name: "server" not in FAULTS[name][1])  # what takes longest first
    for name in names:
        if name not in FAULTS:
            print(f"there is no fault '{name}': {', '.join(FAULTS)}", file=sys.stderr)
            return 2
    seed = o.seed if o.seed is not None else random.SystemRandom().randrange(1 << 32)
    over = time.monotonic() + o.seconds
    begun = passed = 0
    failed = False
    with ProcessPoolExecutor(max_workers=o.jobs) as pool:
        running = set()
        while True:
            while len(running) < o.jobs and not failed and (begun < len(names) or time.monotonic() < over):
                running.add(pool.submit(round_of, names[begun % len(names)], seed + begun, programs, o))
                begun += 1
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                good, line = one.result()
                print(line, flush=True)
                passed += good
                failed = failed or not good
    if failed:
        return 1
    print(f"{passed} rounds passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
