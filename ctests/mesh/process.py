"""Programs that are run, answer lines, and can be killed."""

import queue
import socket
import subprocess
import threading
import time

PATIENCE = 120  # seconds until something that must come counts as lost


class Failure(Exception):
    """A promise is broken."""


class Lacking(Exception):
    """The system doesn't allow what a test needs."""


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
