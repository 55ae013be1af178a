"""The liveness probe is answered with what is wrong."""

import json
from http.client import HTTPConnection

import pytest

from schemasync.kube.health import Health

WITHIN = 20  # seconds


def answer(health: Health, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", health.port, timeout=WITHIN)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


@pytest.mark.parametrize(("problem", "code"), [(None, 200), ("no progress of shop/shop", 503)])
def test_the_probe_tells_whether_there_is_a_problem(problem: str | None, code: int) -> None:
    health = Health(0)
    health.serve(lambda: problem)
    status, body = answer(health, "/healthz?verbose")
    assert (status, json.loads(body)) == (code, {"queue": problem or "alive"})
    assert answer(health, "/")[0] == 404
    health.close()


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    first = Health(0)
    with pytest.raises(OSError, match="in use"):
        Health(first.port)
    first.close()
    Health(first.port).close()
