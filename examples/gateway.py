"""A sensor gateway that survives kill -9, with the package net_meshos: examples/gateway.c in Python, to be copied.

    gateway.py [-v] SPOOL FOLDER

Sums the readings in SPOOL, lines of "SENSOR VALUE" with a whole number each, and prints the sums. What has been summed
is kept in FOLDER: after the end of the process, however it came, the next start goes on from there, and where SPOOL
has grown too. -v: say each reading that is sent.

The number of a line is the number of a reading. The daemon's state has the sums and the number of the last reading in
them, so both are always of one moment, and each reading is in the sums exactly once.
"""

import hashlib
import json
import os
import stat
import sys
from typing import BinaryIO, Dict, List

from net_meshos import Callbacks, Daemon, Emit, Error, Event, LogLevel, LogRecord, Sdk


class Sums(Callbacks):
    """An event with a number is a reading. One without a payload is the question how far the daemon is."""

    def __init__(self) -> None:
        self.last = 0
        self.malformed = 0
        self.sensors: Dict[str, List[int]] = {}  # count and sum

    def process(self, event: Event, emit: Emit) -> None:
        if not event.payload:
            emit(str(self.last).encode())
            return
        if event.sequence <= self.last:
            return  # sent once more after a crash
        # One bad reading is counted and not a failure: the rest of the state is good.
        try:
            name, text = bytes(event.payload).decode().split()
            value = int(text)
        except ValueError:
            self.malformed += 1
        else:
            sensor = self.sensors.setdefault(name, [0, 0])
            sensor[0] += 1
            sensor[1] += value
        self.last = event.sequence

    def snapshot(self) -> bytes:
        return json.dumps([self.last, self.malformed, self.sensors]).encode()

    def restore(self, state: bytes) -> None:
        if state:
            self.last, self.malformed, self.sensors = json.loads(state)


def say(record: LogRecord) -> None:
    if record.daemon_id != 0:  # that the inbox is full is as it should be
        print(f"gateway.py: log: {record.message}", file=sys.stderr)


def send(daemon: Daemon, spool: BinaryIO, verbose: bool) -> None:
    """Sends the readings that are not in the sums yet, waiting while the inbox is full."""
    last = int(daemon.deliver()[0].payload)
    print(f"gateway.py: going on after reading {last}", file=sys.stderr)
    for number, line in enumerate(spool, 1):
        # A last line without its end is one that is still being written: the next start reads it whole.
        if number > last and line.endswith(b"\n"):
            daemon.post_wait([Event(line, 0, number)])
            if verbose:
                print(f"gateway.py: sent {number}", file=sys.stderr, flush=True)
    daemon.flush()


def run(spool: BinaryIO, folder: str, verbose: bool) -> Sums:
    # The state is found by the daemon's identity, so the seed must be the same at each start: a real program makes one
    # with net_meshos.new_seed() and keeps it in a file that only it can read.
    seed = hashlib.sha256(b"gateway.py: an example, and so not a secret").digest()
    sums = Sums()
    # A folder that can't be written to is an error here, and a damaged state at the registration.
    with Sdk(state_dir=folder, snapshot_events=500, snapshot_interval_ms=1000, inbox_capacity=4096) as sdk:
        sdk.on_log(say, LogLevel.WARN)
        with sdk.register("sums", seed, sums) as daemon:
            send(daemon, spool, verbose)
            daemon.stop(grace=0.001)  # its last state is written
    return sums


def main() -> int:
    arguments = sys.argv[1:]
    verbose = arguments[:1] == ["-v"]
    if len(arguments) != 2 + verbose:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.stdout is None:
        print("gateway.py: standard output: it is closed", file=sys.stderr)
        return 1
    path, folder = arguments[-2:]
    try:
        with open(path, "rb") as spool:
            out = os.fstat(sys.stdout.fileno())
            if stat.S_ISREG(out.st_mode) and os.path.samestat(out, os.fstat(spool.fileno())):
                words = "the standard output is the spool itself: nothing is written"
                print(f"gateway.py: {path}: {words}", file=sys.stderr)
                return 1
            sums = run(spool, folder, verbose)
    except OSError as error:
        print(f"gateway.py: {error.filename or path}: {error.strerror}", file=sys.stderr)
        return 1
    except Error as error:
        print(f"gateway.py: {error}", file=sys.stderr)
        return 1
    try:
        print(f"last {sums.last} malformed {sums.malformed}")
        for name, (count, total) in sums.sensors.items():
            print(name, count, total)
        sys.stdout.flush()
    except OSError as error:
        print(f"gateway.py: standard output: {error.strerror}", file=sys.stderr)
        os._exit(1)  # or Python writes once more, and complains in its own words
    return 0


if __name__ == "__main__":
    sys.exit(main())
