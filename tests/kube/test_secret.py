"""A Secret gives one URL, whoever wrote it, or a message that quotes none of its values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from schemasync.kube.secret import SecretInvalid, database_url
from schemasync.kube.spec import SecretRef

CLOUD_NATIVE_PG = {
    "username": b"app",
    "user": b"app",
    "password": b"s3cr3t",
    "dbname": b"app",
    "host": b"cluster-rw",
    "port": b"5432",
    "uri": b"postgresql://app:s3cr3t@cluster-rw.ns:5432/app",
    "jdbc-uri": b"jdbc:postgresql://cluster-rw.ns:5432/app?password=s3cr3t&user=app",
    "pgpass": b"cluster-rw:5432:app:app:s3cr3t\n",
}
BINDING = {
    "type": b"postgresql",
    "provider": b"example",
    "host": b"db",
    "port": b"5433",
    "database": b"app",
    "username": b"app",
    "password": b"s3cr3t",
}


def url(data: dict[str, bytes], key: str | None = None) -> str:
    return database_url(data, SecretRef(name="db", key=key), "shop")


def test_a_key_that_is_named_is_taken() -> None:
    assert url({"dsn": b"postgres://u:p@h/d\n", "url": b"x"}, "dsn") == "postgres://u:p@h/d"


def test_what_cloud_native_pg_writes_is_understood() -> None:
    assert url(CLOUD_NATIVE_PG) == "postgresql://app:s3cr3t@cluster-rw.ns:5432/app"


def test_what_a_service_binding_has_is_put_together() -> None:
    assert url(BINDING) == "postgresql://app:s3cr3t@db:5433/app"


def test_a_host_may_be_an_address_of_version_6() -> None:
    assert url(BINDING | {"host": b"::1"}) == "postgresql://app:s3cr3t@[::1]:5433/app"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1),
)
def test_any_login_survives_being_put_into_a_url(user: str, password: str) -> None:
    made = make_url(url(BINDING | {"username": user.encode(), "password": password.encode()}))
    assert (made.username, made.password) == (user, password)


@pytest.mark.parametrize(
    "value",
    [
        "s3cr3t",
        "mysql://u:s3cr3t@h/d",
        "sqlite:////etc/s3cr3t",
        "postgresql://u:s3cr3t@h",
        "postgresql://u:s3cr3t@/d",
        "postgresql://:s3cr3t@h/d",
        "postgresql://u:s3cr3t@%2Ftmp/d",
        "postgresql://u:s3cr3t@h1,h2/d",
        "postgresql://u:s3cr3t@h:port/d",
        "postgresql://u:s3cr3t@h:99999/d",
        "postgresql://u:x#s3cr3t@h/d",
        "postgresql://u:x?s3cr3t@h/d",
        "postgresql://u:x/s3cr3t@h/d",
        "postgresql://u: s3cr3t@h/d",
        "postgresql://u:p@h/d?options=s3cr3t",
        "postgresql://u:p@h/d?sslkey=/s3cr3t",
        "postgresql://u:p@h/d?host=/s3cr3t",
        "postgresql://u:p@h/d?sslmode=s3cr3t",
        "postgresql://u:p@h/d?sslmode=require&sslmode=disable&application_name=s3cr3t",
        "postgresql://u:p@[s3cr3t/d",
        "postgresql://u:s3cr3t@[::1],%2Ftmp%2Fsock/d",
        "postgresql://u:s3cr3t@[::1],other/d",
        "postgresql://u:s3cr3t@[::1],%2Ftmp:5432/d",
        "postgresql://u:s3cr3t@a%2Cb%2Cc/d",
        "postgresql://u:s3cr3t@%40abstract/d",
        "postgresql://u:s3cr3t@h:5432%2C5433/d",
        "postgresql://u:s%ebcr3t-s3cr3t@h/d",
        "postgresql://u:s3cr3t%@h/d",
        "postgresql://u:s3cr3t%00@h/d",
        "POSTGRES://u:s3cr3t@h/d",
    ],
)
def test_what_is_no_usable_url_is_refused_without_being_quoted(value: str) -> None:
    with pytest.raises(SecretInvalid) as error:
        url({"url": value.encode()})
    assert "s3cr3t" not in str(error.value)
    assert "Secret shop/db, key url" in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "has neither url nor uri, and no host"),
        (BINDING | {"host": b""}, "no host"),
        (BINDING | {"username": b""}, "no user or username"),
        (BINDING | {"type": b"mysql"}, "only postgresql"),
        (BINDING | {"host": b"s3cr3t,b"}, "must name one host"),
        (BINDING | {"host": b"/tmp/s3cr3t"}, "must name one host"),
        (BINDING | {"host": b"@s3cr3t"}, "must name one host"),
        (BINDING | {"host": b"::1],%2ftmp"}, "is not a URL"),
        (BINDING | {"host": b"::1],%2ftmp/d?sslmode=disable#"}, "is not a URL"),
        (BINDING | {"port": b"s3cr3t"}, "key port: must be a number"),
        (BINDING | {"password": b"\xff"}, "key password: is not UTF-8"),
    ],
)
def test_missing_and_broken_parts_are_named(data: dict[str, bytes], message: str) -> None:
    with pytest.raises(SecretInvalid) as error:
        url(data)
    assert message in str(error.value)
    assert "s3cr3t" not in str(error.value)


def test_a_key_that_is_missing_has_a_reason_of_its_own() -> None:
    with pytest.raises(SecretInvalid) as error:
        url({"url": b"postgresql://u:p@h/d"}, "dsn")
    assert error.value.reason == "SecretKeyNotFound"


def test_known_parameters_pass() -> None:
    given_url = "postgresql://u:p@h:5432/d?sslmode=require&connect_timeout=5&application_name=shop"
    assert url({"url": given_url.encode()}) == given_url


def refusal(data: dict[str, bytes]) -> str | None:
    """Return why a Secret is refused, None where it is not."""
    try:
        url(data)
    except SecretInvalid as error:
        return str(error)
    return None


@given(st.binary(max_size=40), st.sampled_from(["url", "uri", "host", "port", "password", "dbname"]))
def test_no_value_whatsoever_raises_anything_else(value: bytes, key: str) -> None:
    assert (refusal({**BINDING, key: value}) or "Secret shop/db").startswith("Secret shop/db")


@given(st.text(max_size=30))
def test_no_password_in_a_url_is_ever_quoted(text: str) -> None:
    value = f"postgresql://user:{text}s3cr3t{text}@host/db"
    assert "s3cr3t" not in (refusal({"url": value.encode()}) or "")
