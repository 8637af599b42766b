"""The peers: what each is, and how its program comes about."""

import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Peer(NamedTuple):
    key: str
    title: str
    border: str  # the languages of host and daemon, and what an event crosses on its way
    inbox: str  # what bounds the events that wait for a daemon
    event: str  # what becomes of its 64 bytes
    thread: str  # where the daemon processes it; the host's thread sends
    version: str = ""


PEERS = (
    Peer(
        "ours",
        "libnet_meshos",
        "C to C, through a library in Go",
        "65,536 events",
        "copied",
        "a worker of the library; ask: the caller's own thread",
    ),
    Peer(
        "caf",
        "CAF",
        "none: C++ to C++",
        "nothing",
        "moved into an allocated message",
        "a worker of CAF",
    ),
    Peer(
        "erlang",
        "Erlang",
        "none: Erlang to Erlang, which is compiled at the load",
        "nothing",
        "a binary, copied with the message",
        "a scheduler, which may be the host's",
    ),
    Peer(
        "kameo",
        "kameo",
        "none: Rust to Rust",
        "65,536 events in cases 1 to 5, else 64",
        "moved into an allocated message",
        "a worker of tokio",
    ),
    Peer(
        "ractor",
        "ractor",
        "none: Rust to Rust",
        "nothing",
        "moved into an allocated message",
        "a worker of tokio",
    ),
    Peer(
        "actix",
        "actix",
        "none: Rust to Rust",
        "nothing: do_send",
        "moved into an allocated message",
        "an arbiter's thread",
    ),
    Peer(
        "channel",
        "Go channel",
        "none: Go to Go",
        "65,536 events; 1,024 for one of 1,000 daemons, 16 in cases 6 to 8",
        "copied into the channel and out of it",
        "a goroutine; in cases 4 and 6 it may run on the host's thread",
    ),
    Peer(
        "protoactor",
        "protoactor-go",
        "none: Go to Go",
        "65,536 events in cases 1 and 3, else nothing",
        "allocated by the sender, its pointer passed",
        "a goroutine; in cases 4 and 6 it may run on the host's thread",
    ),
)


class Unbuilt(Exception):
    """A program that doesn't compile."""


class Lacking(Exception):
    """The machine lacks what a peer needs."""


def build(peer, folder):
    """Builds a peer's program in the folder and returns its path."""
    run = subprocess.run([HERE / "build.sh", peer.key, folder], capture_output=True, text=True, check=False)
    words = (run.stdout + run.stderr).strip().splitlines()
    if run.returncode == 77:
        raise Lacking(words[-1])
    if run.returncode != 0:
        raise Unbuilt("\n".join([*words, f"the program of {peer.title} can't be built"]))
    return str(Path(folder).resolve() / peer.key)


def version(peer):
    """Which version of the peer the program has been built with."""
    text = subprocess.run([HERE / "version.sh", peer.key], capture_output=True, text=True, check=True).stdout.strip()
    return peer._replace(version=text)


def cases_of(command):
    """The cases that a program has."""
    return subprocess.run([*command, "cases", "full"], capture_output=True, text=True, check=True).stdout.split()
