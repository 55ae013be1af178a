"""Between a client and PostgreSQL: counts what the client asks for, and can stop it at any of it.

Knows as much of the protocol as that takes: where a message ends, and which ones ask for work to be done.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

_ENCRYPTION = (80877103, 80877104)
# A query of the simple protocol, and the end of one of the extended one.
_WORK = (b"Q", b"S")
_READY = b"Z"

Ask = Callable[[int], bool]


class Proxy:
    """A proxy for one client; the first connection counts.

    `before(number)` is asked ahead of the client's n-th request, and `after(number)` ahead of the end of its
    answer: whether it shall go on its way. `sent(number)` is told once it went.
    """

    def __init__(self, port: int, *, before: Ask, after: Ask, sent: Callable[[int], None]) -> None:
        self._server = port
        self._before, self._after, self._sent = before, after, sent
        self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        first = True
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(each)
            ways = (self._requests, self._answers) if first else (_copy, _copy)
            first = False
            for way, ends in zip(ways, ((client, server), (server, client)), strict=True):
                thread = threading.Thread(target=_until_the_end, args=(way, *ends))
                self._threads.append(thread)
                thread.start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        while True:
            head = _read(client, 8)
            size, code = struct.unpack("!ii", head)
            server.sendall(head + _read(client, size - 8))
            if code not in _ENCRYPTION:
                break
        while True:
            kind, message = _message(client)
            if kind not in _WORK:
                server.sendall(message)
                continue
            number = self.requests = self.requests + 1
            if not self._before(number):
                return
            server.sendall(message)
            self._sent(number)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        # The answer to the wish for encryption is one letter and no message.
        client.sendall(_read(server, 1))
        answered = -1  # the first one only ends the login
        while True:
            kind, message = _message(server)
            if kind == _READY:
                answered += 1
                if answered > 0 and not self._after(answered):
                    return
            client.sendall(message)


def _until_the_end(
    way: Callable[[socket.socket, socket.socket], None], source: socket.socket, target: socket.socket
) -> None:
    with suppress(OSError, EOFError):
        way(source, target)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    head = _read(source, 5)
    return head[:1], head + _read(source, struct.unpack("!i", head[1:])[0] - 4)


def _read(source: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        data = source.recv(size - len(found))
        if not data:
            raise EOFError
        found += data
    return found
