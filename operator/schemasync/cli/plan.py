"""`schemasync plan`: what a sync would do to a database, which is only looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.cli.reading import with_options

if TYPE_CHECKING:
    from schemasync.cli.reading import Job


def run_plan(job: Job) -> int:
    """Show what would be done to make a database what .as files declare; write nothing.

    Ends with 0, with 3 if --check found changes, with 2 if the plan could not be applied, and with 1 if
    the files have errors or the database could not be read.
    """
    from schemasync.cli.sync import run_sync  # noqa: PLC0415 - slow

    return run_sync(job)


plan_command = with_options(run_plan, planning=True)
