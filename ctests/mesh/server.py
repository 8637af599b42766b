"""Servers of a mesh: one, one whose store is small, one whose clocks jump, three of a cluster."""

import json
import os
import shutil
import signal
import subprocess
import time

from clock import Clock
from nats import ask
from process import Failure, Lacking, Process, free_port, wait_for


class Server:
    """The server of a mesh, on one port and one store however often it starts."""

    def __init__(self, world, name="server", more=(), prefix=(), store=None):
        self.world, self.more, self.prefix = world, more, prefix
        self.store, self.port = store or world.folder / name, free_port()
        self.log = open(world.folder / f"{name}.log", "ab")  # pylint: disable=consider-using-with
        self.process = None
        self.start()

    @property
    def urls(self):
        return [f"nats://127.0.0.1:{self.port}"]

    def start(self):
        listen = ["--listen", f"127.0.0.1:{self.port}", "--store", str(self.store), "--sync", self.world.sync]
        self.process = Process([*self.prefix, self.world.programs["server"], "up", *listen, *self.more], stderr=self.log)
        ready = self.process.line()
        if ready is None or "ready" not in ready:
            raise Failure(f"the server says {ready!r}")

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def close(self):
        if self.process.child.poll() is None:
            self.process.kill()
        self.log.close()


class SmallServer(Server):
    """One whose disk has 100 MB: a file system in memory, or where none can be mounted, a limit of its own."""

    def __init__(self, world):
        store = world.folder / "disk"
        store.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=100m", "meshos-chaos", str(store)]
        self.mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        try:
            super().__init__(world, more=() if self.mounted else ("--max-store", "95MB"), store=store / "store")
        except Failure:
            self.unmount()
            raise

    def close(self):
        super().close()
        self.unmount()

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", str(self.store.parent)], check=True)


class OutsideServer(Server):
    """A nats-server, which keeps no room for commits when its store is full."""

    def __init__(self, world):
        if not os.path.exists(world.programs["nats-server"]):
            why = "there is no nats-server: scripts/nats-server.sh fetches one"
            raise Failure(why) if os.environ.get("CI") == "true" else Lacking(why)
        self.most = "40MB"
        super().__init__(world)

    def start(self):
        store = f"{{ store_dir: {json.dumps(str(self.store))}, sync_interval: {self.world.sync}, max_file_store: {self.most} }}"
        config = self.world.folder / "server.conf"
        config.write_text(f'listen: "127.0.0.1:{self.port}"\njetstream {store}\n', encoding="utf-8")
        self.process = Process([self.world.programs["nats-server"], "-c", str(config)], stderr=self.log)
        wait_for("the server answers", lambda: ask(self.port, "$JS.API.INFO") is not None)


class SkewedServer(Server):
    """One whose clocks jump."""

    def __init__(self, world):
        self.clock = Clock(world.programs["skew"], world.folder / "clock-server")
        if subprocess.run([*self.clock.prefix, "true"], check=False).returncode:
            raise Lacking("the system doesn't let clocks be changed")
        super().__init__(world, prefix=self.clock.prefix)


class Cluster:
    """Three servers, each of which has all that is stored."""

    def __init__(self, world, count=3):
        self.world = world
        ports = [free_port() for _ in range(count)]
        self.servers = []
        for i, port in enumerate(ports):
            routes = ",".join(f"127.0.0.1:{p}" for p in ports if p != port)
            more = ["--cluster", f"127.0.0.1:{port}", "--routes", routes, "--name", f"s{i}"]
            self.servers.append(Server(world, f"server-{i}", more))
        wait_for("the servers have found each other", self.found_each_other)

    @property
    def urls(self):
        return [url for server in self.servers for url in server.urls]

    @property
    def port(self):
        return self.servers[0].port

    def ask(self, subject, data=b""):
        """The first answer that a server gets, or None."""
        for server in self.servers:
            answer = ask(server.port, subject, data)
            if answer is not None:
                return answer
        return None

    def found_each_other(self):
        """Whether a stream can be had that is on all of them."""
        probe = json.dumps({"name": "PROBE", "subjects": ["probe"], "storage": "memory", "num_replicas": len(self.servers)})
        made = self.ask("$JS.API.STREAM.CREATE.PROBE", probe.encode())
        if made is None or "error" in made:
            return False
        gone = self.ask("$JS.API.STREAM.DELETE.PROBE")
        return gone is not None and "error" not in gone

    def leader(self, stream):
        """The server that leads a stream."""

        def found():
            info = self.ask(f"$JS.API.STREAM.INFO.{stream}")
            name = info and info.get("cluster", {}).get("leader")
            return self.servers[int(name[1:])] if name else None

        return wait_for(f"{stream} has a leader", found)

    def close(self):
        for server in self.servers:
            server.close()


def whole(cluster, stream):
    """Waits until all servers have all of a stream."""

    def caught_up():
        info = cluster.ask(f"$JS.API.STREAM.INFO.{stream}")
        replicas = (info or {}).get("cluster", {}).get("replicas", [])
        return len(replicas) == len(cluster.servers) - 1 and all(r.get("current") and not r.get("offline") for r in replicas)

    began = time.monotonic()
    wait_for(f"all servers have all of {stream}", caught_up)
    return time.monotonic() - began
