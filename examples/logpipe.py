"""A log pipeline with the package net_meshos, to be copied: examples/logpipe.c in Python.

    logpipe.py LEVEL LOG COUNTS [KEPT]

Reads LOG, lines of "TIME LEVEL MESSAGE", and writes to COUNTS how many there are of LEVEL and of each above: DEBUG,
INFO, WARN, ERROR. The lines themselves go to KEPT.

    lines -> parser -> filter -> counter -> COUNTS, and the lines into KEPT

An inbox holds 1,024 events. A stage whose successor's inbox is full waits, and so does post_wait: memory is bounded,
and nothing is lost. A run that fails or is interrupted leaves its outputs incomplete.
"""

import errno
import hashlib
import os
import stat
import sys
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, Iterator, List, Optional

from net_meshos import Callbacks, Emit, Error, Event, Sdk

LEVELS = [b"DEBUG", b"INFO", b"WARN", b"ERROR"]
BATCH = 128


class Parser(Callbacks):
    def __init__(self) -> None:
        self.malformed = 0

    def process(self, event: Event, emit: Emit) -> None:
        line = bytes(event.payload)
        fields = line.split(b" ", 2)
        if len(fields) < 3 or fields[1] not in LEVELS:
            self.malformed += 1
        else:
            emit(bytes([LEVELS.index(fields[1])]) + line)


class Filter(Callbacks):
    def __init__(self, lowest: int) -> None:
        self.lowest = lowest
        self.dropped = 0

    def process(self, event: Event, emit: Emit) -> None:
        if event.payload[0] < self.lowest:
            self.dropped += 1
        else:
            emit(event.payload)


class Counter(Callbacks):
    def __init__(self, kept: Optional[BinaryIO]) -> None:
        self.counts = [0] * len(LEVELS)
        self.kept = kept
        self.error: Optional[OSError] = None

    def process(self, event: Event, emit: Emit) -> None:
        self.counts[event.payload[0]] += 1
        if self.kept and not self.error:
            try:
                self.kept.write(bytes(event.payload[1:]))
            except OSError as error:
                self.error = OSError(error.errno, error.strerror, self.kept.name)


def regular(file: BinaryIO) -> bool:
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def same(a: BinaryIO, b: BinaryIO) -> bool:
    return regular(a) and os.path.samestat(os.fstat(a.fileno()), os.fstat(b.fileno()))


def open_outputs(paths: List[str], log: BinaryIO) -> List[BinaryIO]:
    """Opens files for writing and leaves what is in them as it is: one could be the log, or one both outputs."""
    files: List[BinaryIO] = []
    new: List[str] = []
    try:
        for path in paths:
            try:
                files.append(open(path, "xb"))
                new.append(path)
            except FileExistsError:
                files.append(open(path, "wb", opener=lambda path, flags: os.open(path, os.O_WRONLY)))
            if any(same(file, files[-1]) for file in [log, *files[:-1]]):
                raise OSError(errno.EINVAL, "it is the log or the other output: nothing is written", path)
    except OSError:
        for path in new:
            os.unlink(path)
        raise
    return files


@contextmanager
def named(file: BinaryIO) -> Iterator[None]:
    """Says of what goes wrong in here which file it was."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, file.name) from error


def batches(log: BinaryIO) -> Iterator[List[Event]]:
    numbered = enumerate(log, 1)
    while batch := [Event(line, 0, number) for number, line in islice(numbered, BATCH)]:
        yield batch


def seed(name: str) -> bytes:
    """A real program keeps 32 secret random bytes for each daemon. This one has no secrets."""
    return hashlib.sha256(f"logpipe {name}".encode()).digest()


def pipe(level: int, log: BinaryIO, counts: BinaryIO, kept: Optional[BinaryIO]) -> None:
    parser, filter_, counter, lines = Parser(), Filter(level), Counter(kept), 0
    with Sdk(inbox_capacity=1024) as sdk:
        first = sdk.register("parser", seed("parser"), parser)
        second = sdk.register("filter", seed("filter"), filter_)
        third = sdk.register("counter", seed("counter"), counter)
        second.subscribe(first)
        third.subscribe(second)
        for batch in batches(log):
            lines += first.post_wait(batch)
            if counter.error:  # there is no use in counting on with a full disk
                raise counter.error
        sdk.flush()  # all daemons, until nothing waits anywhere
        if counter.error:
            raise counter.error
    with named(counts):
        for name, count in list(zip(LEVELS, counter.counts))[level:]:
            counts.write(b"%s %d\n" % (name, count))
        counts.close()  # here a full disk raises an error, and nowhere later
    if kept:
        with named(kept):
            kept.close()
    print(
        f"logpipe.py: {lines} lines, {filter_.dropped} below {LEVELS[level].decode()}, {parser.malformed} malformed",
        file=sys.stderr,
    )


def main() -> int:
    arguments = sys.argv[1:]
    if not 3 <= len(arguments) <= 4 or arguments[0].encode() not in LEVELS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[1], "rb") as log:
            outputs = open_outputs(arguments[2:], log)
            for file in outputs:
                if regular(file):
                    file.truncate(0)
            pipe(LEVELS.index(arguments[0].encode()), log, outputs[0], outputs[1] if len(outputs) == 2 else None)
    except OSError as error:
        print(f"logpipe.py: {error.filename or arguments[1]}: {error.strerror}", file=sys.stderr)
        return 1
    except Error as error:
        print(f"logpipe.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
