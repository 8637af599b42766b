"""A registered daemon."""

from __future__ import annotations

import json
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Iterable

from . import control
from .arguments import milliseconds, text
from .callbacks import DaemonSide
from .native import check, lib
from .native import text as text_of
from .types import ControlEvent, Event, LogLevel, Output, Payload

if TYPE_CHECKING:
    from .sdk import Sdk


class Daemon:
    """A daemon of an SDK, made by :meth:`Sdk.register`.

    It stays registered until it is closed, whether this object is kept or not. Its calls may be made from any thread.
    As a context manager it is closed at the end.
    """

    def __init__(self, sdk: Sdk, handle: int, side: DaemonSide | None) -> None:
        self._sdk = sdk
        self._handle = handle
        self._side = side
        self._pump: control.Pump | None = None
        self.id: int = lib.net_meshos_handle_daemon_id(handle)
        self.name: str = lib.net_meshos_handle_daemon_name(handle).decode()
        # For a daemon that nobody closes: the SDK keeps it, so that is after the SDK's end.
        self._finalizer = weakref.finalize(self, lib.net_meshos_handle_free, handle)
        setattr(self._finalizer, "atexit", False)

    def __repr__(self) -> str:
        return f"<net_meshos.Daemon {self.name!r} {self.id:016x}>"

    def __enter__(self) -> Daemon:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the daemon at once and frees it. Returns when none of its callbacks runs or will run; called from
        inside one it returns at once. Closing twice does nothing."""
        self._finalizer.detach()
        lib.net_meshos_handle_free(self._handle)
        self._sdk._forget(self)

    @property
    def last_exception(self) -> BaseException | None:
        """What a callback of this daemon raised last."""
        return self._side.last_exception if self._side else None

    # ---- Events

    def deliver(self, payload: Payload = b"", origin_hash: int = 0, sequence: int = 0) -> list[Output]:
        """See :meth:`Sdk.deliver`."""
        return self._sdk.deliver(self, payload, origin_hash, sequence)

    def post(self, payload: Payload = b"", origin_hash: int = 0, sequence: int = 0) -> None:
        """See :meth:`Sdk.post`."""
        self._sdk.post(self, payload, origin_hash, sequence)

    def post_batch(self, events: Iterable[Event]) -> int:
        """See :meth:`Sdk.post_batch`."""
        return self._sdk.post_batch(self, events)

    def post_wait(self, events: Iterable[Event], timeout: float | None = None) -> int:
        """See :meth:`Sdk.post_wait`."""
        return self._sdk.post_wait(self, events, timeout)

    def flush(self, timeout: float | None = None) -> None:
        """See :meth:`Sdk.flush`."""
        self._sdk.flush(self, timeout)

    def subscribe(self, source: Daemon | int) -> None:
        """Has the outputs of another daemon come to this one as events."""
        self._sdk.subscribe(source, self)

    def unsubscribe(self, source: Daemon | int) -> None:
        self._sdk.unsubscribe(source, self)

    # ---- State

    def snapshot(self) -> bytes | None:
        """See :meth:`Sdk.snapshot`."""
        return self._sdk.snapshot(self)

    def restore(self, state: Payload) -> None:
        """See :meth:`Sdk.restore`."""
        self._sdk.restore(self, state)

    # ---- Control

    def try_next_control(self) -> ControlEvent | None:
        """The oldest control event, or None."""
        return control.take(self._handle)

    def next_control(self, timeout: float | None = None) -> ControlEvent | None:
        """Waits up to ``timeout`` seconds for a control event, without limit if that is None.

        Returns None after that time, and at once when the SDK or this handle has ended. Ctrl-C is heard within a
        tenth of a second.
        """
        return control.wait(self._handle, timeout)

    async def next_control_async(self, timeout: float | None = None) -> ControlEvent | None:
        """The same for asyncio. From its first call on, all control events of the daemon come this way: a thread
        receives them, until the daemon or its SDK has ended."""
        if self._pump is None:
            self._pump = control.Pump(self._handle)
        return await self._pump.next(timeout)

    async def controls(self) -> AsyncIterator[ControlEvent]:
        """All control events until the daemon or its SDK has ended: ``async for event in daemon.controls()``."""
        while True:
            event = await self.next_control_async()
            if event is None:
                return
            yield event

    def done(self) -> None:
        """Says that the daemon has finished after SHUTDOWN, so that nobody waits for the rest of its grace time."""
        check(lib.net_meshos_ext_daemon_done(self._handle))

    def graceful_shutdown(self, grace: float = 5.0) -> None:
        """Sends SHUTDOWN, waits ``grace`` seconds or until :meth:`done`, and ends the daemon. It must still be
        closed."""
        check(lib.net_meshos_graceful_shutdown(self._handle, milliseconds("grace", grace)))
        self._sdk._forget(self)

    def stop(self, grace: float = 5.0) -> None:
        """See :meth:`Sdk.stop`."""
        self._sdk.stop(self, grace)

    def restart(self) -> None:
        """See :meth:`Sdk.restart`."""
        self._sdk.restart(self)

    # ---- What it tells, and what it shows

    def log(self, level: LogLevel, message: str) -> None:
        """Logs a line. It never waits: :class:`QueueFull` if there is no room now."""
        data = text("message", message)
        check(lib.net_meshos_publish_log(self._handle, int(level), data, len(data)))

    def publish_capabilities(self, tags: Iterable[str]) -> None:
        """Says what the daemon can do, in place of what it said before; without tags nothing."""
        if isinstance(tags, str):
            raise TypeError("tags must be several strings, and not one")
        data = json.dumps(list(tags)).encode()
        check(lib.net_meshos_publish_capabilities(self._handle, data, len(data)))

    def metadata(self) -> dict[str, Any]:
        """The state of the node as the daemon has seen it last."""
        found: dict[str, Any] = json.loads(text_of(lib.net_meshos_metadata(self._handle)))
        return found

    def refresh_metadata(self) -> dict[str, Any]:
        """The present state of the node."""
        found: dict[str, Any] = json.loads(text_of(lib.net_meshos_refresh_metadata(self._handle)))
        return found

    def runtime(self) -> dict[str, Any]:
        """See :meth:`Sdk.daemon_runtime`."""
        return self._sdk.daemon_runtime(self)


