"""Nodes, their servers and the links between them, each a process of its own that can be killed, stopped and started again."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from clock import Clock
from process import PATIENCE, Failure, Process, wait_for
from proxy import Proxy
from server import Server

class Node:
    """A node of the mesh, which runs the program node.c."""

    def __init__(self, world, number, proxy=None, clock=None, **mesh):
        self.world, self.number, self.mesh, self.proxy, self.clock = world, number, mesh, proxy, clock
        self.registered = []
        self.process = None
        self.lock = threading.Lock()
        self.start()

    def start(self):
        config = {
            "this_node": self.number,
            "on_process_failure": "skip",
            "mesh": {"servers": (self.proxy or self.world.server).urls, "name": self.world.name, "lease_ms": 1000, **self.mesh},
            **self.world.config,
        }
        path = self.world.folder / f"node-{self.number}.json"
        path.write_text(json.dumps(config), encoding="utf-8")

        def attempt():
            arguments = [*(self.clock.prefix if self.clock else ()), self.world.programs["node"], str(path)]
            self.process = Process(arguments, env=self.world.environment, stderr=self.world.log)
            first = self.process.line()
            if first and first.startswith("ready"):
                return True
            self.process.kill()
            if first and ("node_id_taken" in first or "mesh_unavailable" in first):
                return False
            raise Failure(f"node {self.number} says {first!r}")

        wait_for(f"node {self.number} starts", attempt)
        for words in self.registered:
            self.ask(*words, limit=1200)

    def register(self, *words):
        return int(self.join("register", *words).split()[1])

    def join(self, *words):
        """Asks, and asks the same after each start."""
        self.registered.append(words)
        return self.ask(*words, limit=1200)

    def ask(self, *words, limit=PATIENCE):
        """The answer, which must begin with ok."""
        answer = self.tell(*words, limit=limit)
        if not answer.startswith("ok"):
            raise Failure(f"node {self.number}: {' '.join(map(str, words))}: {answer}")
        return answer

    def tell(self, *words, limit=PATIENCE):
        """The answer, whatever it is. ConnectionError: the process has died."""
        with self.lock:
            try:
                self.process.child.stdin.write(" ".join(map(str, words)) + "\n")
                self.process.child.stdin.flush()
            except (OSError, ValueError) as e:
                raise ConnectionError(f"node {self.number} is gone") from e
            answer = self.process.line(limit)
        if answer is None:
            raise ConnectionError(f"node {self.number} is gone")
        return answer

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def state(self, daemon):
        """{origin: (count, last, sum, breaks)} of a ledger, from whatever node has it."""
        answer = self.tell("state", daemon)
        if not answer.startswith("ok"):
            return None
        books = {}
        for part in filter(None, answer[2:].strip().split(";")):
            origin, *rest = map(int, part.split())
            books[origin] = tuple(rest)
        return books

    def close(self):
        if self.process.child.poll() is None:
            self.process.kill()


class World:
    """All that a test starts. Leaving it ends everything. server makes the server of the mesh."""

    def __init__(self, folder, programs, dice, name="test", config=None, sync="always", server=Server):
        self.folder, self.name, self.config, self.programs = Path(folder), name, config or {}, programs
        self.dice, self.sync = dice, sync
        self.environment = {**os.environ, "LD_LIBRARY_PATH": programs["library_folder"]}
        self.log = open(self.folder / "nodes.log", "ab")  # pylint: disable=consider-using-with
        self.nodes, self.proxies = [], []
        try:
            self.server = server(self)
        except Exception:
            self.log.close()
            raise

    def node(self, number, proxied=False, skewed=False, **mesh):
        proxy = None
        if proxied:
            proxy = Proxy(self.server.port)
            self.proxies.append(proxy)
        clock = Clock(self.programs["skew"], self.folder / f"clock-{number}") if skewed else None
        node = Node(self, number, proxy, clock, **mesh)
        self.nodes.append(node)
        return node

    def look(self, *words):
        """What the operators' tool prints as JSON: a list, or one thing in each line."""
        arguments = [self.programs["server"], *map(str, words), "--json", "--server", ",".join(self.server.urls), "--mesh", self.name]
        told = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if told.returncode:
            raise Failure(f"meshos {' '.join(map(str, words))}: {told.stderr.strip()}")
        things = [json.loads(line) for line in told.stdout.splitlines()]
        return things[0] if things and isinstance(things[0], list) else things

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.close()
        for proxy in self.proxies:
            proxy.close()
        self.server.close()
        self.log.close()


class Poster:
    """Posts the events 1, 2, 3, … of one origin to a daemon from its own node, again until each is accepted, while others
    kill what they like. A second post of an event that may have been accepted is harmless, as it has the same sequence."""

    def __init__(self, world, number, daemon, origin, batch=64, pad=0, quiet=False, **mesh):
        self.world, self.node = world, world.node(number, **mesh)
        self.daemon, self.origin, self.batch, self.pad = daemon, origin, batch, pad
        self.accepted, self.repeats, self.failure = 0, 0, None
        self.refused, self.slowest = 0, 0.0  # posts that got queue_full, and how long the slowest of them took
        self.ending, self.going = threading.Event(), threading.Event()
        if not quiet:
            self.going.set()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.ending.is_set():
                if not self.going.wait(0.05):
                    continue
                began = time.monotonic()
                answer = self.node.tell("post", self.daemon, self.origin, self.accepted + 1, self.batch, self.batch, self.pad)
                words = answer.split()
                if words[0] == "ok":
                    self.accepted += int(words[1])
                elif words[1] == "queue_full":
                    self.accepted += int(words[2])
                    self.refused += 1
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    time.sleep(0.02)
                elif words[1] in ("mesh_unavailable", "timeout"):
                    self.accepted += int(words[2])
                    self.repeats += 1
                    time.sleep(0.02)
                else:
                    raise Failure(f"post: {answer}")
        except (Failure, ConnectionError) as e:
            self.failure = e

    def goes_on(self, more=1):
        """Waits until so many more events are accepted than now."""
        enough = self.accepted + more

        def reached():
            if self.failure:
                raise self.failure
            return self.accepted >= enough

        wait_for(f"{more} more posts to {self.daemon} are accepted", reached)

    def fills(self):
        """Waits until posts are refused because there is no room."""
        enough = self.refused + 5

        def full():
            if self.failure:
                raise self.failure
            return self.refused >= enough

        wait_for(f"posts to {self.daemon} are refused", full)

    def finish(self):
        """Ends the posting and returns how many events were accepted."""
        self.ending.set()
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            raise Failure("the poster hangs")
        if self.failure:
            raise self.failure
        return self.accepted


class Patient:
    """Posts some events of one origin to a daemon, and waits for room."""

    def __init__(self, world, number, daemon, origin, count=1000, **mesh):
        self.node, self.origin, self.count, self.answer = world.node(number, **mesh), origin, count, None
        self.thread = threading.Thread(target=self._run, args=(daemon,), daemon=True)
        self.thread.start()

    def _run(self, daemon):
        try:
            self.answer = self.node.tell("patient", daemon, self.origin, 1, self.count, PATIENCE * 1000, 250, 1016)
        except (Failure, ConnectionError) as e:
            self.answer = str(e)

    def waits(self):
        return self.thread.is_alive()

    def finish(self):
        self.thread.join(PATIENCE)
        if self.answer != f"ok {self.count}":
            raise Failure(f"a post that waited for room: {self.answer}")
        return self.count


def books_of(world_node, daemon, origin, least, what):
    """Waits until a daemon's books have an origin's events up to a number: how many, the last, their sum, breaks of order."""

    def settled():
        books = world_node.state(daemon)
        return books[origin] if books and origin in books and books[origin][1] >= least else None

    return wait_for(f"{what} has the {least} events of {origin}", settled)


def check_books(world_node, daemon, origin, accepted, what, without=0):
    """Waits until a daemon's books have all accepted events of an origin; none twice, none missing, in order. without: the
    event that it couldn't process. Returns how many it has, and their sum."""
    count, last, total, breaks = books_of(world_node, daemon, origin, accepted, what)
    lacks = 1 if without else 0
    want = (last - lacks, last * (last + 1) // 2 - without, lacks)
    if (count, total, breaks) != want:
        raise Failure(
            f"{what}: {count} events up to number {last} with the sum {total} and {breaks} breaks of order; "
            f"each once would be {want[0]} with {want[1]} and {want[2]}"
        )
    return count, total


def check_outputs(world_node, daemon, producer, count, total, what):
    """Waits until a daemon's books have all outputs of a producer, each once, in order and without a gap in their numbers."""
    got = books_of(world_node, daemon, producer, count, what)
    if got != (count, count, total, 0):
        raise Failure(f"{what}: (count, last, sum, breaks) are {got}, and each output once would be {(count, count, total, 0)}")
