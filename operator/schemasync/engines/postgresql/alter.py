"""All changes of one table that exists, in as few ALTER TABLE commands as PostgreSQL allows.

One command for what needs no rows to be filled first, since it may write the table anew and
should do so once; then the filling; then what the filled rows must fulfil.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schemasync.catalog import Column, Definition, Identity, Literal, Name
from schemasync.changes import AddColumn, AlterColumn, AlterPrimaryKey, Change, DropColumn, DropIndex
from schemasync.engines.postgresql import counters, ddl, probes
from schemasync.engines.postgresql.casts import Cast, cast
from schemasync.engines.postgresql.features import NOCASE
from schemasync.plan import HazardKind, Probe, Stage, Statement

QUOTER = ddl.QUOTER
# Types and collations to which case does not count.
NOCASE_TYPES = frozenset({"citext", NOCASE})


@dataclass(slots=True)
class _Alteration:
    """What is gathered for one table: clauses of the commands, and what runs between them.

    `before` is what the server would do too late: in one command it changes types before it
    takes a counter away.
    """

    relation: Name
    before: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    second: list[str] = field(default_factory=list)
    fills: list[Statement] = field(default_factory=list)
    counters: list[Statement] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    destructive: bool = False

    def statements(self) -> Iterator[Statement]:
        """Yield the commands; the first one carries what is to be said of all of them."""
        table = f"ALTER TABLE {QUOTER.full(self.relation)}"
        steps = ((Stage.LOOSEN, self.before), (Stage.ALTER, self.first), (Stage.TIGHTEN, self.second))
        commands = [(stage, f"{table} {', '.join(clauses)}") for stage, clauses in steps if clauses]
        for number, (stage, command) in enumerate(commands):
            heading = number == 0
            yield Statement(
                relation=self.relation,
                command=command,
                detail="; ".join(self.details) if heading and self.details else None,
                stage=stage,
                destructive=heading and self.destructive,
                probes=tuple(self.probes) if heading else (),
            )
        yield from self.fills
        yield from self.counters


def alter_table(changes: Sequence[Change]) -> Iterator[Statement]:
    """Return the statements of all column and primary key changes of one table."""
    made: _Alteration | None = None
    casts = casts_of(changes)
    for change in changes:
        if isinstance(change, AddColumn | AlterColumn | DropColumn | AlterPrimaryKey):
            made = made or _Alteration(change.relation)
            match change:
                case AddColumn():
                    _add(made, change)
                case AlterColumn():
                    _alter(made, change)
                case DropColumn():
                    _drop(made, change)
                case AlterPrimaryKey():
                    yield from _primary_key(made, change, casts)
    if made is not None:
        made.probes.extend(_collisions(changes, casts))
        yield from made.statements()


def casts_of(changes: Sequence[Change]) -> probes.Casts:
    """Return what becomes of the columns whose types change so that values may become equal."""
    found = {}
    for change in changes:
        if isinstance(change, AlterColumn):
            how = cast(change.before.type, change.after.type)
            if how.lossy:
                found[change.before.name] = how.using or f"{{}}::{change.after.type}"
            elif NOCASE_TYPES & {change.after.type, change.after.collation} - {change.before.type}:
                found[change.before.name] = "lower({}::text)"
    return found


def values_of(changes: Sequence[Change]) -> probes.Casts:
    """Return what rows will hold in columns that are added, or change their type, where that is known."""
    found = {}
    for change in changes:
        if isinstance(change, AlterColumn) and change.before.type != change.after.type:
            how = cast(change.before.type, change.after.type)
            found[change.after.name] = how.using or f"{{}}::{change.after.type}"
        elif isinstance(change, AddColumn):
            value = _filled_with(change.column)
            if value is not None:
                found[change.column.name] = value
    return found


def _filled_with(column: Column) -> str | None:
    """Return the constant that rows get in a column that is added, if they get one."""
    if isinstance(column.default, Literal) or ddl.is_constant(column.default):
        return f"{ddl.default(column.default, column.type)}::{column.type}"
    if column.default is None and not column.nullable:
        value = ddl.zero(column.type)
        return None if value is None else f"{value}::{column.type}"
    return None


def _collisions(changes: Sequence[Change], casts: probes.Casts) -> Iterator[Probe]:
    """Ask for rows that a change of type makes equal in a key or unique index that stays."""
    table = next((each.table for each in changes if isinstance(each, AlterColumn)), None)
    if table is None or not casts:
        return
    going = {each.index.name for each in changes if isinstance(each, DropIndex)}
    keys = [
        (index.name, [key.column or "" for key in index.keys])
        for index in table.indexes
        if index.unique and index.name not in going
    ]
    if table.primary_key and not any(isinstance(each, AlterPrimaryKey) for each in changes):
        keys.append((table.primary_key.name, list(table.primary_key.columns)))
    for name, columns in keys:
        if any(column in casts for column in columns):
            message = f"rows become equal in ({', '.join(columns)}), which {name} forbids"
            yield from probes.unique(table, columns, (), message, casts)


def _add(made: _Alteration, change: AddColumn) -> None:
    """Add a column; rows that are there get its default, or the zero value where it must have one."""
    column = change.column
    made.details.append(f"add column {column.name} {column.type}")
    made.probes.extend(probes.possible(column))
    fill = None if column.nullable or column.default is not None else ddl.zero(column.type)
    made.first.append(f"ADD COLUMN {ddl.column(column, fill=fill)}")
    if fill is not None:
        made.second.append(f"ALTER COLUMN {QUOTER.name(column.name)} DROP DEFAULT")
        message = f"column {column.name} is required and has no default: rows that are there get {fill}"
        made.probes.append(probes.rows(change.table, message, HazardKind.BACKFILLS))
    elif not column.nullable and column.default is None:
        message = f"column {column.name} is required, and {column.type} has no zero value to give to rows"
        made.probes.append(probes.rows(change.table, message))
    if probes.differs_from_row_to_row(column):
        message = f"column {column.name} has another value in each row: the table is written anew"
        made.probes.append(probes.rows(change.table, message, HazardKind.REWRITES_TABLE))


def _drop(made: _Alteration, change: DropColumn) -> None:
    name = change.column.name
    made.first.append(f"DROP COLUMN {QUOTER.name(name)}")
    made.details.append(f"drop column {name}")
    made.destructive = True
    message = f"the values of column {name} are lost"
    made.probes.append(probes.filled(change.table, change.column, message, HazardKind.DELETES_DATA))


def _alter(made: _Alteration, change: AlterColumn) -> None:
    before, after = change.before, change.after
    name = f"ALTER COLUMN {QUOTER.name(after.name)}"
    retyped = _type(made, change)
    default_changes = before.default != after.default
    made.probes.extend(probes.possible(after))
    if isinstance(before.default, Identity):
        if default_changes and not isinstance(after.default, Identity):
            (made.before if retyped else made.first).append(f"{name} DROP IDENTITY")
    elif before.default is not None and (default_changes or retyped):
        # The server would convert the old default, and might not know how.
        made.first.append(f"{name} DROP DEFAULT")
    if before.nullable and not after.nullable:
        _require(made, change)
    elif not before.nullable and after.nullable:
        made.first.append(f"{name} DROP NOT NULL")
        made.details.append(f"column {after.name}: no longer required")
    if default_changes or (retyped and not isinstance(after.default, Identity)):
        _set_default(made, change)
    if default_changes:
        made.details.append(f"column {after.name}: {_default_words(after)}")


def _default_words(column: Column) -> str:
    if column.default is None:
        return "no default any more"
    if isinstance(column.default, Identity):
        return f"counts from {column.default.start}"
    return f"default {ddl.default(column.default, column.type)}"


def _set_default(made: _Alteration, change: AlterColumn) -> None:
    after = change.after
    name = f"ALTER COLUMN {QUOTER.name(after.name)}"
    if isinstance(after.default, Literal | Definition):
        made.first.append(f"{name} SET DEFAULT {ddl.default(after.default, after.type)}")
    elif isinstance(after.default, Identity):
        # A counter that is there stays, with the rights in it.
        keeps = isinstance(change.before.default, Identity)
        start = f"SET START WITH {after.default.start}"
        made.second.append(f"{name} {start if keeps else f'ADD {ddl.identity(after.default)}'}")
        made.counters.extend(counters.go_on(change, after.default.start))


def _type(made: _Alteration, change: AlterColumn) -> bool:
    """Change type and collation; return whether there was anything to change."""
    before, after = change.before, change.after
    if (before.type, before.collation) == (after.type, after.collation):
        return False
    how = cast(before.type, after.type)
    using = f" USING {how.using.format(QUOTER.name(after.name))}" if how.using else ""
    made.first.append(f"ALTER COLUMN {QUOTER.name(after.name)} TYPE {_new_type(before, after)}{using}")
    made.details.append(f"column {after.name}: {ddl.column_type(before)} becomes {ddl.column_type(after)}")
    _type_hazards(made, change, how)
    return True


def _new_type(before: Column, after: Column) -> str:
    if after.collation is None and before.collation is not None and ddl.is_text(after.type):
        return f'{after.type} COLLATE "default"'
    return ddl.column_type(after)


def _type_hazards(made: _Alteration, change: AlterColumn, how: Cast) -> None:
    name = change.after.name
    if how.lossy:
        made.destructive = True
        message = f"values of column {name} may lose something on the way to {change.after.type}"
        made.probes.append(probes.filled(change.table, change.before, message, HazardKind.CHANGES_DATA))
    if how.rewrites:
        message = f"column {name} changes its type: the table is written anew"
        made.probes.append(probes.rows(change.table, message, HazardKind.REWRITES_TABLE))
    problem = f"column {name} has values that are none of type {change.after.type}"
    if how.misfit is not None:
        made.probes.append(probes.misfits(change.table, change.before, how.misfit, problem))
    elif how.may_fail and how.using is not None:
        made.probes.append(probes.attempt(change.table, change.before, how.using, problem))


def _require(made: _Alteration, change: AlterColumn) -> None:
    """Make a column required: rows without a value get the default that the schema declares, if it does."""
    after = change.after
    name = QUOTER.name(after.name)
    made.details.append(f"column {after.name}: required")
    if isinstance(after.default, Literal | Definition):
        value = ddl.default(after.default, after.type)
        message = f"rows without {after.name} get its default"
        made.fills.append(
            Statement(
                relation=change.relation,
                command=f"UPDATE {QUOTER.full(change.relation)} SET {name} = {value} WHERE {name} IS NULL",
                detail=None,
                stage=Stage.FILL,
                probes=(probes.empty(change.table, change.before, message, HazardKind.BACKFILLS),),
            )
        )
    else:
        problem = f"column {after.name} becomes required, and rows have no value in it"
        made.probes.append(probes.empty(change.table, change.before, problem))
    made.second.append(f"ALTER COLUMN {name} SET NOT NULL")


def _primary_key(made: _Alteration, change: AlterPrimaryKey, casts: probes.Casts) -> Iterator[Statement]:
    """Take the old primary key down early, since foreign keys stand on it, and put the new one up late."""
    words = [", ".join(key.columns) if key else "none" for key in (change.before, change.after)]
    made.details.append(f"primary key ({words[0]}) becomes ({words[1]})")
    if change.before is not None:
        yield Statement(
            relation=change.relation,
            command=f"ALTER TABLE {QUOTER.full(change.table.now)} "
            f"DROP CONSTRAINT {QUOTER.name(change.before.name)}",
            detail=None if change.after else f"drop primary key ({words[0]})",
            stage=Stage.DROP_INDEXES,
        )
    if change.after is not None:
        key = change.after
        made.second.append(
            f"ADD CONSTRAINT {QUOTER.name(key.name)} PRIMARY KEY ({QUOTER.names(key.columns)})"
        )
        made.probes.extend(_key_probes(change, casts))


def _key_probes(change: AlterPrimaryKey, casts: probes.Casts) -> Iterator[Probe]:
    """Ask whether rows are equal in a new key, or have no value in it."""
    columns = change.after.columns if change.after else ()
    message = f"rows are equal in the new primary key ({', '.join(columns)})"
    yield from probes.unique(change.table, columns, change.added, message, casts)
