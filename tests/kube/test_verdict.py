"""From a plan, a result or an error to what is shown and when to look again."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from schemasync.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    Diagnostic,
    InvalidTarget,
    LockLost,
    LockTimeout,
    OwnedByAnother,
    SchemaSyncError,
    Severity,
    Span,
    StatementFailed,
)
from schemasync.kube import verdict
from schemasync.kube.cluster import ClusterError, Forbidden
from schemasync.kube.queue import Outcome
from schemasync.kube.reading import InvalidSpec
from schemasync.kube.sources import FilesInvalid
from schemasync.kube.spec import LockSpec, SecretRef
from schemasync.kube.status import Phase, SourceFacts, check, condition, project
from schemasync.plan import EntryStatus
from schemasync.sync import Phase as Step
from schemasync.sync import Status, SyncResult
from tests.kube.values import LATER, NOW, entry, plan, subject

SOURCE = SourceFacts(config_maps={"a": "1"}, digest="d1")
SPAN = Span(file="a.as", line=3, column=5, end_line=3, end_column=9)
ERROR = Diagnostic(span=SPAN, code="AS203", message="no such type")
WARNING = dataclasses.replace(ERROR, severity=Severity.WARNING, message="odd")
LOCK = LockSpec(ttl=30, wait_timeout=60, poll_interval=0.5)
SOON = Outcome(back_off=True)
LATER_ON = Outcome(requeue_after=600)


def result(status: Status, **changes: Any) -> SyncResult:
    return SyncResult(**{"status": status, "hash": "1a2b3c4d", "duration": 0.5, **changes})


def shown(found: verdict.Verdict, previous: dict[str, object] | None = None) -> dict[str, object]:
    return project(found.state, previous or {}, NOW)


SYNCED = shown(verdict.of_result(result(Status.SYNCED, plan=plan(entry("a"))), subject(), SOURCE))


def test_a_plan_without_errors_and_losses_goes_ahead() -> None:
    assert verdict.decide(plan(entry("a"), entry("b", EntryStatus.ALTER))) is None


def test_a_plan_with_an_error_names_the_entry_and_the_error() -> None:
    broken = entry("users", EntryStatus.ERROR, errors=("column name would be dropped",))
    assert (
        verdict.decide(plan(entry("a"), broken)) == "users: column name would be dropped (nothing was done)"
    )


def test_many_errors_of_a_plan_are_counted() -> None:
    told = str(verdict.decide(plan(*(entry(f"t{n}", EntryStatus.ERROR, errors=("no",)) for n in range(12)))))
    assert told.endswith("t9: no; and 2 more (nothing was done)")


def test_a_plan_that_loses_data_is_allowed_by_nothing() -> None:
    assert "users" in str(verdict.decide(plan(entry("users", EntryStatus.ALTER, destructive=True))))


@pytest.mark.parametrize(
    ("found", "phase", "reason", "again"),
    [
        (result(Status.UP_TO_DATE), Phase.SYNCED, "Synced", Outcome()),
        (result(Status.SYNCED, plan=plan(entry("a"))), Phase.SYNCED, "Synced", Outcome()),
        (result(Status.SYNCED_BY_PEER), Phase.SYNCED, "Synced", Outcome()),
        (result(Status.CHANGES_NEEDED, plan=plan(entry("a"))), Phase.PLANNED, "PlanOnly", LATER_ON),
        (
            result(Status.ERROR, plan=plan(entry("a", EntryStatus.ERROR))),
            Phase.BLOCKED,
            "PlanError",
            LATER_ON,
        ),
        (
            result(Status.REFUSED, plan=plan(entry("a", EntryStatus.ERROR))),
            Phase.BLOCKED,
            "PlanError",
            LATER_ON,
        ),
        (
            result(Status.REFUSED, plan=plan(entry("a", destructive=True))),
            Phase.BLOCKED,
            "PlanError",
            LATER_ON,
        ),
        (
            result(Status.SYNCED, plan=plan(entry("a", EntryStatus.ERROR, external=True))),
            Phase.BLOCKED,
            "ExternalViewInvalid",
            LATER_ON,
        ),
        (
            result(Status.ERROR, plan=plan(entry("a", EntryStatus.ERROR, external=True))),
            Phase.BLOCKED,
            "ExternalViewInvalid",
            LATER_ON,
        ),
        (result(Status.FAILED, diagnostics=(ERROR,)), Phase.FAILED, "SchemaInvalid", SOON),
    ],
)
def test_each_result_has_its_phase(found: SyncResult, phase: Phase, reason: str, again: Outcome) -> None:
    made = verdict.of_result(found, subject(), SOURCE)
    assert (made.state.phase, made.state.reason, made.outcome) == (phase, reason, again)


@pytest.mark.parametrize(
    ("error", "phase", "again"),
    [
        (ConnectionFailed("x"), Phase.FAILED, SOON),
        (AuthenticationFailed("x"), Phase.FAILED, SOON),
        (LockLost("x"), Phase.FAILED, SOON),
        (InvalidTarget("x"), Phase.FAILED, SOON),
        (FilesInvalid("x"), Phase.FAILED, SOON),
        (ClusterError("x"), Phase.FAILED, SOON),
        (Forbidden("x"), Phase.FAILED, SOON),
        (StatementFailed("x", statement="y"), Phase.FAILED, LATER_ON),
        (StatementFailed("x", statement="y", transient=True), Phase.FAILED, SOON),
        (InvalidSpec("x"), Phase.FAILED, LATER_ON),
        (OwnedByAnother("x", owner="c/n/o"), Phase.BLOCKED, LATER_ON),
    ],
)
def test_each_error_has_its_phase(error: SchemaSyncError, phase: Phase, again: Outcome) -> None:
    made = verdict.of_error(error, subject(), None)
    assert (made.state.phase, made.state.reason, made.outcome) == (phase, error.reason, again)
    assert made.state.transient == error.transient


def test_an_error_is_the_failure_of_its_step() -> None:
    files = shown(verdict.of_error(FilesInvalid("x", reason="NoFiles"), subject(), None))
    login = shown(verdict.of_error(AuthenticationFailed("y"), subject(), None))
    assert condition(files, "Compiled")["reason"] == "NoFiles"
    assert condition(login, "Connected")["reason"] == "AuthenticationFailed"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (AuthenticationFailed("no"), "no; correct user and password in Secret shop/db"),
        (
            ConnectionFailed("no"),
            "no; it is tried again: see that the database runs, and that Secret shop/db has its address",
        ),
        (
            ConnectionFailed("no", reason="DatabaseNotFound", transient=False),
            "no; create the database, or correct its name in Secret shop/db",
        ),
        (StatementFailed("no", statement="x"), "no"),
    ],
)
def test_a_connection_that_fails_names_the_secret_and_what_to_do(error: SchemaSyncError, advice: str) -> None:
    for key, where in ((None, "Secret shop/db"), ("url", "Secret shop/db (key url)")):
        made = verdict.of_error(error, subject(), None, SecretRef(name="db", key=key))
        assert made.state.message == advice.replace("Secret shop/db", where)


def test_a_plan_that_failed_while_it_was_applied_stays_in_sight() -> None:
    syncing = verdict.progress(Step.SYNCING, plan(entry("a")), subject(), SOURCE)
    assert syncing is not None
    before = project(syncing, {}, NOW)
    failed = shown(verdict.of_error(StatementFailed("x", statement="y"), subject(before), SOURCE), before)
    assert (failed["phase"], failed["plan"]) == ("Failed", before["plan"])
    assert "plan" not in shown(verdict.of_error(ConnectionFailed("x"), subject(failed), SOURCE), failed)


def test_an_owner_is_named_with_what_to_do() -> None:
    made = verdict.of_error(OwnedByAnother("it is owned", owner="c/n/o"), subject(), None)
    assert made.state.message.endswith("annotate this object with schemasync.dev/take-over=c/n/o")


def test_a_schema_error_is_shown_with_its_place() -> None:
    made = verdict.of_result(result(Status.FAILED, diagnostics=(WARNING, ERROR)), subject(), SOURCE)
    assert made.state.message == "a.as:3:5: AS203 no such type"


def test_many_schema_errors_are_counted() -> None:
    made = verdict.of_result(result(Status.FAILED, diagnostics=(ERROR,) * 30), subject(), SOURCE)
    assert made.state.message.endswith("\nand 10 more")


def test_warnings_are_kept_while_the_files_stay_the_same() -> None:
    first = shown(verdict.of_result(result(Status.SYNCED_BY_PEER, diagnostics=(WARNING,)), subject(), SOURCE))
    assert condition(first, "Compiled")["reason"] == "CompiledWithWarnings"
    again = shown(verdict.of_result(result(Status.UP_TO_DATE), subject(first), SOURCE), first)
    assert check(again, "Compiled") == check(first, "Compiled")
    other = dataclasses.replace(SOURCE, digest="d2")
    changed = shown(verdict.of_result(result(Status.UP_TO_DATE), subject(first), other), first)
    assert condition(changed, "Compiled")["reason"] == "Compiled"


def test_the_plan_that_was_applied_stays_while_nothing_changes() -> None:
    again = shown(verdict.of_result(result(Status.UP_TO_DATE), subject(SYNCED), SOURCE), SYNCED)
    assert (again["plan"], check(again, "Planned")) == (SYNCED["plan"], check(SYNCED, "Planned"))


def test_a_plan_that_was_blocked_ends_when_there_is_nothing_to_do() -> None:
    refused = result(Status.REFUSED, plan=plan(entry("a", EntryStatus.ERROR)))
    blocked = shown(verdict.of_result(refused, subject(), SOURCE))
    again = shown(verdict.of_result(result(Status.UP_TO_DATE), subject(blocked), SOURCE), blocked)
    assert "plan" not in again
    assert condition(again, "Planned")["reason"] == "NothingToDo"


def test_a_lock_is_polled_and_then_complained_of() -> None:
    error = LockTimeout("x", holder="pod/1")
    first = verdict.of_lock(error, subject(), SOURCE, LOCK, NOW)
    assert (first.state.phase, first.outcome) == (Phase.PENDING, Outcome(requeue_after=0.5))
    waiting = project(first.state, {}, NOW)
    still = verdict.of_lock(error, subject(waiting), SOURCE, LOCK, NOW + timedelta(seconds=59))
    assert project(still.state, waiting, LATER) == waiting
    last = verdict.of_lock(error, subject(waiting), SOURCE, LOCK, NOW + timedelta(seconds=60))
    assert (last.state.phase, last.state.reason, last.outcome) == (Phase.FAILED, "LockTimeout", SOON)
    assert "pod/1" in last.state.message
    assert last.state.waiting == first.state.waiting


def test_the_first_look_is_shown_at_once() -> None:
    made = verdict.progress(Step.CHECKING, None, subject(), SOURCE)
    assert made is not None
    assert made.phase is Phase.PENDING


@pytest.mark.parametrize("step", [Step.CHECKING, Step.COMPILING, Step.WAITING])
def test_a_phase_leaves_synced_only_when_there_is_work(step: Step) -> None:
    assert verdict.progress(step, None, subject(SYNCED), SOURCE) is None


def test_planning_and_syncing_are_shown() -> None:
    planning = verdict.progress(Step.PLANNING, None, subject(SYNCED), SOURCE)
    syncing = verdict.progress(Step.SYNCING, plan(entry("a")), subject(SYNCED), SOURCE)
    assert planning is not None
    assert planning.phase is Phase.PLANNING
    assert syncing is not None
    assert syncing.phase is Phase.SYNCING
    assert condition(project(syncing, SYNCED, NOW), "Planned")["reason"] == "Planned"


def test_what_is_known_not_to_work_is_planned_again_in_silence() -> None:
    refused = result(Status.REFUSED, plan=plan(entry("a", EntryStatus.ERROR)))
    blocked = shown(verdict.of_result(refused, subject(), SOURCE))
    assert verdict.progress(Step.PLANNING, None, subject(blocked), SOURCE) is None
    changed = dataclasses.replace(SOURCE, digest="d2")
    assert verdict.progress(Step.PLANNING, None, subject(blocked), changed) is not None
    assert verdict.progress(Step.PLANNING, None, subject(blocked, generation=2), SOURCE) is not None


def test_force_is_handled_by_a_success_and_not_by_a_failure() -> None:
    asked = subject(force="1")
    assert verdict.of_result(result(Status.SYNCED_BY_PEER), asked, SOURCE).state.handled == "1"
    assert verdict.of_result(result(Status.FAILED, diagnostics=(ERROR,)), asked, SOURCE).state.handled is None


def test_an_error_of_our_own_is_tried_again_and_shows_no_text() -> None:
    made = verdict.unexpected("KeyError", subject())
    assert (made.state.reason, made.state.transient, made.outcome) == ("InternalError", True, SOON)
