#!/usr/bin/env python3
"""Kills, stops and cuts off nodes and servers of a mesh at random times, and counts every event: chaos.py [OPTION...].

Each round has a seed, which it prints: with --seed it happens again, as far as the machine lets it. Status 1: an event was
lost or counted twice, or something hangs.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from world import Failure, Poster, World, check_books

COUNTER, BOOK = 1, 2  # the seeds of the daemons


class Scene:
    """Two nodes that both have the counter and the book that is subscribed to it, and a third that posts."""

    def __init__(self, world, dice, nodes=2, options=(), proxied=False, batch=None, **mesh):
        self.world, self.dice = world, dice
        self.nodes = [world.node(n + 1, proxied, **mesh) for n in range(nodes)]
        for node in self.nodes:
            self.counter = node.register("counter", COUNTER, "echo", *options)
            self.book = node.register("book", BOOK)
        self.nodes[0].ask("subscribe", self.counter, self.book)
        self.poster = Poster(world, 99, self.counter, 77, batch=batch or dice.choice([1, 16, 256]))

    def pause(self):
        time.sleep(self.dice.uniform(0.05, 0.6))

    def finish(self):
        accepted = self.poster.finish()
        asker = self.poster.node
        last = check_books(asker, self.counter, 77, accepted, "the counter")
        check_books(asker, self.book, self.counter, last, "the book of its outputs")
        return accepted


def kill_node(scene):
    scene.pause()
    node = scene.dice.choice(scene.nodes)
    node.kill()
    scene.pause()
    node.start()


def kill_nodes(scene):
    for _ in range(scene.dice.randint(2, 4)):
        kill_node(scene)


def kill_server(scene):
    for _ in range(scene.dice.randint(1, 3)):
        scene.pause()
        scene.world.server.kill()
        scene.pause()
        scene.world.server.start()


def kill_both(scene):
    for _ in range(2):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        for victim in scene.dice.sample([node, scene.world.server], 2):
            victim.kill()
        scene.pause()
        scene.world.server.start()
        node.start()


def freeze_node(scene):
    """Longer than its lease, so that the other takes over and both believe to be active for a while."""
    for _ in range(2):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        node.freeze()
        time.sleep(scene.dice.uniform(1.5, 3))
        node.thaw()
        scene.pause()


def kill_all(scene):
    scene.pause()
    for victim in scene.dice.sample([*scene.nodes, scene.world.server], 3):
        victim.kill()
    scene.pause()
    scene.world.server.start()
    for node in scene.nodes:
        node.start()


def hand_over(scene):
    for _ in range(3):
        scene.pause()
        node = scene.dice.choice(scene.nodes)
        node.ask("drain", 20000)
        scene.pause()
        node.ask("resume")


def link_faults(scene):
    """The way between a node and the server is late, silent, swallows answers, or is cut."""
    for _ in range(3):
        proxy = scene.dice.choice(scene.nodes).proxy
        fault = scene.dice.choice(["delay", "hold", "swallow", "cut"])
        scene.pause()
        if fault == "cut":
            proxy.cut()
            continue
        setattr(proxy, fault, 0.05 if fault == "delay" else True)
        time.sleep(scene.dice.uniform(0.5, 2.5))
        setattr(proxy, fault, 0 if fault == "delay" else False)
        if fault == "swallow":  # what is missing in the middle of a connection ends it
            proxy.cut()


def server_gap(scene):
    """The servers are away for twice the lease."""
    scene.pause()
    scene.world.server.kill()
    time.sleep(2.2)
    scene.world.server.start()
    scene.pause()


def four_of_five(scene):
    for victim in scene.dice.sample(scene.nodes, 4):
        scene.pause()
        victim.kill()
    scene.pause()


def large_state(scene):
    """20 MB, which no message takes."""
    for _ in range(2):
        kill_node(scene)


def large_commits(scene):
    """Commits of 5,000 outputs, of which each has a kilobyte."""
    kill_nodes(scene)


def hanging(scene):
    """process() hangs in the middle of a batch, and its node is killed."""
    scene.pause()
    scene.hang.touch()
    scene.pause()
    node = scene.dice.choice(scene.nodes)
    node.kill()
    scene.pause()
    scene.hang.unlink()
    node.start()
    scene.pause()


SCENES = {
    link_faults: {"proxied": True, "request_timeout_ms": 2000},
    four_of_five: {"nodes": 5},
    large_state: {"options": [f"ballast={20 << 20}"], "batch": 256},
    large_commits: {"options": ["pad=1000"], "batch": 256, "commit_events": 5000, "commit_ms": 2000},
}

FAULTS = {
    f.__name__: f
    for f in (
        kill_nodes,
        kill_server,
        kill_both,
        freeze_node,
        kill_all,
        hand_over,
        link_faults,
        server_gap,
        four_of_five,
        large_state,
        large_commits,
        hanging,
    )
}


def round_of(name, seed, programs, sync):
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="meshos-chaos-") as folder:
        with World(folder, programs, sync=sync) as world:
            fault = FAULTS[name]
            options = dict(SCENES.get(fault, {}))
            hang = Path(folder) / "hang"
            if fault is hanging:
                options["options"] = [f"hang={hang}"]
            scene = Scene(world, dice, **options)
            scene.hang = hang
            try:
                FAULTS[name](scene)
                return scene.finish(), scene.poster.repeats
            except Exception:
                for log in ("server.log", "nodes.log"):
                    text = (Path(folder) / log).read_text(encoding="utf-8", errors="replace").splitlines()
                    print("\n".join(f"    {log}: {line}" for line in text[-40:]), file=sys.stderr)
                raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build folder")
    parser.add_argument("--node", required=True, help="the program node.c")
    parser.add_argument("--only", help="these faults, such as kill_nodes,freeze_node")
    parser.add_argument("--seconds", type=float, default=0, help="go on for so long; 0: each fault once")
    parser.add_argument("--seed", type=int, help="the first seed")
    parser.add_argument("--sync", default="always", help="when the server syncs")
    o = parser.parse_args()
    build = Path(o.build).resolve()
    programs = {"node": o.node, "server": str(build / "meshos"), "library_folder": str(build / "mesh")}
    names = o.only.split(",") if o.only else list(FAULTS)
    for name in names:
        if name not in FAULTS:
            print(f"there is no fault '{name}': {', '.join(FAULTS)}", file=sys.stderr)
            return 2
    seed = o.seed if o.seed is not None else random.SystemRandom().randrange(1 << 32)
    over = time.monotonic() + o.seconds
    rounds = 0
    while rounds < len(names) or time.monotonic() < over:
        name = names[rounds % len(names)]
        began = time.monotonic()
        try:
            accepted, repeats = round_of(name, seed, programs, o.sync)
        except (Failure, ConnectionError) as e:
            print(f"FAIL {name} with --seed {seed}: {e}")
            return 1
        print(f"ok   {name} with --seed {seed}: {accepted:,} events, {repeats} posts repeated, {time.monotonic() - began:.1f} s", flush=True)
        rounds += 1
        seed += 1
    print(f"{rounds} rounds passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
