"""Ways to a server with faults, so that nodes can be cut off from it."""

import socket
import threading
import time


class Proxy:
    """A way to the server that can be slow, late, silent or cut."""

    def __init__(self, port):
        self.to, self.delay, self.hold, self.swallow = port, 0.0, False, False
        self.swallowed = 0  # answers that were lost
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = set()
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def urls(self):
        return [f"nats://127.0.0.1:{self.port}"]

    def _accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.to), timeout=5)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            with self.lock:
                self.ends |= {here, there}
            threading.Thread(target=self._pass, args=(here, there, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(there, here, True), daemon=True).start()

    def _pass(self, source, target, answers):
        try:
            while data := source.recv(1 << 16):
                if self.delay:
                    time.sleep(self.delay)
                while self.hold:
                    time.sleep(0.01)
                if answers and self.swallow:  # what the server says gets lost
                    self.swallowed += 1
                    continue
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
            with self.lock:
                self.ends.discard(end)

    def cut(self):
        with self.lock:
            ends = list(self.ends)
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.hold = False
        self.listener.close()
        self.cut()
