"""A server, nodes and the links between them, each a process of its own that can be killed, stopped and started again."""

import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from proxy import Proxy

PATIENCE = 120  # seconds until something that must come counts as lost


class Failure(Exception):
    """A promise is broken."""


def wait_for(what, condition, limit=PATIENCE):
    """Returns the condition's value once it is true."""
    over = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > over:
            raise Failure(f"after {limit} s still not: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A program that answers lines."""

    def __init__(self, arguments, **options):
        self.lines = queue.Queue()
        # pylint: disable=consider-using-with
        self.child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self, limit=PATIENCE):
        try:
            return self.lines.get(timeout=limit)
        except queue.Empty:
            raise Failure(f"no answer within {limit} s from {self.child.args}") from None

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """kill -9, and waits until it is gone."""
        self.child.kill()
        self.child.wait()
        self.reader.join()
        self.child.stdin.close()
        self.child.stdout.close()


class Server:
    """The server of a mesh, on one port and one store however often it starts."""

    def __init__(self, program, folder, sync="always"):
        self.program, self.sync = program, sync
        self.store, self.port = Path(folder) / "store", free_port()
        self.log = open(Path(folder) / "server.log", "ab")  # pylint: disable=consider-using-with
        self.process = None
        self.start()

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        self.process = Process(
            [self.program, "up", "--listen", f"127.0.0.1:{self.port}", "--store", str(self.store), "--sync", self.sync],
            stderr=self.log,
        )
        ready = self.process.line()
        if ready is None or "ready" not in ready:
            raise Failure(f"the server says {ready!r}")

    def kill(self):
        self.process.kill()

    def close(self):
        if self.process.child.poll() is None:
            self.process.kill()
        self.log.close()


class Node:
    """A node of the mesh, which runs the program node.c."""

    def __init__(self, world, number, proxy=None, **mesh):
        self.world, self.number, self.mesh, self.proxy = world, number, mesh, proxy
        self.registered = []
        self.process = None
        self.lock = threading.Lock()
        self.start()

    def start(self):
        config = {
            "this_node": self.number,
            "on_process_failure": "skip",
            "mesh": {"servers": [(self.proxy or self.world.server).url], "name": self.world.name, "lease_ms": 1000, **self.mesh},
            **self.world.config,
        }
        path = self.world.folder / f"node-{self.number}.json"
        path.write_text(json.dumps(config), encoding="utf-8")

        def attempt():
            self.process = Process([self.world.node_program, str(path)], env=self.world.environment, stderr=self.world.log)
            first = self.process.line()
            if first and first.startswith("ready"):
                return True
            self.process.kill()
            if first and ("node_id_taken" in first or "mesh_unavailable" in first):
                return False
            raise Failure(f"node {self.number} says {first!r}")

        wait_for(f"node {self.number} starts", attempt)
        for words in self.registered:
            self.ask("register", *words)

    def register(self, *words):
        self.registered.append(words)
        return int(self.ask("register", *words).split()[1])

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
    """All that a test starts. Leaving it ends everything."""

    def __init__(self, folder, programs, name="test", config=None, sync="always"):
        self.folder, self.name, self.config = Path(folder), name, config or {}
        self.node_program = programs["node"]
        self.environment = {**os.environ, "LD_LIBRARY_PATH": programs["library_folder"]}
        self.log = open(self.folder / "nodes.log", "ab")  # pylint: disable=consider-using-with
        self.server = Server(programs["server"], folder, sync)
        self.nodes, self.proxies = [], []

    def node(self, number, proxied=False, **mesh):
        proxy = None
        if proxied:
            proxy = Proxy(self.server.port)
            self.proxies.append(proxy)
        node = Node(self, number, proxy, **mesh)
        self.nodes.append(node)
        return node

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

    def __init__(self, world, number, daemon, origin, batch=64):
        self.world, self.node = world, world.node(number)
        self.daemon, self.origin, self.batch = daemon, origin, batch
        self.accepted, self.repeats, self.failure = 0, 0, None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.ending.is_set():
                answer = self.node.tell("post", self.daemon, self.origin, self.accepted + 1, self.batch, self.batch)
                words = answer.split()
                if words[0] == "ok":
                    self.accepted += int(words[1])
                elif words[1] in ("mesh_unavailable", "queue_full", "timeout"):
                    self.accepted += int(words[2])
                    self.repeats += 1
                    time.sleep(0.02)
                else:
                    raise Failure(f"post: {answer}")
        except (Failure, ConnectionError) as e:
            self.failure = e

    def finish(self):
        """Ends the posting and returns how many events were accepted."""
        self.ending.set()
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            raise Failure("the poster hangs")
        if self.failure:
            raise self.failure
        return self.accepted


def check_books(world_node, daemon, origin, accepted, what):
    """Waits until a daemon's books have all accepted events of an origin; none twice, none missing, in order."""

    def settled():
        books = world_node.state(daemon)
        return books if books and origin in books and books[origin][1] >= accepted else None

    count, last, total, breaks = wait_for(f"{what} has the {accepted} events of {origin}", settled)[origin]
    if (count, total, breaks) != (last, last * (last + 1) // 2, 0):
        raise Failure(
            f"{what}: {count} events up to number {last} with the sum {total} and {breaks} breaks of order; "
            f"each once would be {last} with {last * (last + 1) // 2}"
        )
    return last
