import pytest

from schemasync.batches import Surroundings, TooManyLocks, batches
from schemasync.catalog import Catalog, Column, ForeignKey, Name, Table
from schemasync.engines.base import Target
from schemasync.plan import Entry, EntryStatus, Kind, Plan, Stage, Statement, make_plan
from schemasync.sync import Request, Source, Status, plan, sync
from testbed.postgres import PostgresServer

ID = Column(name="id", type="integer", nullable=False)


def name(text: str) -> Name:
    return Name("public", text)


def table(text: str, *targets: str) -> Table:
    keys = tuple(
        ForeignKey(columns=("id",), target=name(each), target_columns=("id",), name=f"{text}_{each}")
        for each in targets
    )
    return Table(name=name(text), columns=(ID,), foreign_keys=keys)


def entry(
    text: str,
    status: EntryStatus = EntryStatus.CREATE,
    stages: tuple[Stage, ...] = (Stage.CREATE, Stage.CREATE_KEYS),
) -> Entry:
    statements = tuple(
        Statement(relation=name(text), command=f"{stage.name} {text}", detail=None, stage=stage)
        for stage in stages
    )
    return Entry(name=text, relation=name(text), kind=Kind.TABLE, status=status, statements=statements)


def planned(*entries: Entry) -> Plan:
    return make_plan(entries, Catalog.of([]))


def split(made: Plan, *tables: Table, capacity: int) -> list[list[str]]:
    wanted = Catalog.of(tables).relations
    found = batches(made, Surroundings(wanted), lambda _statement: 1, capacity)
    return [[each.command for each in batch.statements] for batch in found]


def test_a_plan_that_fits_is_one_transaction() -> None:
    made = planned(entry("a"), entry("b"))
    assert len(split(made, table("a"), table("b"), capacity=4)) == 1


def test_a_plan_that_does_not_fit_is_divided_by_relations() -> None:
    made = planned(entry("a"), entry("b"))
    assert split(made, table("a"), table("b"), capacity=2) == [
        ["CREATE a", "CREATE_KEYS a"],
        ["CREATE b", "CREATE_KEYS b"],
    ]


def test_what_is_referred_to_comes_first() -> None:
    made = planned(entry("a"), entry("b"))
    found = split(made, table("a", "b"), table("b"), capacity=2)
    assert [each[0] for each in found] == ["CREATE b", "CREATE a"]


def test_tables_that_refer_to_each_other_stay_together() -> None:
    made = planned(entry("a"), entry("b"), entry("c"), entry("d"))
    tables = (table("a", "b"), table("b", "c"), table("c", "a"), table("d", "a"))
    found = split(made, *tables, capacity=2)
    assert [len(each) for each in found] == [6, 2]


def test_a_change_that_alone_does_not_fit_is_refused() -> None:
    made = planned(entry("a"), entry("b", EntryStatus.ALTER))
    with pytest.raises(TooManyLocks, match="about 2 locks"):
        split(made, table("a"), table("b"), capacity=1)


def test_what_is_taken_down_and_put_up_again_stays_with_what_it_makes_way_for() -> None:
    stages = (Stage.DROP_KEYS, Stage.CREATE_KEYS)
    made = planned(
        entry("a", EntryStatus.ALTER, stages), entry("b", EntryStatus.ALTER, (Stage.ALTER,)), entry("c")
    )
    found = split(made, table("a", "b"), table("b"), table("c"), capacity=3)
    assert sorted(map(sorted, found)) == [
        ["ALTER b", "CREATE_KEYS a", "DROP_KEYS a"],
        ["CREATE c", "CREATE_KEYS c"],
    ]


def test_what_only_goes_is_gone_before_what_it_refers_to() -> None:
    made = planned(
        entry("b", EntryStatus.DROP, (Stage.DROP_TABLES,)), entry("a", EntryStatus.DROP, (Stage.DROP_TABLES,))
    )
    about = Surroundings({}, Catalog.of([table("a", "b"), table("b")]))
    found = batches(made, about, lambda _statement: 1, 1)
    assert [each.statements[0].command for each in found] == ["DROP_TABLES a", "DROP_TABLES b"]


def test_what_takes_a_name_stays_with_what_gives_it_up() -> None:
    stages = (Stage.RENAME,)
    made = planned(entry("a", EntryStatus.ALTER, stages), entry("b"))
    about = Surroundings(
        {name(each): table(each) for each in "ab"}, Catalog.of([table("b")]), {name("a"): name("b")}
    )
    assert len(batches(made, about, lambda _statement: 1, 3)) == 1
    with pytest.raises(TooManyLocks):
        batches(made, about, lambda _statement: 1, 2)


def test_a_server_with_little_room_for_locks_gets_all_tables_in_several_transactions() -> None:
    files = {
        f"t{number}.as": (f"import {{ T{number - 1} }} from './t{number - 1}'\n" if number else "")
        + f"@db.table 't{number}'\nexport interface T{number} {{\n  @meta.id\n  id: number.int\n"
        + (f"  @db.rel.FK\n  before?: T{number - 1}.id\n" if number else "")
        + "}\n"
        for number in range(300)
    }
    with PostgresServer() as server:
        with server.connect() as connection:
            connection.execute("ALTER SYSTEM SET max_locks_per_transaction = 10")
        server.restart()
        request = Request(source=Source(files), target=Target(url=server.url(server.create_database())))
        told = plan(request).plan
        assert told is not None
        warnings = [warning for each in told.entries for warning in each.warnings]
        assert len(warnings) == 1
        assert "transactions" in warnings[0]
        assert "max_locks_per_transaction" in warnings[0]
        assert sync(request).status is Status.SYNCED
        assert sync(request).status is Status.UP_TO_DATE
