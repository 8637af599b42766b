#!/usr/bin/env python3
"""Measures the mesh edition with a server on this machine: run.py [OPTION...]. Writes FOLDER/mesh/bench.json and prints a
table. Each figure is the best of the rounds, unsynced and synced; beside them what is asked of it, and what the bare server
does where the program `nats` is installed. Status 1: a case failed."""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYNCS = {"unsynced": "2m", "synced": "always"}


class Case:
    """One row: the arguments of a run, its figure, in what, and the goals."""

    def __init__(self, title, arguments, key, unit, goals, more_is_better=False):
        self.title, self.arguments, self.key, self.unit = title, arguments.split(), key, unit
        self.goals, self.more_is_better = goals, more_is_better

    def best(self, values):
        return max(values) if self.more_is_better else min(values)


def events(title, arguments, *goals):
    return Case(title, arguments, "events_per_second", "events/s", goals, more_is_better=True)


CASES = [
    events("posts of 256, one daemon", "batches 1 1000000", 300_000, 150_000),
    *(events(f"the same, {n} daemons on two nodes", f"batches {n} 1000000", None, None) for n in (2, 4, 8, 16, 64)),
    events("single posts, 1 thread", "singles 1 20000", 8_000, 2_500),
    events("single posts, 16 threads", "singles 16 100000", 80_000, 25_000),
    Case("remote deliver, p50", "deliver 5000", "p50_us", "µs", (None, 700)),
    Case("remote deliver, p99", "deliver 5000", "p99_us", "µs", (None, 2000)),
    Case("post to the subscriber's process, commit_ms 20", "reach 20 300", "p50_ms", "ms", (30, 30)),
    Case("post to the subscriber's process, commit_ms 1", "reach 1 300", "p50_ms", "ms", (1.5, None)),
    Case("take-over after kill -9, lease_ms 1,000", "takeover", "seconds", "s", (2, 2)),
    Case("1,000 idle daemons, CPU", "idle 1000 10", "percent_of_a_core", "%", (2, 2)),
    Case("1,000 idle daemons, memory each", "idle 1000 10", "bytes_per_daemon", "bytes", (20_000, 20_000)),
    Case("start of a node with 1,000 daemons of 10 KB", "starting 1000", "seconds", "s", (3, 3)),
]


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


def shown(value):
    return "-" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="only cases whose arguments begin with this word, such as deliver")
    o = parser.parse_args()
    build = Path(o.build).resolve()
    folder = build / "mesh-bench"
    folder.mkdir(parents=True, exist_ok=True)
    program = str(folder / "meshbench")
    subprocess.run(
        ["cc", "-std=c11", "-O2", f"-I{HERE.parent.parent / 'include'}", *map(str, sorted(HERE.glob("*.c"))), "-o", program,
         f"-L{build / 'mesh'}", "-lnet_meshos", "-lpthread", f"-Wl,-rpath,{build / 'mesh'}"],
        check=True,
    )  # fmt: skip
    cases = [c for c in CASES if not o.only or c.arguments[0] == o.only]
    distinct = list(dict.fromkeys(tuple(c.arguments) for c in cases))
    values, failed, at = {}, 0, 0
    total = o.rounds * len(SYNCS) * len(distinct)
    for round_number in range(o.rounds):
        for sync, how in SYNCS.items():
            for arguments in distinct:
                at += 1
                print(f"[{at}/{total}] round {round_number + 1}, {sync}: {' '.join(arguments)}", file=sys.stderr, flush=True)
                try:
                    with Server(str(build / "meshos"), how) as server:
                        found = run(program, server.url, list(arguments))
                except (RuntimeError, subprocess.SubprocessError, OSError) as e:
                    print(f"    failed: {e}", file=sys.stderr)
                    failed += 1
                    continue
                for key, value in found.items():
                    values.setdefault((arguments, sync, key), []).append(value)
    rows = []
    print("| what | in | unsynced | synced | goal |\n|---|---|---:|---:|---|")
    for c in cases:
        row = {"title": c.title, "unit": c.unit, "goals": c.goals}
        for sync in SYNCS:
            rounds = values.get((tuple(c.arguments), sync, c.key), [])
            row[sync] = {"best": c.best(rounds) if rounds else None, "rounds": rounds}
        rows.append(row)
        goal = " / ".join(shown(g) for g in c.goals)
        print(f"| {c.title} | {c.unit} | {shown(row['unsynced']['best'])} | {shown(row['synced']['best'])} | {goal} |")
    (folder / "bench.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{folder / 'bench.json'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
