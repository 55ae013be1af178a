"""The command line: one module a command, each with its reading of arguments and its printing.

Nothing is decided here. A command returns its exit code: 0 done or Ready, 1 failed, 2 waiting for
approval, blocked or refused, 3 changes found by `--check`, 64 wrong usage, 130 interrupted.
Commands import what is slow to import when they run, not when they are listed.
"""

from __future__ import annotations

import signal
import sys
from enum import IntEnum

from schemasync.cli.streams import explained, guarded


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    CHANGES = 3
    USAGE = 64
    INTERRUPTED = 130


def main() -> None:
    """Run the command line of this process, and exit.

    Told to end, a command lets go of what it holds as after a Ctrl-C: a sync gives its lock back.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = guarded()
    code = run(sys.argv[1:])
    failure = explained(output)
    if failure is not None:
        print(f"error: {failure}", file=sys.stderr)  # noqa: T201
    sys.exit(code if failure is None else code or ExitCode.FAILED)


def run(arguments: list[str]) -> int:
    """Run a command line; return its exit code. Errors are printed to standard error."""
    import typer  # noqa: PLC0415 - slow
    from typer._click.exceptions import ClickException  # noqa: PLC0415 - it has no public name

    from schemasync.cli.app import app  # noqa: PLC0415
    from schemasync.errors import Refused, SchemaSyncError  # noqa: PLC0415

    try:
        code = int(app(arguments, prog_name="schemasync", standalone_mode=False) or 0)
    except ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except SchemaSyncError as error:
        from schemasync.cli.render import inert  # noqa: PLC0415 - slow

        print(f"error: {inert(error)}", file=sys.stderr)  # noqa: T201
        return ExitCode.REFUSED if isinstance(error, Refused) else ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - its text, and its trace, may show a secret
        what = f"schemasync itself failed ({type(error).__name__}); nothing is left half done"
        print(f"error: {what}", file=sys.stderr)  # noqa: T201
        return ExitCode.FAILED
    if code == ExitCode.INTERRUPTED:
        print("interrupted; nothing is left half done", file=sys.stderr)  # noqa: T201
    return code
