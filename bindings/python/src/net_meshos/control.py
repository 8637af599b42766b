"""Receives control events: in threads, so that Ctrl-C is heard, and in asyncio."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from ctypes import byref
from typing import Deque

from .arguments import MAX, milliseconds
from .errors import Error
from .native import DaemonControl, check, lib
from .types import ControlEvent, ControlKind

# A signal handler of Python's runs between two calls, so the main thread never waits longer in one.
PIECE_MS = 100


def _event(raw: DaemonControl) -> ControlEvent | None:
    if raw.kind == ControlKind.NONE:
        return None
    return ControlEvent(ControlKind(raw.kind), raw.grace_period_ms, raw.level)


def take(handle: int) -> ControlEvent | None:
    raw = DaemonControl()
    check(lib.net_meshos_try_next_control(handle, byref(raw)))
    return _event(raw) if raw.kind else None


def wait(handle: int, timeout: float | None) -> ControlEvent | None:
    if timeout is not None and timeout == 0:
        return take(handle)
    left = milliseconds("timeout", timeout)
    longest = PIECE_MS if threading.current_thread() is threading.main_thread() else MAX
    raw = DaemonControl()
    while True:
        piece, begin = min(left, longest), time.monotonic()
        check(lib.net_meshos_next_control(handle, piece, byref(raw)))
        event = _event(raw)
        # The library never says before the time is over that there was none, unless nothing will come.
        if event or (time.monotonic() - begin) * 1000 < piece:
            return event
        if left != MAX:
            left -= piece
            if left == 0:
                return None


class Pump:
    """Moves a daemon's control events from a thread that waits for them to the tasks that do, until the daemon's
    handle or its SDK has ended. A task that is cancelled loses none."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lock = threading.Lock()  # guards all below
        self._events: Deque[ControlEvent] = deque()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()
        self._over = False
        threading.Thread(target=self._run, name="net_meshos control", daemon=True).start()

    def _run(self) -> None:
        event: ControlEvent | None = None
        while True:
            try:
                event = wait(self._handle, None)
            except Error:  # the handle is consumed, or freed
                event = None
            with self._lock:
                if event:
                    self._events.append(event)
                self._over = event is None
                for loop, future in self._waiting:
                    self._wake(loop, future)
            if event is None:
                return

    @staticmethod
    def _wake(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
        def wake() -> None:
            if not future.done():
                future.set_result(None)

        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:  # the loop has been closed
            pass

    async def next(self, timeout: float | None) -> ControlEvent | None:
        limit = milliseconds("timeout", timeout)
        loop = asyncio.get_running_loop()
        deadline = None if limit == MAX else loop.time() + limit / 1000
        while True:
            with self._lock:
                if self._events:
                    return self._events.popleft()
                if self._over:
                    return None
                waiter = (loop, loop.create_future())
                self._waiting.add(waiter)
            try:
                left = None if deadline is None else deadline - loop.time()
                await asyncio.wait_for(waiter[1], left)
            except asyncio.TimeoutError:
                with self._lock:
                    return self._events.popleft() if self._events else None
            finally:
                with self._lock:
                    self._waiting.discard(waiter)
