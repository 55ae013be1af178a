"""`schemasync sync`: makes a database what `.as` files declare, after asking."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, TextIO

from schemasync.cli import ExitCode
from schemasync.cli.formats import Format
from schemasync.cli.reading import with_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemasync.cli.progress import Progress
    from schemasync.cli.reading import Job
    from schemasync.errors import SchemaSyncError
    from schemasync.plan import Plan
    from schemasync.sync import Phase, SyncResult

_CODES: Final = {
    "up-to-date": ExitCode.DONE,
    "synced": ExitCode.DONE,
    "synced-by-peer": ExitCode.DONE,
    "changes-needed": ExitCode.DONE,
    "failed": ExitCode.FAILED,
    "error": ExitCode.REFUSED,
    "refused": ExitCode.REFUSED,
}
_STYLES: Final = {ExitCode.DONE: "bold green", ExitCode.FAILED: "bold red", ExitCode.REFUSED: "bold red"}
_OUTCOMES: Final = {
    "up-to-date": "the database has this schema, hash {hash}",
    "synced": "{what} applied in {seconds:.1f} s",
    "synced-by-peer": "another process has just synced this schema, hash {hash}",
    "changes-needed": "nothing was changed; `schemasync sync` applies this plan",
    "failed": "the files have errors; nothing was changed",
    "error": "nothing was changed",
    "refused": "nothing was changed",
}


def run_sync(job: Job) -> int:
    """Make a database what .as files declare: show the plan, ask, apply it in one transaction.

    Ends with 0 when the database has the schema, 2 if the plan was refused or cannot be applied, and 1 if
    the files have errors or the database failed.
    """
    return _Run(job).run()


class _Run:
    """One command."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._begun = time.monotonic()
        self._shown = ""
        self._applied: Plan | None = None

    def run(self) -> int:
        """Plan or sync; print what came of it."""
        from schemasync.errors import SchemaSyncError  # noqa: PLC0415 - slow

        try:
            result = self._result()
        except SchemaSyncError as error:
            return self._failed(error)
        self._print(result)
        if self._job.check and result.status == "changes-needed":
            return ExitCode.CHANGES
        if result.plan is not None and result.plan.external_errors:
            return ExitCode.REFUSED
        return _CODES[result.status]

    def _result(self) -> SyncResult:
        from schemasync import sync  # noqa: PLC0415 - slow

        if self._job.planning:
            return sync.plan(self._job.request)
        if self._job.yes:
            return self._apply(lambda _: None)
        return self._asked()

    def _asked(self) -> SyncResult:
        """Sync after a look and a question, with no lock held while somebody reads."""
        from dataclasses import replace  # noqa: PLC0415 - slow

        from schemasync import sync  # noqa: PLC0415 - slow

        looked = sync.plan(self._job.request)
        plan = looked.plan
        if plan is None:
            return looked
        if plan.errors:
            return replace(looked, status=sync.Status.REFUSED)
        refusal = self._refusal(plan) if plan.statements else None
        if refusal is not None:
            return replace(looked, status=sync.Status.REFUSED, refusal=refusal)
        return self._apply(lambda now: _unchanged(plan, now))

    def _refusal(self, plan: Plan) -> str | None:
        """Show a plan and ask; return why it may not be applied."""
        from schemasync.cli import prompt  # noqa: PLC0415 - slow

        if not prompt.can_ask():
            return prompt.NOBODY
        if self._job.output is Format.TABLE and sys.stdout.isatty():
            self._show(plan)
        else:
            _draw(plan, sys.stderr)
        return None if prompt.ask(plan) else "not approved; nothing was changed"

    def _apply(self, decide: Callable[[Plan], str | None]) -> SyncResult:
        from schemasync import sync  # noqa: PLC0415 - slow
        from schemasync.cli.progress import Progress  # noqa: PLC0415 - slow

        progress = Progress()
        with progress.shown():
            return sync.sync(
                self._job.request,
                decide=decide,
                observe=self._observer(progress),
                advance=progress.statement,
            )

    def _observer(self, progress: Progress) -> Callable[[Phase, Plan | str | None], None]:
        from schemasync.plan import Plan  # noqa: PLC0415 - slow

        def observe(phase: Phase, about: Plan | str | None) -> None:
            if isinstance(about, Plan):
                self._applied = about
                if self._job.output is Format.TABLE:
                    self._show(about)
            progress.phase(phase, about)

        return observe

    def _show(self, plan: Plan) -> None:
        """Show a plan as a table on standard output, unless it is the one that was shown last."""
        if self._shown != plan.id:
            _draw(plan, sys.stdout)
            self._shown = plan.id

    def _print(self, result: SyncResult) -> None:
        """Print what was asked for to standard output, and complaints to standard error."""
        if result.diagnostics:
            from schemasync.cli.diagnostics import show_diagnostics  # noqa: PLC0415 - slow
            from schemasync.cli.render import console  # noqa: PLC0415 - slow

            show_diagnostics(console(sys.stderr), result.diagnostics, self._job.files)
        self._print_result(result)
        errors = _errors(result)
        if errors and self._job.output is not Format.TABLE:
            # The table has shown them; what other formats hold is for programs.
            _error(errors)
        refused_for_errors = result.plan is not None and result.plan.errors
        if result.refusal is not None and result.status != "failed" and not refused_for_errors:
            _error(result.refusal)

    def _print_result(self, result: SyncResult) -> None:
        match self._job.output:
            case Format.TABLE:
                if result.plan is not None:
                    self._show(result.plan)
                self._print_outcome(result)
            case Format.JSON:
                from schemasync.cli.formats import result_as_json  # noqa: PLC0415 - slow

                _out(result_as_json(result, planning=self._job.planning) + "\n")
            case Format.SQL:
                from schemasync.cli.formats import plan_as_sql  # noqa: PLC0415 - slow

                _out("" if result.plan is None else plan_as_sql(result.plan))
            case Format.MARKDOWN:
                from schemasync.cli.formats_markdown import result_as_markdown  # noqa: PLC0415 - slow

                _out(result_as_markdown(result, planning=self._job.planning))

    def _print_outcome(self, result: SyncResult) -> None:
        from rich.text import Text  # noqa: PLC0415 - slow

        from schemasync.cli.formats import status_word  # noqa: PLC0415 - slow
        from schemasync.cli.render import show  # noqa: PLC0415 - slow

        word = status_word(result.status, planning=self._job.planning)
        style = "bold yellow" if word == "changes-needed" else _STYLES[_CODES[result.status]]
        show(Text.assemble((word, style), f": {_outcome(result)}"))

    def _failed(self, error: SchemaSyncError) -> int:
        """Print what a program needs to know of an error, and tell people what it is."""
        from schemasync.errors import Refused  # noqa: PLC0415 - slow
        from schemasync.sync import Status, SyncResult  # noqa: PLC0415 - slow

        refused = isinstance(error, Refused)
        if self._job.output is Format.JSON:
            from schemasync.cli.formats import result_as_json  # noqa: PLC0415 - slow

            status = Status.REFUSED if refused else Status.FAILED
            took = time.monotonic() - self._begun
            ended = SyncResult(status=status, plan=self._applied, duration=took)
            _out(result_as_json(ended, planning=self._job.planning) + "\n")
        _error(str(error))
        return ExitCode.REFUSED if refused else ExitCode.FAILED


def _unchanged(shown: Plan, now: Plan) -> str | None:
    """Return why a plan may not be applied that another one was approved for."""
    if now.id == shown.id or not now.statements:
        return None
    return (
        f"the database has changed since plan {shown.short_id} was approved, the plan is now {now.short_id}; "
        "nothing was changed: run again to approve it"
    )


def _outcome(result: SyncResult) -> str:
    """Return what a status means, in words."""
    plan = result.plan
    if plan is not None and plan.errors:
        return "the plan cannot be applied as long as it has errors; nothing was changed"
    count = len(plan.statements) if plan else 0
    what = "1 statement" if count == 1 else f"{count} statements"
    said = _OUTCOMES[result.status].format(hash=result.hash, what=what, seconds=result.duration)
    if plan is not None and plan.skips:
        return f"{said}; safe mode left something out, so this schema is not complete yet"
    if plan is not None and plan.external_errors:
        return f"{said}; a view of somebody else is not as declared"
    return said


def _errors(result: SyncResult) -> str:
    """Return the errors of a plan's entries."""
    entries = result.plan.entries if result.plan else ()
    return "; ".join(f"{entry.name}: {error}" for entry in entries for error in entry.errors)


def _draw(plan: Plan, file: TextIO) -> None:
    from schemasync.cli import formats, render  # noqa: PLC0415 - slow

    render.show(render.plan(formats.plan_as_json(plan)), file)


def _error(message: str) -> None:
    from schemasync.cli.render import inert  # noqa: PLC0415 - slow

    print(f"error: {inert(message)}", file=sys.stderr)  # noqa: T201


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


sync_command = with_options(run_sync, planning=False)
