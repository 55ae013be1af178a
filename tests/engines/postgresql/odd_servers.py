"""Servers that speak just enough of PostgreSQL's protocol to misbehave: no real one can be made to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_NO_TLS = (80877103, 80877104)


def message(kind: bytes, body: bytes) -> bytes:
    """Return one message of the protocol."""
    return kind + struct.pack(">I", len(body) + 4) + body


def error(text: bytes, state: bytes) -> bytes:
    """Return the message of an error that ends the connection."""
    return message(b"E", b"SFATAL\0VFATAL\0C" + state + b"\0M" + text + b"\0\0")


def _parameter(name: bytes, value: bytes) -> bytes:
    return message(b"S", name + b"\0" + value + b"\0")


WELCOME = (
    message(b"R", struct.pack(">I", 0))
    + _parameter(b"server_version", b"18.0")
    + _parameter(b"client_encoding", b"UTF8")
    + _parameter(b"standard_conforming_strings", b"on")
    + message(b"Z", b"I")
)
"""What a server says to a login that it accepts without a password."""


class Peer:
    """The server's end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def startup(self) -> None:
        """Take the first message; encryption is declined."""
        while True:
            (length,) = struct.unpack(">I", self.receive(4))
            if struct.unpack(">I", self.receive(length - 4)[:4])[0] not in _NO_TLS:
                return
            self.send(b"N")

    def receive(self, count: int) -> bytes:
        """Take bytes; raises ConnectionError at the end."""
        data = b""
        while len(data) < count:
            more = self._connection.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._connection.sendall(data)

    def wait_for_the_end(self) -> None:
        """Take and ignore whatever comes until the client is gone."""
        while self._connection.recv(65536):
            pass


@contextmanager
def odd_server(behave: Callable[[Peer], None]) -> Iterator[str]:
    """Yield the URL of a server that behaves like this to each connection, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, behave), daemon=True).start()
        yield f"postgresql://bob:long-enough@127.0.0.1:{listener.getsockname()[1]}/db"


def _serve(listener: socket.socket, behave: Callable[[Peer], None]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_attend, args=(connection, behave), daemon=True).start()


def _attend(connection: socket.socket, behave: Callable[[Peer], None]) -> None:
    with connection, suppress(OSError, struct.error):
        behave(Peer(connection))
