"""A plan is cut by whole entries to what an object may hold, those in sync first."""

import json
from typing import Any

from schemasync.kube.planstatus import changes, plan_status
from schemasync.plan import EntryStatus, Stage, Statement
from tests.kube.values import entry, plan


def test_a_small_plan_is_whole() -> None:
    made = plan(entry("a"), entry("b", EntryStatus.IN_SYNC))
    status: Any = plan_status(made)
    assert [each["name"] for each in status["entries"]] == ["a", "b"]
    assert "omitted" not in status


def test_errors_stay_and_what_is_in_sync_goes_first() -> None:
    made = plan(
        *(entry(f"same{number}", EntryStatus.IN_SYNC) for number in range(50)),
        entry("new"),
        entry("broken", EntryStatus.ERROR, errors=("cannot be done",)),
    )
    status: Any = plan_status(made, budget=700)
    names = [each["name"] for each in status["entries"]]
    assert {"broken", "new"} <= set(names)
    assert status["omitted"] == 52 - len(names)
    assert status["summary"]["inSync"] == 50
    assert len(json.dumps(status["entries"])) < 900


def test_an_entry_goes_with_its_statements() -> None:
    status: Any = plan_status(plan(entry("a"), entry("b" * 900)), budget=500)
    assert (len(status["entries"]), status["statements"]) == (1, ["CREATE TABLE a ()"])
    assert status["omitted"] == 1


def test_a_statement_that_no_object_can_hold_leaves_its_entry_out() -> None:
    small = entry("a")
    huge = Statement(relation=small.relation, command="x" * 40_000, detail="huge", stage=Stage.CREATE)
    status: Any = plan_status(plan(entry("b"), entry("a", statements=(huge,))))
    assert [each["name"] for each in status["entries"]] == ["b"]


def test_a_thousand_tables_fit_into_an_object() -> None:
    status = plan_status(plan(*(entry(f"table_{number}") for number in range(3000))))
    assert len(json.dumps(status)) < 1_000_000
    assert len(status["entries"]) <= 1000  # type: ignore[arg-type]


def test_a_plan_without_changes_says_how_much_is_in_sync() -> None:
    assert changes(plan(entry("a", EntryStatus.IN_SYNC))) == "=1"
    assert changes(plan()) == "=0"
