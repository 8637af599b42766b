"""The peers: what each is, and how its program comes about."""

import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Peer(NamedTuple):
    key: str
    title: str
    version: str
    language: str  # of the daemon's code, and what an event crosses on its way there
    inbox: str  # what bounds it
    event: str  # what becomes of its 64 bytes
    thread: str  # where an event is processed


OURS = Peer("ours", "libnet_meshos", "", "C, through a C API into Go and back", "65,536 events", "copied",
            "a worker of the library; ask: the caller's")

PEERS = (OURS,)


class Lacking(Exception):
    """The machine lacks what a peer needs."""


def build(peer, folder):
    """Builds a peer's program in the folder and returns its path."""
    run = subprocess.run([HERE / "build.sh", peer.key, folder], capture_output=True, text=True, check=False)
    words = (run.stdout + run.stderr).strip().splitlines()
    if run.returncode == 77:
        raise Lacking(words[-1])
    if run.returncode != 0:
        raise SystemExit("\n".join([*words, f"the program of {peer.title} can't be built"]))
    return str(Path(folder).resolve() / peer.key)


def cases_of(command):
    """The cases that a program has."""
    return subprocess.run([*command, "cases", "full"], capture_output=True, text=True, check=True).stdout.split()
