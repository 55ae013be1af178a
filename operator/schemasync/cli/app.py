"""The commands, by name."""

from __future__ import annotations

from typing import Annotated

import typer

from schemasync.cli.compile import compile_command
from schemasync.cli.operator import operator_command
from schemasync.cli.plan import plan_command
from schemasync.cli.reconcile import reconcile_command
from schemasync.cli.sync import sync_command
from schemasync.cli.wait import wait_command
from schemasync.version import VERSION

app = typer.Typer(
    name="schemasync",
    help="Keeps database schemas as declared in .as files.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Keep database schemas as declared in .as files."""


app.command("compile")(compile_command)
app.command("plan")(plan_command)
app.command("sync")(sync_command)
app.command("wait")(wait_command)
app.command("reconcile")(reconcile_command)
app.command("operator")(operator_command)
