#!/usr/bin/env python3
"""Measures the mesh edition with a server on this machine: run.py [OPTION...]. Writes FOLDER/mesh-bench/bench.json and
prints it as a table. Rounds alternate between the cases, the bare server's (bare/main.go) among them, each with a new
server, unsynced and synced; the best round of each counts. What misses its goal is bold. Status 1: a case failed."""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# pylint: disable=wrong-import-position
import table
from cases import CASES

SYNCS = {"unsynced": "2m", "synced": "always"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, program, sync):
        self.folder = tempfile.TemporaryDirectory(prefix="meshos-bench-")
        self.url = f"nats://127.0.0.1:{free_port()}"
        self.child = subprocess.Popen(
            [program, "up", "--listen", self.url.removeprefix("nats://"), "--store", self.folder.name + "/store", "--sync", sync],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if "ready" not in self.child.stdout.readline():
            raise RuntimeError("the server isn't ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.folder.cleanup()


def figures(text):
    return {name: float(value) for name, value in (line.split() for line in text.splitlines() if line)}


def take_over(program, url):
    """Two processes: the one that is killed, and the one that takes over."""
    owner = subprocess.Popen([program, url, "own"], stdout=subprocess.PIPE, text=True)
    heir = None
    try:
        owner.stdout.readline()
        heir = subprocess.Popen([program, url, "takeover"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        heir.stdout.readline()
        killed = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        owner.kill()
        text, _ = heir.communicate(f"{killed}\n", timeout=60)
        if heir.returncode != 0:
            raise RuntimeError("takeover failed")
        return figures(text)
    finally:
        for child in (owner, heir):
            if child and child.poll() is None:
                child.kill()
                child.wait()


def run(program, url, arguments):
    if arguments == ["takeover"]:
        return take_over(program, url)
    done = subprocess.run([program, url, *arguments], stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}")
    return figures(done.stdout)


def build_programs(folder, build):
    """meshbench and bare."""
    subprocess.run(
        ["cc", "-std=c11", "-O2", f"-I{ROOT / 'include'}", *map(str, sorted(HERE.glob("*.c"))), "-o", str(folder / "meshbench"),
         f"-L{build / 'mesh'}", "-lnet_meshos", "-lpthread", f"-Wl,-rpath,{build / 'mesh'}"],
        check=True,
    )  # fmt: skip
    subprocess.run(["go", "build", "-tags", "mesh", "-o", str(folder / "bare"), "./bench/mesh/bare"], check=True, cwd=ROOT)


def runs(cases):
    """Each run once: (program, arguments)."""
    found = []
    for c in cases:
        if c.arguments:
            found.append(("meshbench", c.arguments))
        if c.bare:
            found.append(("bare", c.bare.arguments))
    return list(dict.fromkeys(found))


def measure(folder, build, cases, rounds):
    """The values of all rounds by (program, arguments, sync, key), and how many runs failed."""
    values, failed, at = {}, 0, 0
    distinct = runs(cases)
    total = rounds * len(SYNCS) * len(distinct)
    for number in range(rounds):
        for sync, how in SYNCS.items():
            for name, arguments in distinct:
                at += 1
                print(f"[{at}/{total}] round {number + 1}, {sync}: {name} {arguments}", file=sys.stderr, flush=True)
                try:
                    with Server(str(build / "meshos"), how) as server:
                        found = run(str(folder / name), server.url, arguments.split())
                except (RuntimeError, subprocess.SubprocessError, OSError) as e:
                    print(f"    failed: {e}", file=sys.stderr)
                    failed += 1
                    continue
                for key, value in found.items():
                    values.setdefault((name, arguments, sync, key), []).append(value)
    return values, failed


def row_of(c, values):
    row = {"title": c.title, "unit": c.unit, "goals": c.goals, "more_is_better": c.more_is_better, "curve": c.curve}
    if c.bare and c.bare.ratio:
        row["ratio"] = c.bare.ratio
    if c.bare and c.bare.ceiling:
        row["ceiling"] = True
    for sync in SYNCS:
        rounds = values.get(("meshbench", c.arguments, sync, c.key), [])
        bare = values.get(("bare", c.bare.arguments, sync, c.bare.key), []) if c.bare else []
        row[sync] = {
            "best": c.best(rounds) if rounds else None,
            "bare": c.best(bare) if bare else None,
            "rounds": rounds,
            "bare_rounds": bare,
        }
    return row


def version():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="only cases whose arguments begin with one of these words: deliver,singles")
    o = parser.parse_args()
    build = Path(o.build).resolve()
    folder = build / "mesh-bench"
    folder.mkdir(parents=True, exist_ok=True)
    build_programs(folder, build)
    words = o.only.split(",") if o.only else None
    cases = [c for c in CASES if not words or (c.arguments or c.bare.arguments).split()[0] in words]
    values, failed = measure(folder, build, cases, o.rounds)
    report = {
        "rounds": o.rounds,
        "version": version(),
        "whole": not words and not failed,
        "machine": table.machine(),
        "figures": [row_of(c, values) for c in cases],
    }
    print(table.markdown(report))
    (folder / "bench.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{folder / 'bench.json'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
