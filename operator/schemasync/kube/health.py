"""The liveness probe: GET /healthz, answered with 200 or 503 and what is wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ALIVE = "alive"
CLIENT_TIMEOUT = 5.0  # seconds


class Health:
    """A port of every address, answered once `serve` is called."""

    def __init__(self, port: int) -> None:
        """Take the port. Raises OSError where it cannot be had."""
        self._server = _Server(("0.0.0.0", port), _Answer, bind_and_activate=False)  # noqa: S104
        self._serving = False
        try:
            self._server.server_bind()
            self._server.server_activate()
        except OSError:
            self._server.server_close()
            raise

    @property
    def port(self) -> int:
        """The port."""
        return int(self._server.server_address[1])

    def serve(self, problem: Callable[[], str | None]) -> None:
        """Answer from now on; `problem` says what is wrong, or None, and is called by any thread."""
        self._server.RequestHandlerClass = _answering(problem)
        self._serving = True
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Give the port back."""
        if self._serving:
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Answers each request in a thread."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that has gone is no concern of ours."""


class _Answer(BaseHTTPRequestHandler):
    """One request."""

    timeout = CLIENT_TIMEOUT
    problem: Callable[[], str | None]

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/healthz":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        problem = type(self).problem()
        body = json.dumps({"queue": problem or ALIVE}).encode()
        self.send_response(HTTPStatus.OK if problem is None else HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Log nothing: a probe comes every few seconds."""


def _answering(problem: Callable[[], str | None]) -> type[_Answer]:
    return type("Answer", (_Answer,), {"problem": staticmethod(problem)})
