"""Databases and roles in a running PostgreSQL server, whoever started it."""

import functools
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql


class Postgres(ABC):
    """A running PostgreSQL server in which databases and roles can be made."""

    id: str
    """The name that tests and reports use, as `system15`."""

    @property
    @abstractmethod
    def admin_url(self) -> str:
        """URL of a superuser's login, with its password."""

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[str]:
        """What tests may ask for by name: control (stop, start and log), contrib, icu, vector."""

    def url(self, database: str | None = None, user: str | None = None, password: str = "") -> str:
        """Return a URL for a database; as the superuser unless a user is named."""
        parts = urlsplit(self.admin_url)
        network, path = parts.netloc, parts.path
        if user is not None:
            login = f"{quote(user, safe='')}:{quote(password, safe='')}"
            network = f"{login}@{network.rpartition('@')[2]}"
        if database is not None:
            path = f"/{quote(database, safe='')}"
        return urlunsplit(parts._replace(netloc=network, path=path))

    @contextmanager
    def connect(self, database: str | None = None) -> Iterator[psycopg.Connection]:
        """Open an autocommitting connection of the superuser; closed on the way out."""
        url = self.url(database)
        with psycopg.connect(url, autocommit=True, application_name="testbed", connect_timeout=10) as opened:
            yield opened

    def create_database(self, prefix: str = "test", owner: str | None = None) -> str:
        """Create an empty database and return its name, `prefix` with something unique after it."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        self._execute(
            "CREATE DATABASE {}" + (" OWNER {}" if owner else ""), name, *([owner] if owner else [])
        )
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the sessions in it; nothing where there is none."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def create_role(self, prefix: str = "role", password: str = "") -> str:
        """Create a role without any rights, which may log in where it has a password; return its name."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        with self.connect() as connection:
            command = sql.SQL("CREATE ROLE {}").format(sql.Identifier(name))
            if password:
                command += sql.SQL(" LOGIN PASSWORD {}").format(sql.Literal(password))
            connection.execute(command)
        return name

    def drop_role(self, name: str) -> None:
        """Drop a role that owns nothing any more."""
        self._execute("DROP ROLE IF EXISTS {}", name)

    def _execute(self, command: str, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))

    def _extensions(self) -> frozenset[str]:
        """Return which of icu, contrib and vector the server has."""
        queries = {
            "icu": "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu')",
            "contrib": "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext')",
            "vector": "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')",
        }
        with self.connect() as connection:
            return frozenset(
                name for name, query in queries.items() if connection.execute(query).fetchone() == (True,)
            )


class ExternalPostgres(Postgres):
    """A server given from outside: only databases and roles are made in it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.id = f"external{self._major()}"

    @property
    def admin_url(self) -> str:
        """The URL as it was given."""
        return self._url

    @functools.cached_property
    def capabilities(self) -> frozenset[str]:
        """What the server has; never `control`."""
        return self._extensions()

    def _major(self) -> int:
        with self.connect() as connection:
            return connection.info.server_version // 10000


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An empty database of one test's own."""

    server: Postgres
    name: str

    @property
    def url(self) -> str:
        """URL of the database as the superuser."""
        return self.server.url(self.name)

    def connect(self) -> AbstractContextManager[psycopg.Connection]:
        """Open an autocommitting connection of the superuser; closed on the way out."""
        return self.server.connect(self.name)
