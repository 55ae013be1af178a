import pytest

from schemasync.engines.base import Target
from schemasync.engines.postgresql.connection import open_connection, read_url
from schemasync.errors import AuthenticationFailed, ConnectionFailed, InvalidTarget
from testbed.databases import Database

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
    assert str(caught.value).endswith(": 127.0.0.1:1: Connection refused; 127.0.0.1:2: Connection refused")


def test_a_database_that_is_not_there_is_named(database: Database) -> None:
    with pytest.raises(ConnectionFailed, match="no_such_db") as caught:
        open_connection(read_url(Target(url=database.server.url("no_such_db"))))
    assert caught.value.reason == "DatabaseNotFound"
