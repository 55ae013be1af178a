"""Pairs of random schemas: a first version and a changed second one, always the same for a seed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schemasync import compile_schema
from tests.corpus.model import KINDS, TEXTS, Column, Field, Index, Schema, Table, View

# What is called what: names that need quoting, and longer ones than a server keeps.
_NAMES = (
    "order", "user", "select", "a10", "A2", "Mixed", "mixed", "with space", 'qu"ote', "50%", "dot.ted",
    "Ünïcødé", "日本語", "emoji😀", "snake_case", "_lead", "x" * 64, "é" * 40, "end", "z$", "kebab-case",
)  # fmt: skip
_PROPS = (
    "name",
    "code",
    "qty",
    "price",
    "note",
    "state",
    "user",
    "order",
    "URL",
    "x10",
    "Beta",
    "lastName",
    "zip",
)
_ACTIONS = ("cascade", "restrict", "noAction", "setNull")
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """Two valid versions of one schema; `discarded` counts what was no valid pair on the way."""

    name: str
    v1: dict[str, str]
    v2: dict[str, str]
    discarded: int = 0


def pair(seed: int) -> Pair:
    """Return the pair of a seed."""
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{seed}/{attempt}")  # noqa: S311 - to be the same again
        before = Maker(rng).schema()
        after = copy.deepcopy(before)
        Changer(rng, after).change()
        files = before.files(), after.files()
        if all(compile_schema(each).schema is not None for each in files):
            return Pair(f"seed {seed}", *files, discarded=attempt)
    raise ValueError(f"seed {seed} gives no valid pair")


class Maker:
    """Makes things at random, with names that nothing else has."""

    def __init__(self, rng: random.Random, taken: int = 0) -> None:
        self.rng = rng
        self._count = taken

    def number(self) -> int:
        """Return a number that nothing else has in its name."""
        self._count += 1
        return self._count

    def name(self) -> str:
        """Return a name for the database."""
        plain = self.rng.random() < 0.6
        return f"n{self.number()}" if plain else f"{self.number()}{self.rng.choice(_NAMES)}"

    def chance(self, likely: float) -> bool:
        return self.rng.random() < likely

    def schema(self) -> Schema:
        made = Schema(split=self.chance(0.3))
        for _ in range(self.rng.randint(1, 5)):
            self.table(made)
        for _ in range(self.rng.randint(0, 3)):
            self.view(made)
        return made

    def table(self, schema: Schema) -> Table:
        made = Table(f"T{self.number()}", self.name(), [])
        made.schema = "crm" if self.chance(0.1) else None
        made.method = self.rng.choice(("drop", "recreate")) if self.chance(0.1) else None
        made.fields += self._key()
        schema.tables.append(made)
        for _ in range(self.rng.randint(1, 7)):
            made.fields.append(self.field())
        for _ in range(self.rng.randint(0, 3)):
            self.index(made)
        for _ in range(self.rng.randint(0, 2)):
            self.reference(schema, made)
        return made

    def _key(self) -> list[Field]:
        kinds = ("number.int", "string", "number", "number.int.int64", "string.uuid")
        made = Field(f"id{self.number()}", self.rng.choice(kinds), key=True)
        if made.kind.startswith("number.int") and self.chance(0.5):
            made.function = self.rng.choice(("increment", "increment 100"))
        elif made.kind == "string.uuid":
            made.function = "uuid"
        if self.chance(0.15):
            return [made, Field(f"no{self.number()}", self.rng.choice(("number.int", "string")), key=True)]
        return [made]

    def field(self, *, nested: bool = True) -> Field:
        """Make a field that is no key and refers to nothing."""
        made = Field(f"{self.rng.choice(_PROPS)}{self.number()}", self.rng.choice(KINDS), self.chance(0.5))
        if nested and self.chance(0.12):
            made.children = [self.field(nested=False) for _ in range(self.rng.randint(1, 3))]
            made.json = self.chance(0.4)
            for child in made.children:
                child.json = False
            return made
        if nested and self.chance(0.2):
            made.column = self.name()
        self.trim(made)
        return made

    def trim(self, made: Field) -> None:
        """Give a field what its type allows."""
        if self.chance(0.3):
            made.default = self.rng.randrange(9)
        if made.kind in ("decimal", "number") and self.chance(0.4):
            made.precision = self.rng.choice(((6, 0), (10, 2), (18, 6), (20, 0)))
            made.default = None
        if made.kind == "string":
            made.limit = self.rng.choice((3, 10, 80)) if self.chance(0.3) else None
            made.encrypted = self.chance(0.05)
            if made.encrypted:
                made.default = None
            elif made.default is not None and made.limit == 3:
                made.default = 1
        if made.kind in TEXTS and self.chance(0.15):
            made.collation = self.rng.choice(("binary", "nocase", "unicode"))

    def index(self, table: Table) -> None:
        """Index one or two fields of a table."""
        kind = self.rng.choice(("plain", "plain", "unique", "fulltext"))
        fits = [
            each
            for each in table.fields
            if each.scalar and not each.encrypted and (kind != "fulltext" or each.family == "text")
        ]
        if not fits:
            return
        name = self.name() if self.chance(0.8) else "shared"
        for each in self.rng.sample(fits, min(len(fits), self.rng.choice((1, 1, 2)))):
            if all((index.kind, index.name) != (kind, name) for index in each.indexes):
                each.indexes.append(Index(kind, name, self.chance(0.3)))

    def reference(self, schema: Schema, table: Table) -> None:
        """Let a new field of a table refer to any table."""
        target = self.rng.choice(schema.tables)
        fields = target.targets()
        if not fields:
            return
        made = Field(f"ref{self.number()}", "", optional=self.chance(0.7))
        made.target = (target, self.rng.choice(fields))
        made.actions = self.actions(made)
        table.fields.append(made)

    def actions(self, item: Field) -> list[str]:
        """Return what happens to a reference when its target goes or changes."""
        allowed = _ACTIONS if item.optional else _ACTIONS[:3]
        return [
            f"@db.rel.{event} '{self.rng.choice(allowed)}'"
            for event in ("onDelete", "onUpdate")
            if self.chance(0.4)
        ]

    def view(self, schema: Schema) -> None:
        """Make a view on a table, or on another view."""
        entries: list[Table | View] = [*schema.tables, *schema.tables, *schema.views]
        if not entries:
            return
        entry = self.rng.choice(entries)
        made = View(f"V{self.number()}", self.name(), entry, [], materialized=self.chance(0.25))
        self.fill(made)
        if made.columns:
            schema.views.append(made)

    def fill(self, view: View) -> None:
        """Choose what a view shows, of what its entry has."""
        view.columns, view.join, view.filter, view.having = [], None, None, None
        found = readable(view.entry)
        if not found:
            return
        added = [item for item in found if item.family != "json"] if self.chance(0.3) else []
        for item in self.rng.sample(found, self.rng.randint(1, min(4, len(found)))):
            view.columns.append(Column(f"c{self.number()}", view.entry, item))
        if self.chance(0.5):
            view.filter = (self.rng.choice(found), self.rng.randrange(9))
        if added:
            for _ in range(self.rng.randint(1, 2)):
                kind = self.rng.choice(("sum", "avg", "min", "max", "count"))
                view.columns.append(Column(f"g{self.number()}", view.entry, self.rng.choice(added), kind))
            view.having = self.rng.randrange(5) if self.chance(0.4) else None
        elif isinstance(view.entry, Table):
            self._join(view, view.entry)

    def _join(self, view: View, entry: Table) -> None:
        references = [
            each for each in entry.fields if each.target is not None and each.target[0] is not entry
        ]
        if not references or not self.chance(0.6):
            return
        view.join = self.rng.choice(references)
        if view.join.target is not None:
            other = view.join.target[0]
            view.columns.append(Column(f"j{self.number()}", other, self.rng.choice(readable(other))))


def readable(source: Table | View) -> list[Field | Column]:
    """Return what a view may show of a table or view."""
    if isinstance(source, View):
        return list(source.columns)
    return [each for each in source.fields if not each.children]


class Changer:
    """Changes a schema at random."""

    def __init__(self, rng: random.Random, schema: Schema) -> None:
        self._rng = rng
        self._schema = schema
        self._make = Maker(rng, 1000)

    def change(self) -> None:
        """Make some changes. What was renamed says so, unless it is new."""
        for _ in range(self._rng.randint(1, 7)):
            self._rng.choice(self._changes())()

    def _changes(self) -> list[Callable[[], None]]:
        tables = [
            self._on_table(each) for each in (self._add_field, self._drop_field, self._rename_field) * 2
        ]
        tables += [
            self._on_table(each) for each in (self._retype, self._toggle, self._redefault, self._swap_fields)
        ]
        tables += [self._on_table(each) for each in (self._index, self._unindex, self._reindex, self._react)]
        tables += [
            self._on_table(each)
            for each in (self._rename, self._move, self._refer, self._unrefer, self._rekey)
        ]
        views = [
            self._on_view(each)
            for each in (self._refill, self._rename_view, self._materialize, self._drop_view)
        ]
        whole: list[Callable[[], None]] = [
            self._drop_table,
            self._swap_tables,
            self._add_table,
            self._add_view,
        ]
        return [*tables, *views, *whole]

    def _on_table(self, change: Callable[[Table], None]) -> Callable[[], None]:
        return lambda: change(self._rng.choice(self._schema.tables)) if self._schema.tables else None

    def _on_view(self, change: Callable[[View], None]) -> Callable[[], None]:
        return lambda: change(self._rng.choice(self._schema.views)) if self._schema.views else None

    # Tables.

    def _add_table(self) -> None:
        self._make.table(self._schema)

    def _drop_table(self) -> None:
        # One that gave its name to another must stay: where both are to go and to come, a person decides.
        fits = [each for each in self._schema.tables if each.was is None]
        if len(fits) > 1:
            gone = self._rng.choice(fits)
            self._schema.tables.remove(gone)
            for field in gone.fields:
                self._forget(gone, field)
            for view in [each for each in self._schema.views if each.entry is gone]:
                self._drop_view(view)

    def _rename(self, table: Table) -> None:
        if table.was is None and int(table.interface[1:]) < 1000:
            table.was, table.name = table.name, self._make.name()

    def _swap_tables(self) -> None:
        old = [each for each in self._schema.tables if each.was is None and int(each.interface[1:]) < 1000]
        if len(old) > 1:
            one, other = self._rng.sample(old, 2)
            if one.schema == other.schema:
                one.was, other.was = one.name, other.name
                one.name, other.name = other.name, one.name

    def _move(self, table: Table) -> None:
        if self._make.chance(0.4):
            table.schema = None if table.schema else self._rng.choice(("crm", "Other Schema"))

    def _rekey(self, table: Table) -> None:
        """Change the primary key, where nothing refers to it."""
        if any(self._refers(each) for each in table.keys):
            return
        if len(table.keys) > 1:
            table.keys[-1].key = False
        else:
            fits = [each for each in table.fields if each.scalar and not each.key and each.target is None]
            if fits:
                chosen = self._rng.choice(fits)
                chosen.key, chosen.optional = True, False
                chosen.encrypted = False

    def _refers(self, item: Field) -> list[Field]:
        fields = [each for table in self._schema.tables for each in table.fields]
        return [each for each in fields if each.target is not None and each.target[1] is item]

    # Fields.

    def _any(self, table: Table) -> Iterator[Field]:
        for each in self._rng.sample(table.fields, len(table.fields)):
            if not each.key:
                yield each

    def _add_field(self, table: Table) -> None:
        table.fields.insert(self._rng.randint(1, len(table.fields)), self._make.field())

    def _drop_field(self, table: Table) -> None:
        gone = next((each for each in self._any(table) if each.was is None), None)
        if gone is not None:
            table.fields.remove(gone)
            self._forget(table, gone)

    def _forget(self, table: Table, gone: Field) -> None:
        """Take a field out of everything that names it."""
        for item in self._refers(gone):
            item.kind, item.target, item.actions = "number.int", None, []
        for view in list(self._schema.views):
            view.columns = [each for each in view.columns if each.item is not gone]
            if view.filter is not None and view.filter[0] is gone:
                view.filter = None
            if view.join is gone or (view.join is not None and view.join.target is None):
                view.join = None
                view.columns = [each for each in view.columns if each.source is view.entry]
            if not view.columns and view in self._schema.views:
                self._drop_view(view)
        _ = table

    def _rename_field(self, table: Table) -> None:
        for each in self._rng.sample(table.fields, len(table.fields)):
            if each.was is None and not each.children and _number(each.prop) < 1000:
                each.was = each.name
                if each.column:
                    each.column = self._make.name()
                else:
                    each.prop = f"now{self._make.number()}"
                return

    def _swap_fields(self, table: Table) -> None:
        fits = [each for each in self._any(table) if each.was is None and not each.children]
        old = [each for each in fits if _number(each.prop) < 1000]
        if len(old) > 1:
            one, other = old[:2]
            one.was, other.was = one.name, other.name
            one.column, other.column = other.name, one.name

    def _retype(self, table: Table) -> None:
        for each in self._any(table):
            if not each.children and each.target is None:
                each.plain()
                each.kind = self._rng.choice(KINDS)
                if any(index.kind == "fulltext" or each.kind == "string[]" for index in each.indexes):
                    each.indexes = []
                if not each.scalar:
                    each.indexes = []
                    self._unrefer_to(each)
                self._make.trim(each)
                if each.indexes:
                    each.encrypted = False
                return

    def _unrefer_to(self, item: Field) -> None:
        for each in self._refers(item):
            each.kind, each.target, each.actions = "number.int", None, []
        for view in self._schema.views:
            if view.join is not None and view.join.target is None:
                view.join = None
                view.columns = [each for each in view.columns if each.source is view.entry]

    def _toggle(self, table: Table) -> None:
        for each in self._any(table):
            each.optional = not each.optional
            if not each.optional:
                each.actions = [action for action in each.actions if "setNull" not in action]
            return

    def _redefault(self, table: Table) -> None:
        for each in self._any(table):
            if each.scalar and each.target is None and each.precision is None and each.limit != 3:
                each.default = None if each.default is not None else self._rng.randrange(9)
                return

    # Indexes and foreign keys.

    def _index(self, table: Table) -> None:
        self._make.index(table)

    def _unindex(self, table: Table) -> None:
        for each in self._rng.sample(table.fields, len(table.fields)):
            if each.indexes and not self._refers(each):
                each.indexes.pop()
                return

    def _reindex(self, table: Table) -> None:
        for each in self._rng.sample(table.fields, len(table.fields)):
            for index in each.indexes:
                if self._make.chance(0.5):
                    index.descending = not index.descending
                elif not self._refers(each):
                    index.name = self._make.name()
                return

    def _refer(self, table: Table) -> None:
        self._make.reference(self._schema, table)

    def _unrefer(self, table: Table) -> None:
        for each in self._any(table):
            if each.target is not None:
                each.kind, each.target, each.actions = self._rng.choice(("number.int", "string")), None, []
                self._unrefer_to(each)
                return

    def _react(self, table: Table) -> None:
        for each in self._any(table):
            if each.target is not None:
                each.actions = self._make.actions(each)
                return

    # Views.

    def _add_view(self) -> None:
        self._make.view(self._schema)

    def _drop_view(self, view: View) -> None:
        if view in self._schema.views:
            self._schema.views.remove(view)
            for each in [each for each in self._schema.views if each.entry is view]:
                self._drop_view(each)

    def _rename_view(self, view: View) -> None:
        if view.was is None and int(view.interface[1:]) < 1000:
            view.was, view.name = view.name, self._make.name()

    def _materialize(self, view: View) -> None:
        view.materialized = not view.materialized

    def _refill(self, view: View) -> None:
        if not any(each.entry is view for each in self._schema.views):
            self._make.fill(view)
            if not view.columns:
                self._drop_view(view)


def _number(prop: str) -> int:
    return int("".join(each for each in prop.removeprefix("x10") if each.isdigit()) or 0)
