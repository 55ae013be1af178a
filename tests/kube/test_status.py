"""The table of phases, row by row, and what else a status shows."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemasync.kube.files import _merged
from schemasync.kube.status import (
    Check,
    Phase,
    SourceFacts,
    State,
    Sync,
    Waiting,
    check,
    condition,
    merge_patch,
    project,
)
from schemasync.plan import EntryStatus
from tests.kube.values import LATER, NOW, entry, plan

SYNC = Sync(result="synced", duration=1.5, hash="1a2b3c4d", statements=4)
UP_TO_DATE = dataclasses.replace(SYNC, result="up-to-date", statements=0)
CHECK = Check(ok=True, reason="Fine", message="it is")


def state(phase: Phase, reason: str = "Cause", **changes: Any) -> State:
    return State(phase=phase, reason=reason, message="what is going on", generation=2, **changes)


SYNCED = project(state(Phase.SYNCED, "Synced", sync=SYNC), {}, NOW)

ROWS = [
    (state(Phase.PENDING), ("Unknown", "True", "False"), ("False", "True", "False"), "Progressing"),
    (state(Phase.PLANNING), ("Unknown", "True", "False"), ("False", "True", "False"), "Progressing"),
    (state(Phase.SYNCING), ("Unknown", "True", "False"), ("False", "True", "False"), "Progressing"),
    (
        state(Phase.SYNCED, "Synced", sync=SYNC),
        ("True", "False", "False"),
        ("True", "False", "False"),
        "Synced",
    ),
    (state(Phase.PLANNED, "PlanOnly"), ("False", "False", "False"), ("False", "False", "False"), "PlanOnly"),
    (state(Phase.BLOCKED, "PlanError"), ("False", "False", "True"), ("False", "False", "True"), "PlanError"),
    (state(Phase.FAILED, transient=True), ("False", "True", "False"), ("False", "True", "False"), "Cause"),
    (state(Phase.FAILED), ("False", "False", "True"), ("False", "False", "True"), "Cause"),
    (
        state(Phase.SUSPENDED, "Suspended"),
        ("Unknown", "False", "False"),
        ("True", "False", "False"),
        "Suspended",
    ),
]


def names(row: object) -> str:
    return f"{row.phase}-{row.reason}-{row.transient}" if isinstance(row, State) else ""


@pytest.mark.parametrize(("shown", "never_synced", "synced_before", "reason"), ROWS, ids=names)
def test_each_phase_has_its_row(
    shown: State, never_synced: tuple[str, ...], synced_before: tuple[str, ...], reason: str
) -> None:
    for previous, expected in (({}, never_synced), (SYNCED, synced_before)):
        status = project(shown, previous, LATER)
        kinds = ("Ready", "Reconciling", "Stalled")
        assert tuple(condition(status, kind)["status"] for kind in kinds) == expected
        assert condition(status, "Stalled")["reason"] == reason
        assert status["phase"] == shown.phase
        assert status["observedGeneration"] == 2


def test_suspending_leaves_ready_as_it_is() -> None:
    status = project(state(Phase.SUSPENDED, "Suspended"), SYNCED, LATER)
    assert condition(status, "Ready") == condition(SYNCED, "Ready")


def test_a_transition_is_a_change_of_status_alone() -> None:
    failed = project(state(Phase.FAILED, "One"), SYNCED, LATER)
    assert condition(failed, "Ready")["lastTransitionTime"] == "2026-01-31T13:00:00Z"
    other = project(state(Phase.FAILED, "Other"), SYNCED | {"conditions": SYNCED["conditions"]}, NOW)
    again = project(state(Phase.FAILED, "Other"), other, LATER)
    assert condition(again, "Ready") == condition(other, "Ready")
    assert condition(again, "Stalled")["lastTransitionTime"] == "2026-01-31T12:00:00Z"


def test_what_ended_is_a_null_of_the_patch() -> None:
    waiting = state(Phase.PENDING, waiting=Waiting(holder="pod/1", since="2026-01-31T12:00:00Z"))
    before = project(waiting, SYNCED | {"result": "synced"}, NOW)
    assert before["lock"] == {"holder": "pod/1", "since": "2026-01-31T12:00:00Z"}
    assert "result" not in before
    after = project(state(Phase.SYNCED, "Synced", sync=SYNC), before, NOW)
    patch = merge_patch(before, after)
    assert patch["lock"] is None
    assert merge_patch(after, before)["result"] is None


def test_a_sync_is_remembered_ten_times() -> None:
    status = SYNCED
    for number in range(12):
        sync = dataclasses.replace(SYNC, hash=str(number))
        status = project(state(Phase.SYNCED, sync=sync), status, NOW)
    history = status["history"]
    assert isinstance(history, list)
    assert [each["hash"] for each in history] == [str(number) for number in range(11, 1, -1)]
    assert status["lastSync"] == history[0]
    assert history[0] == {
        "time": "2026-01-31T12:00:00Z",
        "result": "synced",
        "duration": "1.500s",
        "hash": "11",
        "statements": 4,
    }


def test_finding_nothing_to_do_changes_the_result_once_and_nothing_after_that() -> None:
    first = project(state(Phase.SYNCED, sync=UP_TO_DATE), SYNCED, LATER)
    assert first["lastSync"] == SYNCED["lastSync"]
    assert merge_patch(SYNCED, first)["result"] == "up-to-date"
    assert merge_patch(first, project(state(Phase.SYNCED, sync=UP_TO_DATE), first, LATER)) == {}


def test_a_database_that_was_found_in_sync_at_first_counts_as_synced() -> None:
    status = project(state(Phase.SYNCED, sync=UP_TO_DATE), {}, NOW)
    assert status["schemaHash"] == "1a2b3c4d"
    assert status["lastSync"] == {**status["history"][0]}  # type: ignore[index]


def test_what_was_read_is_shown() -> None:
    source = SourceFacts(config_maps={"a": "7"}, digest="abc")
    status = project(state(Phase.PLANNING, source=source), {}, NOW)
    assert status["source"] == {"configMaps": [{"name": "a", "resourceVersion": "7"}], "digest": "abc"}
    assert project(state(Phase.FAILED), status, NOW)["source"] == status["source"]


def test_a_plan_ends_unless_it_is_kept() -> None:
    made = project(state(Phase.PLANNED, plan=plan(entry("a")), planned=CHECK), {}, NOW)
    assert check(made, "Planned") == CHECK
    kept = project(state(Phase.SYNCED, keep_plan=True), made, NOW)
    assert (kept["plan"], check(kept, "Planned")) == (made["plan"], CHECK)
    ended = project(state(Phase.FAILED), made, NOW)
    assert "plan" not in ended
    assert check(ended, "Planned") is None


def test_other_steps_stay_as_they_were_until_they_are_taken_again() -> None:
    made = project(state(Phase.FAILED, compiled=CHECK), {}, NOW)
    assert check(project(state(Phase.FAILED), made, LATER), "Compiled") == CHECK
    broken = dataclasses.replace(CHECK, ok=False)
    assert check(project(state(Phase.FAILED, compiled=broken), made, LATER), "Compiled") == broken


def test_a_long_message_is_cut_to_what_the_resource_takes() -> None:
    long = dataclasses.replace(state(Phase.FAILED), message="x" * 5000)
    message = condition(project(long, {}, NOW), "Ready")["message"]
    assert isinstance(message, str)
    assert (len(message), message[-1]) == (4096, "…")


def test_the_handled_force_is_remembered() -> None:
    handled = project(state(Phase.SYNCED, handled="again"), {}, NOW)
    assert handled["lastHandledForce"] == "again"
    assert project(state(Phase.FAILED), handled, NOW)["lastHandledForce"] == "again"


json_values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=2), json_values, max_size=4)


@given(objects, objects)
def test_a_merge_patch_leads_from_one_value_to_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert _merged(old, merge_patch(old, new)) == new


def test_the_summary_of_a_plan_has_a_mark_for_each_kind() -> None:
    made = plan(
        entry("a"),
        entry("b", EntryStatus.ALTER),
        entry("c", EntryStatus.IN_SYNC),
        entry("d", EntryStatus.ERROR, errors=("no",)),
    )
    status: Any = project(state(Phase.BLOCKED, plan=made), {}, NOW)["plan"]
    assert status["changes"] == "+1 ~1 !1"
    assert status["summary"] == {"create": 1, "alter": 1, "drop": 0, "inSync": 1, "error": 1, "skipped": 0}
    assert status["statements"] == ["CREATE TABLE a ()", "CREATE TABLE b ()"]
    assert status["entries"][3]["errors"] == ["no"]
    assert status["entries"][0]["hazards"] == [
        {"kind": "BlocksWrites", "message": "blocks writes", "rows": 3}
    ]
