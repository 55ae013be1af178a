import struct
from contextlib import closing
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from schemasync.engines import connect
from schemasync.engines.base import Target
from schemasync.engines.postgresql.address import few_addresses, read_url
from schemasync.engines.postgresql.connection import open_connection
from schemasync.errors import AuthenticationFailed, ConnectionFailed, InvalidTarget
from testbed.databases import Database
from tests.engines.postgresql.odd_servers import Peer, error, message, odd_server

SECRET = "pa55-word"


def test_a_url_that_cannot_be_read_is_an_error_that_quotes_none_of_it() -> None:
    for url in (
        f"postgresql://user:{SECRET}/x@host/db",
        f"postgresql://user:{SECRET}@x@host/db",
        f"postgresql://user:12/{SECRET}@host/db",
        f"postgresql://user:{SECRET} x@host/db",
        f"postgresql://user:%zz{SECRET}@host/db",
        f"postgresql://user:pw@host:{SECRET}/db",
    ):
        with pytest.raises(InvalidTarget) as caught:
            read_url(Target(url=url))
        assert SECRET not in str(caught.value)
        assert "percent-encoded" in str(caught.value)


def test_parameters_do_not_show_the_password() -> None:
    parameters = read_url(Target(url=f"postgresql://user:{SECRET}@host/db"))
    assert SECRET not in repr(parameters)
    assert SECRET not in repr(Target(url=f"postgresql://user:{SECRET}@host/db"))


def test_a_wrong_password_is_an_authentication_failure_without_the_password(database: Database) -> None:
    role = database.server.create_role(password="right")
    try:
        parameters = read_url(Target(url=database.server.url(database.name, role, SECRET)))
        with pytest.raises(AuthenticationFailed) as caught:
            open_connection(parameters)
    finally:
        database.server.drop_role(role)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert role in str(caught.value)


def test_a_server_that_is_not_there_is_a_passing_failure() -> None:
    with pytest.raises(ConnectionFailed) as caught:
        open_connection(read_url(Target(url="postgresql://user:pw@127.0.0.1:1/db")))
    assert caught.value.transient
    assert not isinstance(caught.value, AuthenticationFailed)


def test_each_of_several_servers_that_are_not_there_is_told_in_short() -> None:
    with pytest.raises(ConnectionFailed) as caught:
        open_connection(read_url(Target(url=f"postgresql://user:{SECRET}@127.0.0.1:1,127.0.0.1:2/db")))
    assert ": 127.0.0.1:1: Connection refused; 127.0.0.1:2: Connection refused; nothing" in str(caught.value)


def test_a_database_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(ConnectionFailed, match="no_such_db") as caught:
        open_connection(read_url(Target(url=database.server.url("no_such_db"))))
    assert caught.value.reason == "DatabaseNotFound"


def test_a_url_that_is_badly_encoded_is_an_error_that_quotes_none_of_it() -> None:
    for url in ("postgresql://user:s%ebcret@host/db", "postgresql://user:s%00cret@host/db"):
        with pytest.raises(InvalidTarget, match="percent-encoded") as caught:
            read_url(Target(url=url))
        assert "cret" not in str(caught.value)


def test_nothing_of_the_environment_or_the_home_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pgpass = tmp_path / ".pgpass"
    pgpass.write_text("*:*:*:*:from-the-file\n")
    pgpass.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGPASSFILE"):
        monkeypatch.setenv(name, "none-of-yours")
    monkeypatch.setenv("PGPASSFILE", str(pgpass))
    monkeypatch.setenv("PGPASSWORD", "from-the-environment")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=pg_temp")
    with closing(connect(Target(url=database.url))) as connected:
        assert connected.namespace == "public"
    with odd_server(echo_the_password) as url, pytest.raises(ConnectionFailed) as caught:
        open_connection(read_url(Target(url=url.replace(":long-enough", ""))))
    assert "from-the" not in str(caught.value)


def echo_the_password(peer: Peer) -> None:
    peer.startup()
    peer.send(message(b"R", struct.pack(">I", 3)))
    peer.receive(1)
    (length,) = struct.unpack(">I", peer.receive(4))
    peer.send(error(b"no: " + peer.receive(length - 4).rstrip(b"\0"), b"XX000"))


def test_a_service_of_the_environment_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "none-of-yours")
    with pytest.raises(ConnectionFailed, match="PGSERVICE"):
        open_connection(read_url(Target(url="postgresql://user:long-enough@127.0.0.1:1/db")))


def test_what_a_server_writes_to_whom_told_it_the_password_is_not_shown() -> None:
    with odd_server(echo_the_password) as url, pytest.raises(AuthenticationFailed, match="own log") as caught:
        open_connection(read_url(Target(url=url)))
    assert "no:" not in str(caught.value)


def test_a_short_password_hides_no_cause() -> None:
    with pytest.raises(ConnectionFailed, match="nothing accepts connections there"):
        open_connection(read_url(Target(url="postgresql://user:1@127.0.0.1:1/db")))


def test_a_name_is_connected_to_by_its_first_addresses_only() -> None:
    found = few_addresses("host=localhost port=5432 dbname=x")
    addresses = conninfo_to_dict(found)["hostaddr"]
    assert addresses is not None
    assert 1 <= len(str(addresses).split(",")) <= 3
    for text in (
        "host=127.0.0.1 port=5432",
        "host=::1 port=5432",
        "host=/tmp port=5432",
        "host=a,b port=5432",
    ):
        assert few_addresses(text) == text


def test_a_host_by_its_name_is_reached(database: Database) -> None:
    with open_connection(read_url(Target(url=database.url.replace("127.0.0.1", "localhost")))) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    gone = "postgresql://user:long-enough@localhost:1/db"
    with pytest.raises(ConnectionFailed, match="nothing accepts connections there"):
        open_connection(read_url(Target(url=gone)))
    with pytest.raises(ConnectionFailed, match="cannot be resolved"):
        open_connection(read_url(Target(url=gone.replace("localhost", "nowhere.invalid"))))


def test_a_certificate_that_is_to_be_verified_is_checked_against_the_systems_roots() -> None:
    url = "postgresql://user:long-enough@host/db?sslmode="
    assert conninfo_to_dict(read_url(Target(url=f"{url}verify-full")).conninfo)["sslrootcert"] == "system"
    given = conninfo_to_dict(read_url(Target(url=f"{url}verify-ca&sslrootcert=/ca.crt")).conninfo)
    assert given["sslrootcert"] == "/ca.crt"
