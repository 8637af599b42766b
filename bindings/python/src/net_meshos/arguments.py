"""Checks what ctypes would truncate or misread in silence."""

from __future__ import annotations

import math

from .types import Payload

MAX = 2**64 - 1
SECONDS = "seconds, a number from 0 on, or None"


def u64(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, and is {type(value).__name__}")
    if not 0 <= value <= MAX:
        raise ValueError(f"{name} must be 0 to 2**64 - 1, and is {value}")
    return value


def payload(name: str, value: Payload) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{name} must be bytes, and is {type(value).__name__}")


def seed(value: Payload) -> bytes:
    data = payload("seed", value)
    if len(data) != 32:
        raise ValueError(f"seed must have 32 bytes, and has {len(data)}")
    return data


def text(name: str, value: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, and is {type(value).__name__}")
    return value.encode("utf-8", "surrogatepass")  # the library refuses those, with words


def milliseconds(name: str, seconds: float | None) -> int:
    """At least 1, for 0 has a meaning of its own in C. None has no limit."""
    if seconds is None:
        return MAX
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} must be {SECONDS}, and is {type(seconds).__name__}")
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"{name} must be {SECONDS}, and is {seconds}")
    if seconds * 1000 >= MAX:
        return MAX
    return max(1, math.ceil(seconds * 1000))
