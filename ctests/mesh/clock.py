"""Clocks that jump while a program runs."""

import struct


class Clock:
    """What is added to the clocks of a program that is started with the prefix; see clock/skew.c."""

    def __init__(self, skew, path):
        self.path, self.wall, self.monotonic = path, 0, 0
        self.path.write_bytes(bytes(16))
        self.prefix = [skew, str(path)]

    def jump(self, wall=0, monotonic=0):
        """Adds so many seconds. A monotonic clock only jumps ahead, as after a machine was suspended."""
        self.wall += int(wall * 1e9)
        self.monotonic += int(monotonic * 1e9)
        with open(self.path, "r+b") as f:
            f.write(struct.pack("qq", self.wall, self.monotonic))
