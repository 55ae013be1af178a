import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemasync.catalog import Catalog, Column, Name, Table
from schemasync.plan import Entry, EntryStatus, Kind, Stage, Statement, make_plan, order, plan_id

USERS = Name("public", "users")
ORDERS = Name("public", "orders")


def statement(
    command: str,
    *,
    provides: str = "",
    requires: str = "",
    relation: Name = USERS,
    stage: Stage = Stage.CREATE,
) -> Statement:
    return Statement(
        relation=relation,
        command=command,
        detail=command,
        stage=stage,
        provides=frozenset(("thing", each) for each in provides),
        requires=frozenset(("thing", each) for each in requires),
    )


def commands(statements: tuple[Statement, ...]) -> list[str]:
    return [each.command for each in statements]


def test_a_statement_runs_after_what_it_requires() -> None:
    ordered = order([statement("needs a", requires="a"), statement("makes a", provides="a")])
    assert commands(ordered) == ["makes a", "needs a"]


def test_statements_that_need_nothing_keep_their_order() -> None:
    assert commands(order([statement("2"), statement("1"), statement("3")])) == ["2", "1", "3"]


def test_a_statement_runs_as_soon_as_its_turn_comes() -> None:
    given_order = [
        statement("t1", provides="1"),
        statement("i1", requires="1"),
        statement("t2", provides="2"),
    ]
    assert commands(order(given_order)) == ["t1", "i1", "t2"]


def test_an_earlier_stage_runs_before_a_later_one() -> None:
    late, early = statement("late", stage=Stage.CREATE_KEYS), statement("early", stage=Stage.DROP_KEYS)
    assert commands(order([late, early])) == ["early", "late"]


def test_the_statements_of_an_entry_with_an_error_do_not_run() -> None:
    wrong = entry(EntryStatus.ERROR, statement("x"))
    assert make_plan([wrong], Catalog.of([])).statements == ()


def test_what_nobody_provides_is_taken_to_be_there() -> None:
    assert commands(order([statement("uses old table", requires="x")])) == ["uses old table"]


def test_statements_that_need_each_other_are_an_error() -> None:
    with pytest.raises(ValueError, match="need each other"):
        order([statement("1", provides="a", requires="b"), statement("2", provides="b", requires="a")])


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=12))
def test_any_order_without_a_cycle_respects_every_requirement(edges: list[tuple[str, str]]) -> None:
    acyclic = [(low, high) for low, high in edges if low < high]
    given_order = [
        statement(each, provides=each, requires="".join(low for low, high in acyclic if high == each))
        for each in "edcba"
    ]
    place = {each.command: index for index, each in enumerate(order(given_order))}
    assert all(place[low] < place[high] for low, high in acyclic)


def table(*columns: str) -> Table:
    return Table(name=USERS, columns=tuple(Column(name=each, type="text", nullable=True) for each in columns))


def test_the_id_of_a_plan_is_64_hex_digits() -> None:
    made = plan_id([statement("x")], Catalog.of([]))
    assert len(made) == 64
    assert int(made, 16) >= 0


def test_the_id_changes_with_the_statements() -> None:
    empty = Catalog.of([])
    ids = {plan_id(each, empty) for each in ([], [statement("a")], [statement("b")], [statement("a")] * 2)}
    assert len(ids) == 4


def test_the_id_changes_when_a_touched_relation_does() -> None:
    before, after = Catalog.of([table("a")]), Catalog.of([table("a", "b")])
    assert plan_id([statement("x")], before) != plan_id([statement("x")], after)


def test_the_id_holds_when_another_relation_changes() -> None:
    before, after = Catalog.of([table("a")]), Catalog.of([table("a", "b")])
    touched = [statement("x", relation=ORDERS)]
    assert plan_id(touched, before) == plan_id(touched, after)


def test_the_short_id_is_the_first_twelve_digits() -> None:
    made = make_plan([], Catalog.of([]))
    assert made.short_id == made.id[:12]


def entry(status: EntryStatus, *statements: Statement, destructive: bool = False) -> Entry:
    return Entry(
        name="users",
        relation=USERS,
        kind=Kind.TABLE,
        status=status,
        statements=statements,
        destructive=destructive,
    )


def test_a_plan_counts_its_entries_by_status() -> None:
    made = make_plan([entry(EntryStatus.CREATE), entry(EntryStatus.IN_SYNC)], Catalog.of([]))
    assert made.summary == {"create": 1, "alter": 0, "drop": 0, "inSync": 1, "error": 0, "skipped": 0}


def test_a_plan_in_which_everything_is_in_sync_is_empty() -> None:
    assert make_plan([entry(EntryStatus.IN_SYNC)], Catalog.of([])).empty
    assert not make_plan([entry(EntryStatus.ALTER)], Catalog.of([])).empty


def test_a_plan_is_destructive_when_one_entry_is() -> None:
    made = make_plan([entry(EntryStatus.IN_SYNC), entry(EntryStatus.DROP, destructive=True)], Catalog.of([]))
    assert made.destructive
