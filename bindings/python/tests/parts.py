"""What several tests need."""

import hashlib
import logging
from typing import List, Optional

from net_meshos import Callbacks, ControlEvent, Emit, Event, Health

DEADLINE = 60  # seconds, for what takes a moment on an idle machine

logging.getLogger("net_meshos").setLevel(logging.CRITICAL)  # failures are provoked here


def seed(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


class Recorder(Callbacks):
    """Emits each payload, keeps what it hears, and raises what it is told to."""

    def __init__(self) -> None:
        self.events: List[Event] = []
        self.controls: List[ControlEvent] = []
        self.state: Optional[bytes] = b"state"
        self.raises: Optional[BaseException] = None
        self.well = Health.HEALTHY

    def _fail(self) -> None:
        if self.raises is not None:
            raise self.raises

    def process(self, event: Event, emit: Emit) -> None:
        self.events.append(event)
        emit(event.payload)
        self._fail()

    def snapshot(self) -> Optional[bytes]:
        self._fail()
        return self.state

    def restore(self, state: bytes) -> None:
        self._fail()
        self.state = state

    def on_control(self, event: ControlEvent) -> None:
        self.controls.append(event)
        self._fail()

    def health(self) -> Health:
        self._fail()
        return self.well

    def saturation(self) -> float:
        self._fail()
        return 0.25
