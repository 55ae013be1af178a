"""The changes of views: their own, and those that changes beneath them force on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from schemasync.catalog import Catalog, Name, Relation, Table, View
from schemasync.changes import (
    AlterColumn,
    Change,
    Conflict,
    CreateView,
    DropColumn,
    DropTable,
    DropView,
    ReplaceView,
)
from schemasync.questions import Questions

Changes = dict[Name, list[Change]]


def diff_views(
    changes: Changes,
    wanted: Catalog,
    actual: Catalog,
    gone: Sequence[Name],
    ask: Questions,
) -> None:
    """Add the changes of all views to those of the tables.

    A view that reads what is dropped, or what changes its type, is taken down first and made
    again last; and so is every view that reads such a view.
    """
    mine = {each.name for each in wanted if isinstance(each, View)}
    leaving = [name for name in gone if name not in changes and isinstance(actual.get(name), View)]
    leaving += [
        each.name
        for each in wanted
        if isinstance(each, Table)
        and isinstance(there := actual.get(each.name), View)
        and becomes_table(there, ask)
    ]
    remade = {
        each.name
        for each in wanted
        if isinstance(each, View) and _must_be_remade(each, actual.get(each.name), ask.replaceable)
    }
    down = _closure({*remade, *leaving}, _beneath(changes, actual, mine | set(leaving), ask), actual)
    readers = _readers(actual, down)
    for view in wanted:
        if isinstance(view, View):
            above = readers.get(view.name, ()) if view.name in down else None
            changes[view.name] += _view(view, actual.get(view.name), above, ask)
    for name in leaving:
        there = actual.get(name)
        if isinstance(there, View):
            drop = DropView(relation=name, view=there, readers=readers.get(name, ()))
            changes[name] = [drop, *changes.get(name, ())]
    _refuse_foreign_views(changes, actual, down)


def becomes_table(view: View, ask: Questions) -> bool:
    """Return whether a view may make way for a table."""
    return view.kind.endswith("view") and ask.made(view)


def _must_be_remade(wanted: View, actual: Relation | None, replaceable: Callable[[View, View], bool]) -> bool:
    """Return whether a view that is there cannot be changed where it stands."""
    if wanted.external or not isinstance(actual, View):
        return False
    if wanted.kind != actual.kind:
        return True
    return wanted.body != actual.body and not replaceable(wanted, actual)


def _beneath(
    changes: Mapping[Name, Sequence[Change]],
    actual: Catalog,
    views: set[Name],
    ask: Questions,
) -> set[Name]:
    """Return the views that read what is dropped or changes its type."""
    columns: set[tuple[Name, str | None]] = set()
    for change in (each for several in changes.values() for each in several if not ask.left_out(each)):
        match change:
            case DropColumn(column=column):
                columns.add((change.relation, column.name))
            case AlterColumn(before=before, after=after) if not ask.keeps_dependants(before, after):
                columns.add((change.relation, after.name))
            case DropTable():
                columns.add((change.relation, None))
            case _:
                pass
    tables = {name for name, column in columns if column is None}
    return {
        each.relation
        for each in actual.dependants
        if each.relation in views and ((each.on, each.column) in columns or each.on in tables)
    }


def _closure(remade: set[Name], beneath: set[Name], actual: Catalog) -> set[Name]:
    """Return these views with all views of the catalog that read them, at any remove."""
    down = remade | beneath
    reads = [
        (each.relation, each.on)
        for each in actual.dependants
        if each.relation is not None and isinstance(actual.get(each.relation), View)
    ]
    while more := {view for view, on in reads if on in down and view not in down}:
        down |= more
    return down


def _readers(actual: Catalog, down: set[Name]) -> Mapping[Name, tuple[Name, ...]]:
    """Return, for each view that goes, those views that go before it."""
    found: dict[Name, dict[Name, None]] = {}
    for each in actual.dependants:
        if each.on in down and each.relation in down and each.relation is not None:
            found.setdefault(each.on, {})[each.relation] = None
    return {name: tuple(readers) for name, readers in found.items()}


def _view(
    wanted: View, actual: Relation | None, readers: tuple[Name, ...] | None, ask: Questions
) -> Iterator[Change]:
    """Return a view's changes; `readers` is None unless the view has to be made again."""
    name = wanted.name
    if wanted.external:
        yield from _external(wanted, actual)
    elif actual is None:
        yield CreateView(relation=name, view=wanted)
    elif isinstance(actual, Table) and ask.made(actual):
        yield CreateView(relation=name, view=wanted, restored=actual)
    elif isinstance(actual, Table) or not actual.kind.endswith("view"):
        kind = "table" if isinstance(actual, Table) else actual.kind
        yield Conflict(relation=name, problem=f"{name} is a {kind} and not a view: rename or drop it")
    elif readers is not None:
        yield DropView(relation=name, view=actual, replaced=True, readers=readers)
        yield CreateView(relation=name, view=wanted, restored=actual)
    elif wanted.body != actual.body:
        yield ReplaceView(relation=name, view=wanted, before=actual)


def _external(wanted: View, actual: Relation | None) -> Iterator[Change]:
    """Check a view that somebody else makes: it must be there, with the columns that are declared."""
    if actual is None:
        problem = f"{wanted.name} does not exist: the schema only declares it, somebody else has to make it"
        yield Conflict(relation=wanted.name, problem=problem, external=True)
        return
    there = {column.name for column in actual.columns}
    missing = [column.name for column in wanted.columns if column.name not in there]
    if missing:
        problem = f"{wanted.name} has no column {', '.join(missing)}: the schema only declares it"
        yield Conflict(relation=wanted.name, problem=problem, external=True)


def _refuse_foreign_views(changes: Changes, actual: Catalog, down: set[Name]) -> None:
    """Name the views of others that read a view which has to be dropped."""
    for name in sorted(down):
        hanging = [
            f"{each.kind} {each.name}"
            for each in actual.dependants
            if each.on == name
            and not each.rebuilt
            and (each.relation is None or each.relation not in changes)
        ]
        if hanging:
            problem = f"{name} is to be dropped, and this depends on it: {', '.join(dict.fromkeys(hanging))}"
            changes.setdefault(name, []).append(
                Conflict(relation=name, problem=f"{problem}; drop it by hand first")
            )
