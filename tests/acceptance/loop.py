"""The acceptance loop: v1, rows and rights, plan v2, apply it, and compare with a fresh v2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from schemasync.control import LockSettings
from schemasync.engines.base import Target
from schemasync.plan import Entry, EntryStatus, Plan
from schemasync.sync import Request, Source, Status, SyncResult, plan, sync
from testbed.databases import Database, Postgres
from tests.acceptance.case import Case
from tests.acceptance.catalog import Facts, control_rows, differences, facts


@contextmanager
def empty_database(server: Postgres) -> Iterator[Database]:
    """A database that is dropped again."""
    name = server.create_database()
    try:
        yield Database(server=server, name=name)
    finally:
        server.drop_database(name)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may read everything, and who owns everything."""

    reader: str
    keeper: str

    def fill(self, text: str) -> str:
        """Put the names of the roles into SQL."""
        return text.replace("{reader}", self.reader).replace("{keeper}", self.keeper)


@contextmanager
def roles(server: Postgres) -> Iterator[Roles]:
    """Two roles, dropped after all databases in which they have anything."""
    made = Roles(server.create_role("reader"), server.create_role("keeper"))
    try:
        yield made
    finally:
        server.drop_role(made.reader)
        server.drop_role(made.keeper)


@dataclass(frozen=True, slots=True)
class Bench:
    """Two databases to work in, which are emptied and used again: making one takes longer than most cases."""

    database: Database
    fresh: Database
    roles: Roles

    def clear(self) -> None:
        """Empty both databases."""
        for each in (self.database, self.fresh):
            execute(each, _CLEAR)


_CLEAR = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public AUTHORIZATION pg_database_owner;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$
"""


@contextmanager
def bench(server: Postgres) -> Iterator[Bench]:
    """A bench in a server."""
    with roles(server) as names, empty_database(server) as database, empty_database(server) as fresh:
        yield Bench(database, fresh, names)


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody did to a relation, and what must not get lost."""

    owner: str
    readers: str
    remark: str | None
    first: str | None = field(default=None)


_RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname),
       CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm') AND c.relname <> '__atscript_control'
  AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e')
ORDER BY c.relkind = 'r', c.oid
"""
_RIGHTS = """
SELECT c.relname, pg_get_userbyid(c.relowner),
       (SELECT string_agg(e.privilege_type, ',' ORDER BY e.privilege_type)
        FROM aclexplode(c.relacl) e WHERE e.grantee = %s::regrole),
       obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm') AND c.relname <> '__atscript_control'
  AND n.nspname !~ '^(pg_|information_schema$)'
"""


def give_rights(database: Database, names: Roles) -> None:
    """Give each relation an owner, a reader and a remark."""
    with database.connect() as connection:
        connection.execute(f"GRANT CREATE ON DATABASE {database.name} TO {names.keeper}".encode())
        for name, kind in connection.execute(_RELATIONS.encode()).fetchall():
            for command in (
                f"ALTER {kind} {name} OWNER TO {names.keeper}",
                f"GRANT SELECT ON {name} TO {names.reader}",
                f"COMMENT ON {kind} {name} IS 'kept'",
            ):
                connection.execute(command.encode())


def rights(database: Database, names: Roles) -> dict[str, Rights]:
    """Return what is left of that, by the names of relations."""
    with database.connect() as connection:
        rows = connection.execute(_RIGHTS.encode(), [names.reader]).fetchall()
    return {row[0]: Rights(*row[1:]) for row in rows}


def request(database: Database, files: Mapping[str, str], **options: Any) -> Request:
    """Ask for a sync of a database, in a hurry."""
    target = Target(url=database.url, schema=options.pop("schema", None))
    return Request(source=Source(files), target=target, lock=LockSettings(poll=0.02), **options)


def shape(database: Database) -> Facts:
    """Return what a database holds."""
    with database.connect() as connection:
        return facts(connection)


def execute(database: Database, command: str) -> None:
    """Run SQL, several commands at once."""
    with database.connect() as connection:
        connection.execute(command.encode())


def in_sync_since(result: SyncResult) -> None:
    """Check that a run found nothing to do."""
    assert result.status is Status.UP_TO_DATE, (result.status, result.refusal, _commands(result.plan))


def _commands(made: Plan | None) -> list[str]:
    return [] if made is None else [each.command for each in made.statements]


class Loop:
    """One case, on an empty bench."""

    def __init__(self, case: Case, place: Bench) -> None:
        self._case = case
        self._told = case.told
        self._database = place.database
        self._fresh = place.fresh
        self._names = place.roles
        self._options = {"schema": self._told.get("schema")}

    def run(self) -> None:
        """Do all of it."""
        self._arrange()
        if self._case.refused:
            self._refused()
            key = "repaired"
        else:
            key = "plan"
        if self._told.get("safe"):
            self._safely()
            key = "repaired"
        self._migrate(self._case.plan(key))
        self._check_rights()
        self._query("after")
        self._check_converged()

    def _request(self, version: str, **options: Any) -> Request:
        return request(self._database, self._case.files(version), **self._options, **options)

    def _sql(self, key: str) -> None:
        if key in self._told:
            execute(self._database, self._names.fill(self._told[key]))

    def _arrange(self) -> None:
        self._sql("before")
        if self._told.get("v1", True):
            result = sync(self._request("v1"))
            assert result.status is Status.SYNCED, (result.diagnostics, result.refusal)
        give_rights(self._database, self._names)
        self._sql("rows")

    def _refused(self) -> None:
        """A plan with an error is refused, and nothing of it done."""
        before = shape(self._database)
        planned = plan(self._request("v2"))
        assert planned.status is Status.ERROR, (planned.diagnostics, planned.refusal)
        check_plan(planned.plan, self._case.plan())
        assert sync(self._request("v2")).status is Status.REFUSED
        equal(shape(self._database), before)
        if "repair" not in self._told:
            return
        self._sql("repair")

    def _safely(self) -> None:
        planned = plan(self._request("v2", safe=True))
        check_plan(planned.plan, self._case.plan())
        done = sync(self._request("v2", safe=True))
        assert done.status is Status.SYNCED, done.refusal
        self._query("skipped")
        again = plan(self._request("v2", safe=True))
        assert _commands(again.plan) == []

    def _migrate(self, expected: Mapping[str, Mapping[str, Any]]) -> None:
        if self._case.refused and "repair" not in self._told:
            return
        planned = plan(self._request("v2"))
        if not expected and planned.status is Status.UP_TO_DATE:
            assert _commands(sync(self._request("v2")).plan) == []
            return
        check_plan(planned.plan, expected)
        done = sync(self._request("v2"))
        assert done.status is Status.SYNCED, (done.status, done.diagnostics, done.refusal)
        assert planned.plan is not None
        assert done.plan is not None
        assert done.plan.id == planned.plan.id
        assert _commands(done.plan) == _commands(planned.plan)

    def _check_rights(self) -> None:
        """What was there before, and was not made anew for something else, has kept what it had."""
        if self._case.refused and "repair" not in self._told:
            return
        new = {*self._told.get("remade", ()), *self._told.get("theirs", ())}
        new |= {name for name, each in self._all_plans().items() if each["status"] == "create"}
        found = rights(self._database, self._names)
        kept = {name: each for name, each in found.items() if name not in new}
        wanted = Rights(self._names.keeper, "SELECT", "kept")
        assert kept == dict.fromkeys(kept, wanted), f"rights and remarks are {kept}"

    def _all_plans(self) -> dict[str, Mapping[str, Any]]:
        return {**self._case.plan(), **self._case.plan("repaired")}

    def _query(self, key: str) -> None:
        for item in self._told.get(key, ()):
            with self._database.connect() as connection:
                rows = connection.execute(item["query"].encode()).fetchall()
            assert [list(row) for row in rows] == item["rows"], f"{item['query']} is {rows}"

    def _check_converged(self) -> None:
        if self._case.refused and "repair" not in self._told:
            return
        if "fresh" in self._told:
            execute(self._fresh, self._told["fresh"])
        made = sync(request(self._fresh, self._case.files("v2"), **self._options))
        assert made.status is Status.SYNCED, made.refusal
        theirs = frozenset(self._told.get("theirs", ()))
        check_same(self._database, self._fresh, theirs, control=not self._told.get("schema"))
        if self._told.get("external"):
            forced = plan(self._request("v2", force=True))
            assert _commands(forced.plan) == []
            return
        in_sync_since(plan(self._request("v2", force=True)))
        in_sync_since(sync(self._request("v2")))


def check_same(
    one: Database, other: Database, theirs: frozenset[str] = frozenset(), *, control: bool = True
) -> None:
    """Check that two databases hold the same, and that their control tables say the same of it."""
    found, wanted = shape(one), shape(other)
    mine = {key: value for key, value in found.items() if not theirs & set(key)}
    equal(mine, wanted)
    if control:
        with one.connect() as left, other.connect() as right:
            equal(control_rows(left), control_rows(right))


def equal(found: Mapping[tuple[str, ...], Any], wanted: Mapping[tuple[str, ...], Any]) -> None:
    """Check that two sets of facts are equal, and say what is not."""
    wrong = differences(found, wanted)
    assert not wrong, "\n".join(wrong)


def check_plan(made: Plan | None, expected: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that entries are what is expected, and in sync where nothing is."""
    assert made is not None
    found = {entry.name: entry for entry in made.entries if entry.status is not EntryStatus.IN_SYNC}
    said = {name: describe(entry) for name, entry in found.items()}
    wanted = {name: _wanted(each) for name, each in expected.items()}
    about = {name: (entry.details, entry.errors, entry.skipped) for name, entry in found.items()}
    assert said == wanted, f"{said}\nis not\n{wanted}\n{about}"
    for name, each in expected.items():
        for key in ("errors", "warnings", "skipped", "details"):
            check_texts(getattr(found[name], key), each.get(key), f"{name}: {key}")


def _wanted(told: Mapping[str, Any]) -> dict[str, Any]:
    if told["status"] == "error":
        return {"status": "error"}
    return {
        "status": told["status"],
        "destructive": told.get("destructive", False),
        "hazards": sorted(told.get("hazards", [])),
    }


def describe(entry: Entry) -> dict[str, Any]:
    """Return the facts of an entry that a case names exactly; of an error only that it is one."""
    if entry.status is EntryStatus.ERROR:
        return {"status": "error"}
    counts: Counter[tuple[str, int | None]] = Counter((each.kind, each.rows) for each in entry.hazards)
    return {
        "status": str(entry.status),
        "destructive": entry.destructive,
        "hazards": sorted(kind if rows is None else f"{kind} {rows}" for (kind, rows) in counts.elements()),
    }


def check_texts(found: Sequence[str], parts: Sequence[str] | None, where: str) -> None:
    """Check that each expected part stands in one of the texts; errors that nobody expects are none."""
    if parts is None:
        if where.endswith("errors"):
            assert not found, where
        return
    for part in parts:
        assert any(part in text for text in found), (where, part, found)
