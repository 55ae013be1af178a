"""The arguments that `plan` and `sync` share, read into a job; wrong ones end with 64.

No message of this module holds a database URL, not even where one was put into a wrong place.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

import typer

from schemasync.cli import ExitCode
from schemasync.cli.compile import UnreadablePath, read_files
from schemasync.cli.formats import Format

if TYPE_CHECKING:
    from schemasync.engines.base import Target
    from schemasync.sync import LockSettings, Request

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL: Final = re.compile(r"[A-Za-z][\w+.-]*:/")
_HINT: Final = (
    "hint: whoever may list this machine's processes can read the password in --url; put the URL into an "
    "environment variable and name that with --url-env"
)


class WrongUsage(Exception):
    """Arguments that make no sense; the text says which, and what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a command line asks for. `planning` is for `plan` and what is like it."""

    request: Request
    files: Mapping[str, bytes]
    output: Format
    planning: bool
    yes: bool
    check: bool


def duration(text: str | float) -> float:
    """Return an option's duration in seconds; its default is in seconds already."""
    from schemasync.kube.reading import seconds  # noqa: PLC0415 - slow

    if isinstance(text, float):
        return text
    try:
        return seconds(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {error}") from None


Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Directories, .as files, or manifests of ConfigMaps."),
]
Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="The database; a password is seen by others here.")
]
UrlEnv = Annotated[
    str | None,
    typer.Option("--url-env", metavar="VAR", help="The environment variable that holds the database's URL."),
]
Space = Annotated[str, typer.Option("--space", metavar="S", help="Only models of this @db.space.")]
Schema = Annotated[
    str | None,
    typer.Option(
        "--schema", metavar="S", help="The database schema of the control table, and of what names none."
    ),
]


def seconds_option(name: str, help_text: str, default: str) -> Any:  # noqa: ANN401 - typer's options have no type
    """Return an option that takes a duration; `default` is how help shows the parameter's own."""
    shown = f"{help_text}; by default {default}."
    return typer.Option(name, parser=duration, metavar="DURATION", show_default=False, help=shown)


def with_options(run: Callable[[Job], int], *, planning: bool) -> Callable[..., int]:
    """Return a command that reads the options of `plan` and `sync` and then does what `run` does."""

    def command(  # noqa: PLR0913 - one an option
        *,
        paths: Paths,
        url: Url = None,
        url_env: UrlEnv = None,
        output: Annotated[
            Format, typer.Option("--format", help="How to print the plan and the outcome.")
        ] = Format.TABLE,
        yes: Annotated[
            bool, typer.Option("--yes", help="Apply the plan as it is, what it destroys included.")
        ] = False,
        safe: Annotated[
            bool, typer.Option("--safe", help="Hold back what destroys or loosens; apply the rest.")
        ] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only plan; write nothing.")] = False,
        check: Annotated[
            bool, typer.Option("--check", help="Only plan; end with 3 where changes are needed.")
        ] = False,
        force: Annotated[
            bool, typer.Option("--force", help="Look at the database even if its hash is that of the files.")
        ] = False,
        force_owner: Annotated[
            bool, typer.Option("--force-owner", help="Sync even if a SchemaSync owns this database.")
        ] = False,
        space: Space = "default",
        schema: Schema = None,
        role: Annotated[
            str | None, typer.Option("--role", metavar="R", help="The owner of what is created.")
        ] = None,
        pod_id: Annotated[
            str | None,
            typer.Option(
                "--pod-id", metavar="P", envvar="POD_NAME", help="What the lock names us by; else random."
            ),
        ] = None,
        lock_ttl: Annotated[
            float, seconds_option("--lock-ttl", "How long the lock outlives us, should we be killed", "30s")
        ] = 30.0,
        lock_wait: Annotated[
            float, seconds_option("--lock-wait", "How long to wait for the lock, 0s to try once", "60s")
        ] = 60.0,
        lock_poll: Annotated[
            float, seconds_option("--lock-poll", "How often to look at a lock of somebody else", "500ms")
        ] = 0.5,
    ) -> int:
        from schemasync.sync import Request, Source  # noqa: PLC0415 - slow

        try:
            target = read_target(url, url_env, schema=schema, role=role)
            lock = _lock(ttl=lock_ttl, wait=lock_wait, poll=lock_poll, pod_id=pod_id)
            files = read_paths(paths)
        except WrongUsage as error:
            return wrong_usage(error)
        request = Request(
            source=Source(files, space=space),
            target=target,
            lock=lock,
            force=force,
            safe=safe,
            force_owner=force_owner,
        )
        only_plan = planning or dry_run or check
        return run(Job(request=request, files=files, output=output, planning=only_plan, yes=yes, check=check))

    command.__doc__ = run.__doc__
    return command


def wrong_usage(error: WrongUsage) -> int:
    """Say what is wrong with the arguments; return the exit code."""
    print(f"error: {error}", file=sys.stderr)  # noqa: T201
    return ExitCode.USAGE


def read_paths(paths: list[Path]) -> dict[str, bytes]:
    """Return the `.as` files of paths. Raises WrongUsage."""
    if any(_URL.match(str(path)) for path in paths):
        raise WrongUsage("a PATH is a directory, a file or a manifest: a database goes with --url-env")
    try:
        return read_files(paths)
    except UnreadablePath as error:
        raise WrongUsage(str(error)) from None


def read_target(
    url: str | None, url_env: str | None, *, schema: str | None = None, role: str | None = None
) -> Target:
    """Return the database that the options name. Raises WrongUsage."""
    from schemasync.engines import connect  # noqa: PLC0415 - slow
    from schemasync.engines.base import Target  # noqa: PLC0415 - slow
    from schemasync.errors import InvalidTarget  # noqa: PLC0415 - slow

    target = Target(url=_url(url, url_env), schema=schema or None, role=role or None)
    try:
        # Reads the URL; nothing connects before something is asked.
        connect(target).close()
    except InvalidTarget as error:
        raise WrongUsage(str(error)) from None
    return target


def _url(url: str | None, url_env: str | None) -> str:
    if (url is None) == (url_env is None):
        raise WrongUsage("name the database, once: --url-env VAR, or --url URL")
    if url is not None:
        if _has_password(url):
            print(_HINT, file=sys.stderr)  # noqa: T201
        return url
    name = str(url_env)
    if not _VARIABLE.fullmatch(name):
        raise WrongUsage("--url-env takes the name of an environment variable, as in --url-env DATABASE_URL")
    found = os.environ.get(name, "").strip()
    if not found:
        raise WrongUsage(f"the environment variable {name} is not set, or empty: it must hold the URL")
    return found


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.password) or "password" in parse_qs(parts.query)
    except ValueError:
        return False


def _lock(*, ttl: float, wait: float, poll: float, pod_id: str | None) -> LockSettings:
    from schemasync.errors import InvalidTarget  # noqa: PLC0415 - slow
    from schemasync.sync import LockSettings  # noqa: PLC0415 - slow

    try:
        return LockSettings(ttl=ttl, wait=wait, poll=poll, pod_id=pod_id or None)
    except InvalidTarget as error:
        raise WrongUsage(str(error)) from None
