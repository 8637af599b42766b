"""Two daemons count the words of a text: one splits lines, the other counts, and its counts survive this process.

    wordcount.py TEXT STATE

STATE is a file with the counts so far; it is made if it isn't there. A daemon that fails at a line goes on with the
next one, and its log says why.
"""

import errno
import hashlib
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Dict

from net_meshos import Callbacks, Emit, Error, Event, LogLevel, LogRecord, QueueFull, Sdk


class Splitter(Callbacks):
    def process(self, event: Event, emit: Emit) -> None:
        for word in bytes(event.payload).decode().split():  # a line that isn't UTF-8 fails, with that reason
            emit(word.strip(".,;:!?\"'()").lower().encode())


class Tally(Callbacks):
    def __init__(self) -> None:
        self.words: Dict[str, int] = Counter()

    def process(self, event: Event, emit: Emit) -> None:
        word = bytes(event.payload).decode()
        if word:
            self.words[word] = self.words.get(word, 0) + 1

    def snapshot(self) -> bytes:
        return json.dumps(self.words).encode()

    def restore(self, state: bytes) -> None:
        self.words = Counter(json.loads(state))


def seed(name: str) -> bytes:
    """A real program keeps 32 secret random bytes for each daemon. This one has no secrets."""
    return hashlib.sha256(f"wordcount {name}".encode()).digest()


def say(record: LogRecord) -> None:
    print(f"{record.level.name.lower()}: {record.message}", file=sys.stderr)


def new_of(state: Path) -> Path:
    """What is written before it takes the state's place, so that a state is always whole."""
    return state.with_name(state.name + ".new")


def check_writable(text: Path, state: Path) -> None:
    """What can't be written is said before the work, and the text is never written over."""
    for file in (state, new_of(state)):
        if file.exists() and file.samefile(text):
            raise OSError(errno.EINVAL, "it is the text, and is not written over", str(file))
    if state.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(state))
    new_of(state).open("wb").close()
    new_of(state).unlink()


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: wordcount.py TEXT STATE", file=sys.stderr)
        return 2
    text, state = Path(sys.argv[1]), Path(sys.argv[2])
    text.stat()  # there is a text
    check_writable(text, state)
    tally = Tally()
    with text.open("rb") as lines, Sdk(backpressure_on=50_000) as sdk:
        sdk.on_log(say, LogLevel.ERROR)
        splitter = sdk.register("splitter", seed("splitter"), Splitter())
        counter = sdk.register("counter", seed("counter"), tally)
        counter.subscribe(splitter)
        if state.exists():
            counter.restore(state.read_bytes())
        for number, line in enumerate(lines, 1):
            try:
                splitter.post(line, sequence=number)
            except QueueFull:
                splitter.flush()
                splitter.post(line, sequence=number)
        sdk.flush()
        new_of(state).write_bytes(counter.snapshot() or b"")
        os.replace(new_of(state), state)
        failures = splitter.runtime()["failures"]
    for word, count in sorted(tally.words.items(), key=lambda item: (-item[1], item[0]))[:5]:
        print(f"{count:6} {word}")
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it again at the end
        raise OSError(error.errno, error.strerror, "standard output") from error
    if failures:
        print(f"{failures} lines could not be read", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Error, OSError) as error:
        sys.exit(f"wordcount.py: {error}")
