"""`schemasync wait`: until a SchemaSync is Ready, or a database has the schema of some files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from schemasync.cli import ExitCode
from schemasync.cli.reading import (
    Schema,
    Space,
    Url,
    UrlEnv,
    WrongUsage,
    read_paths,
    read_target,
    seconds_option,
    wrong_usage,
)

POLL: Final = 1.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look found: `why` it is not yet time to go on, None when it is.

    `code` is how the command ends if that stays so, `final` that it will.
    """

    why: str | None = None
    code: ExitCode = ExitCode.FAILED
    final: bool = False


def wait_command(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME|PATH", help="A SchemaSync; or, with --url-env, .as files as in sync."),
    ],
    *,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", "-n", help="The SchemaSync's; by default the pod's own, else default."),
    ] = None,
    url: Url = None,
    url_env: UrlEnv = None,
    space: Space = "default",
    schema: Schema = None,
    timeout: Annotated[float, seconds_option("--timeout", "How long to wait, 0s to look once", "5m")] = 300.0,
) -> int:
    """Wait until a SchemaSync is Ready for its ConfigMaps as they are now, or a database has a schema.

    Ends with 0 when that is so, 1 when it is not in time or cannot be found out, and with 2 when a
    SchemaSync then waits for somebody: blocked, suspended, or to be approved.
    """
    try:
        if url is None and url_env is None:
            look = _cluster_look(names, namespace)
        else:
            look = _database_look(names, url, url_env, (space, schema))
    except WrongUsage as error:
        return wrong_usage(error)
    return wait(look, timeout)


def wait(look: Callable[[], Look], timeout: float) -> int:
    """Look until there is nothing to wait for, and say on standard error what is waited for."""
    deadline = time.monotonic() + timeout
    told = ""
    while (found := look()).why is not None:
        left = deadline - time.monotonic()
        if found.final or left <= 0:
            ended = "" if found.final else f" (given up after {timeout:g} s)"
            _say(f"error: {found.why}{ended}")
            return found.code
        if found.why != told:
            told = found.why
            _say(f"waiting: {told}")
        time.sleep(min(POLL, left))
    return ExitCode.DONE


def _cluster_look(names: list[str], namespace: str | None) -> Callable[[], Look]:
    from schemasync.cli.wait_cluster import SchemaSyncLook, own_namespace  # noqa: PLC0415 - slow

    if len(names) != 1 or "/" in names[0] or names[0].endswith(".as"):
        raise WrongUsage(
            "name one SchemaSync; or, to wait for a database to have the schema of some files, name the "
            "database with --url-env"
        )
    return SchemaSyncLook.load(namespace or own_namespace(), names[0])


def _database_look(
    names: list[str], url: str | None, url_env: str | None, options: tuple[str, str | None]
) -> Callable[[], Look]:
    from schemasync.cli.wait_database import DatabaseLook  # noqa: PLC0415 - slow

    space, schema = options
    return DatabaseLook(
        files=read_paths([Path(name) for name in names]),
        target=read_target(url, url_env, schema=schema),
        space=space,
    )


def _say(message: str) -> None:
    from schemasync.cli.render import inert  # noqa: PLC0415 - slow

    print(inert(message), file=sys.stderr)  # noqa: T201
