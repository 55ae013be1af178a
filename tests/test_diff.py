from collections.abc import Sequence

from schemasync.catalog import Catalog, Column, ForeignKey, Index, IndexKey, Name, PrimaryKey, Table, View
from schemasync.changes import (
    AddColumn,
    AddForeignKey,
    AlterColumn,
    AlterPrimaryKey,
    Change,
    Conflict,
    CreateIndex,
    CreateSchema,
    CreateTable,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropTable,
    RenameConstraint,
    RenameIndex,
)
from schemasync.diff import diff
from schemasync.questions import Questions

USERS = Name("public", "users")
ID = Column(name="id", type="integer", nullable=False)
EMAIL = Column(name="email", type="text", nullable=True)
KEY = PrimaryKey(columns=("id",), name="users_pkey")
BY_EMAIL = Index(name="atscript__plain__email", keys=(IndexKey(column="email"),))
PARENT = ForeignKey(columns=("parent",), target=USERS, target_columns=("id",), name="users_parent_fkey")


def users(
    *columns: Column,
    key: PrimaryKey | None = KEY,
    indexes: tuple[Index, ...] = (),
    keys: tuple[ForeignKey, ...] = (),
) -> Table:
    return Table(name=USERS, columns=columns or (ID,), primary_key=key, indexes=indexes, foreign_keys=keys)


def changes(
    wanted: Sequence[Table],
    actual: Sequence[Table | View],
    *,
    gone: Sequence[Name] = (),
    ours: bool = True,
    schemas: Sequence[str] = ("public",),
) -> list[Change]:
    ask = Questions(
        same=lambda one, other: one == other,
        keeps_dependants=lambda one, other: one.type == other.type,
        made=lambda _relation: False,
        managed_index=lambda index: index.name.startswith("atscript__"),
        managed_key=lambda _table, _key: ours,
        left_out=lambda _change: False,
        replaceable=lambda _wanted, _actual: False,
    )
    found = diff(Catalog.of(wanted), Catalog.of(actual, schemas), gone, ask)
    return [change for each in found.values() for change in each]


def kinds(found: Sequence[Change]) -> list[type[Change]]:
    return [type(change) for change in found]


def test_equal_catalogs_need_no_change() -> None:
    table = users(ID, EMAIL, indexes=(BY_EMAIL,), keys=(PARENT,))
    assert changes([table], [table]) == []


def test_a_missing_table_is_made_with_its_indexes_and_keys() -> None:
    found = changes([users(ID, indexes=(BY_EMAIL,), keys=(PARENT,))], [])
    assert kinds(found) == [CreateTable, CreateIndex, AddForeignKey]


def test_a_missing_schema_is_made_once() -> None:
    other = Table(name=Name("crm", "a"), columns=(ID,))
    another = Table(name=Name("crm", "b"), columns=(ID,))
    assert kinds(changes([other, another], [])) == [CreateSchema, CreateTable, CreateTable]


def test_a_missing_column_is_added() -> None:
    there = users(ID)
    assert changes([users(ID, EMAIL)], [there]) == [AddColumn(relation=USERS, table=there, column=EMAIL)]


def test_a_column_that_is_not_wanted_is_dropped() -> None:
    there = users(ID, EMAIL)
    assert changes([users(ID)], [there]) == [DropColumn(relation=USERS, table=there, column=EMAIL)]


def test_a_column_of_another_type_is_altered() -> None:
    after = Column(name="email", type="integer", nullable=True)
    there = users(ID, EMAIL)
    found = changes([users(ID, after)], [there])
    assert found == [AlterColumn(relation=USERS, table=there, before=EMAIL, after=after)]


def test_the_order_of_columns_plays_no_part() -> None:
    assert changes([users(ID, EMAIL)], [users(EMAIL, ID)]) == []


def test_another_primary_key_is_a_change() -> None:
    assert kinds(changes([users(ID)], [users(ID, key=None)])) == [AlterPrimaryKey]


def test_the_name_of_a_primary_key_plays_no_part() -> None:
    assert changes([users(ID)], [users(ID, key=PrimaryKey(columns=("id",), name="other"))]) == []


def test_an_index_of_ours_that_is_not_wanted_is_dropped() -> None:
    assert kinds(changes([users(ID)], [users(ID, indexes=(BY_EMAIL,))])) == [DropIndex]


def test_an_index_of_somebody_else_is_left_alone() -> None:
    theirs = Index(name="by_hand", keys=(IndexKey(column="id"),))
    assert changes([users(ID)], [users(ID, indexes=(theirs,))]) == []


def test_an_index_over_other_fields_is_replaced() -> None:
    changed = Index(name=BY_EMAIL.name, keys=(IndexKey(column="email", descending=True),))
    found = changes([users(ID, indexes=(changed,))], [users(ID, indexes=(BY_EMAIL,))])
    assert kinds(found) == [CreateIndex, DropIndex]


def test_an_invalid_index_is_replaced() -> None:
    broken = Index(name=BY_EMAIL.name, keys=BY_EMAIL.keys, valid=False)
    found = changes([users(ID, indexes=(BY_EMAIL,))], [users(ID, indexes=(broken,))])
    assert kinds(found) == [CreateIndex, DropIndex]


def test_the_name_of_a_foreign_key_plays_no_part() -> None:
    named = ForeignKey(columns=PARENT.columns, target=USERS, target_columns=("id",), name="theirs")
    assert changes([users(ID, keys=(PARENT,))], [users(ID, keys=(named,))], ours=False) == []


def test_a_foreign_key_of_ours_gets_the_name_that_it_would_have_now() -> None:
    named = ForeignKey(columns=PARENT.columns, target=USERS, target_columns=("id",), name="old_parent_fkey")
    found = changes([users(ID, keys=(PARENT,))], [users(ID, keys=(named,))])
    assert found == [RenameConstraint(relation=USERS, before="old_parent_fkey", after="users_parent_fkey")]


def test_an_index_that_differs_in_its_name_only_is_renamed() -> None:
    named = Index(name="atscript__plain__mail", keys=BY_EMAIL.keys)
    found = changes([users(ID, indexes=(BY_EMAIL,))], [users(ID, indexes=(named,))])
    assert found == [RenameIndex(relation=USERS, before=named.name, after=BY_EMAIL.name)]


def test_a_foreign_key_steps_aside_while_its_column_changes_the_type() -> None:
    before = Column(name="parent", type="integer", nullable=True)
    after = Column(name="parent", type="bigint", nullable=True)
    found = changes([users(ID, after, keys=(PARENT,))], [users(ID, before, keys=(PARENT,))])
    assert kinds(found) == [AlterColumn, DropForeignKey, AddForeignKey]


def test_a_foreign_key_steps_aside_while_the_primary_key_beneath_it_changes() -> None:
    other = PrimaryKey(columns=("id", "email"), name="users_pkey")
    found = changes([users(ID, EMAIL, key=other, keys=(PARENT,))], [users(ID, EMAIL, keys=(PARENT,))])
    assert kinds(found) == [AlterPrimaryKey, DropForeignKey, AddForeignKey]


def test_a_foreign_key_with_another_action_is_dropped_and_made() -> None:
    changed = ForeignKey(
        columns=("parent",), target=USERS, target_columns=("id",), on_delete="CASCADE", name=PARENT.name
    )
    found = changes([users(ID, keys=(changed,))], [users(ID, keys=(PARENT,))])
    assert kinds(found) == [AddForeignKey, DropForeignKey]


def test_a_foreign_key_of_somebody_else_is_left_alone() -> None:
    assert changes([users(ID)], [users(ID, keys=(PARENT,))], ours=False) == []


def test_a_view_where_a_table_shall_be_is_a_conflict() -> None:
    view = View(name=USERS, kind="view")
    assert kinds(changes([users(ID)], [view])) == [Conflict]


def test_a_table_that_the_schema_no_longer_has_is_dropped() -> None:
    assert changes([], [users(ID)], gone=[USERS]) == [DropTable(relation=USERS, table=users(ID))]


def test_a_table_that_is_gone_already_needs_no_drop() -> None:
    assert changes([], [], gone=[USERS]) == []


def test_a_table_that_no_sync_made_is_left_alone() -> None:
    assert changes([], [users(ID)]) == []
