"""What a database may cost its client: time, memory, and the time of other databases' clients."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from schemasync.engines import connect
from schemasync.engines.base import Target
from schemasync.errors import SchemaSyncError
from tests.engines.postgresql.odd_servers import Peer, error, odd_server


def test_two_connect_at_the_same_time() -> None:
    both, met = threading.Barrier(2), []

    def meet(peer: Peer) -> None:
        peer.startup()
        both.wait(20)
        met.append(True)
        peer.send(error(b"enough", b"57P03"))

    def read(url: str) -> None:
        with closing(connect(Target(url=url))) as database, pytest.raises(SchemaSyncError):
            database.control.read(["schema_version"])

    with odd_server(meet) as url:
        threads = [threading.Thread(target=read, args=[url]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert met == [True, True]
