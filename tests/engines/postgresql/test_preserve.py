from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import errors

from schemasync.catalog import Index, IndexKey, Name, PrimaryKey, Relation, Table, View
from schemasync.engines.base import Preserved
from schemasync.engines.postgresql.preserve import read
from testbed.databases import Database, Postgres
from testbed.postgres import PostgresServer

# What the catalogs say of one relation, `%(name)s`.
CATALOGS = {
    "relation": """
        SELECT pg_get_userbyid(relowner), relkind, relpersistence, spcname, relrowsecurity,
               relforcerowsecurity, relreplident, obj_description(c.oid, 'pg_class'),
               ARRAY(SELECT unnest(c.reloptions) ORDER BY 1),
               (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid)
        FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = reltablespace
        WHERE c.oid = %(name)s::regclass
    """,
    "columns": """
        SELECT attname, nullif(attstattarget, -1), attoptions, col_description(attrelid, attnum),
               CASE WHEN relkind = 'v' THEN pg_get_expr(adbin, adrelid) END
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = %(name)s::regclass AND attnum > 0 AND NOT attisdropped
    """,
    "rights": """
        SELECT NULL AS attname, (aclexplode(coalesce(relacl, acldefault('r', relowner)))).*
        FROM pg_class WHERE oid = %(name)s::regclass
        UNION ALL SELECT attname, (aclexplode(attacl)).*
        FROM pg_attribute WHERE attrelid = %(name)s::regclass AND attnum > 0
    """,
    "triggers": """
        SELECT pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE tgrelid = %(name)s::regclass AND NOT tgisinternal
    """,
    "rules": """
        SELECT pg_get_ruledef(oid), ev_enabled, obj_description(oid, 'pg_rewrite')
        FROM pg_rewrite WHERE ev_class = %(name)s::regclass
    """,
    "policies": """
        SELECT polname, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid),
               pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy')
        FROM pg_policy WHERE polrelid = %(name)s::regclass
    """,
    "indexes": """
        SELECT pg_get_indexdef(indexrelid), indisclustered, indisreplident, reltablespace,
               obj_description(indexrelid, 'pg_class')
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = %(name)s::regclass
    """,
    "constraints": """
        SELECT conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
        FROM pg_constraint WHERE conrelid = %(name)s::regclass AND contype <> 'n'
    """,
    "statistics": """
        SELECT pg_get_statisticsobjdef(oid), nullif(stxstattarget, -1), stxowner,
               obj_description(oid, 'pg_statistic_ext')
        FROM pg_statistic_ext WHERE stxrelid = %(name)s::regclass
    """,
    "publications": """
        SELECT pubname, pg_get_expr(prqual, prrelid), prattrs::text
        FROM pg_publication_rel JOIN pg_publication p ON p.oid = prpubid
        WHERE prrelid = %(name)s::regclass
    """,
}
FUNCTIONS = """
CREATE SCHEMA "My App";
CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""
TABLE = 'CREATE TABLE "My App"."It""s" (id int PRIMARY KEY, "Full name" text, age int, city text, note text)'
OURS = """
CREATE INDEX atscript__plain__age ON "My App"."It""s" (age);
CREATE UNIQUE INDEX atscript__unique__id ON "My App"."It""s" (id);
"""
VIEW = 'CREATE VIEW "My App".v AS SELECT id, "Full name", age FROM "My App"."It""s"'
MATERIALIZED = 'CREATE MATERIALIZED VIEW "My App".m AS SELECT id, age, city FROM "My App"."It""s"'


@dataclass(frozen=True)
class Granted:
    """A database, and three roles that may have rights in it."""

    database: Database
    ann: str
    ben: str
    cat: str

    def script(self, connection: psycopg.Connection, text: str) -> None:
        """Run commands, the names of the roles filled in."""
        for role in ("ann", "ben", "cat"):
            text = text.replace(f"<{role}>", f'"{getattr(self, role)}"')
        connection.execute(text.encode())


@pytest.fixture
def roles(postgres_server: Postgres) -> Iterator[list[str]]:
    # Before the database, so that they are dropped after it.
    made = [postgres_server.create_role(prefix=each, password="pw") for each in ("Ann", "ben", "cat")]
    yield made
    for role in made:
        postgres_server.drop_role(role)


@pytest.fixture
def granted(roles: list[str], database: Database) -> Granted:
    return Granted(database, *roles)


@contextmanager
def opened(granted: Granted, *scripts: str) -> Iterator[psycopg.Connection]:
    with granted.database.connect() as connection:
        for script in (FUNCTIONS, TABLE, OURS, *scripts):
            granted.script(connection, script)
        yield connection


def state(connection: psycopg.Connection, name: str) -> Mapping[str, list[str]]:
    """Return what the catalogs hold of a relation, its rows in an order of their own."""
    found = {}
    for catalog, query in CATALOGS.items():
        rows = connection.execute(query.encode(), {"name": name}).fetchall()
        found[catalog] = sorted(map(repr, rows))
    return found


AGAIN: Mapping[str, Relation] = {
    'It"s': Table(
        name=Name("My App", 'It"s'),
        columns=(),
        primary_key=PrimaryKey(columns=("id",), name='It"s_pkey'),
        indexes=tuple(
            Index(name=name, keys=(IndexKey(column="id"),))
            for name in ("atscript__unique__id", "atscript__plain__age")
        ),
    ),
    "v": View(name=Name("My App", "v"), kind="view"),
    "m": View(name=Name("My App", "m"), kind="materialized view"),
}


def preserved(connection: psycopg.Connection, name: str) -> Sequence[Preserved]:
    return read(connection, {Name("My App", name): AGAIN[name]})[Name("My App", name)]


def run(connection: psycopg.Connection, kept: Sequence[Preserved]) -> None:
    for each in kept:
        connection.execute(each.command.encode())


TABLE_SETTINGS = """
CREATE TABLE public.other (id int);
ALTER TABLE "My App"."It""s" SET (fillfactor = 70, autovacuum_enabled = false);
ALTER TABLE "My App"."It""s" SET (toast.autovacuum_enabled = off);
ALTER TABLE "My App"."It""s" ALTER age SET STATISTICS 55, ALTER city SET (n_distinct = -0.5);
COMMENT ON TABLE "My App"."It""s" IS 'it''s 100% \\ ours';
COMMENT ON COLUMN "My App"."It""s"."Full name" IS 'first and last';
ALTER TABLE "My App"."It""s" ADD CONSTRAINT adult CHECK (age > 17) NOT VALID,
  ADD CONSTRAINT "One city" UNIQUE (city) DEFERRABLE;
COMMENT ON CONSTRAINT adult ON "My App"."It""s" IS 'by law';
CREATE INDEX "theirs" ON "My App"."It""s" (lower("Full name")) WHERE age > 3;
CREATE INDEX near ON "My App"."It""s" (city, note);
COMMENT ON INDEX "My App".theirs IS 'for reports';
COMMENT ON INDEX "My App".atscript__plain__age IS 'ours';
ALTER TABLE "My App"."It""s" CLUSTER ON near;
ALTER TABLE "My App"."It""s" ALTER id SET NOT NULL, REPLICA IDENTITY USING INDEX atscript__unique__id;
CREATE STATISTICS public.st (dependencies) ON age, city FROM "My App"."It""s";
ALTER STATISTICS public.st SET STATISTICS 33;
COMMENT ON STATISTICS public.st IS 'they depend';
CREATE RULE quiet AS ON DELETE TO "My App"."It""s" WHERE old.age > 99 DO INSTEAD NOTHING;
COMMENT ON RULE quiet ON "My App"."It""s" IS 'hush';
CREATE RULE loud AS ON UPDATE TO "My App"."It""s" DO ALSO INSERT INTO other VALUES (new.id);
ALTER TABLE "My App"."It""s" DISABLE RULE loud;
CREATE TRIGGER a BEFORE UPDATE OF age ON "My App"."It""s" FOR EACH ROW WHEN (new.age > 1)
  EXECUTE FUNCTION noted('x');
CREATE TRIGGER b AFTER INSERT ON "My App"."It""s" REFERENCING NEW TABLE AS n EXECUTE FUNCTION noted();
CREATE CONSTRAINT TRIGGER "C c" AFTER DELETE ON "My App"."It""s" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER d AFTER TRUNCATE ON "My App"."It""s" EXECUTE FUNCTION noted();
ALTER TABLE "My App"."It""s" DISABLE TRIGGER a, ENABLE ALWAYS TRIGGER b, ENABLE REPLICA TRIGGER d;
COMMENT ON TRIGGER a ON "My App"."It""s" IS 'notes';
ALTER TABLE "My App"."It""s" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON "My App"."It""s" USING (age > 1) WITH CHECK (city <> 'x');
CREATE POLICY "Q q" ON "My App"."It""s" AS RESTRICTIVE FOR SELECT TO <ann>, <ben> USING (true);
CREATE POLICY ins ON "My App"."It""s" FOR INSERT WITH CHECK (id > 0);
CREATE POLICY upd ON "My App"."It""s" FOR UPDATE USING (id > 1);
CREATE POLICY del ON "My App"."It""s" FOR DELETE TO <cat> USING (id > 2);
COMMENT ON POLICY p ON "My App"."It""s" IS 'all';
CREATE PUBLICATION "Pub" FOR TABLE "My App"."It""s" (id, "Full name") WHERE (id > 1), other;
CREATE PUBLICATION plain FOR TABLE ONLY "My App"."It""s";
CREATE PUBLICATION everything FOR ALL TABLES;
"""
RIGHTS = """
GRANT SELECT, INSERT ON {0} TO <ann> WITH GRANT OPTION;
GRANT TRIGGER ON {0} TO <ann>;
GRANT SELECT ON {0} TO PUBLIC;
GRANT UPDATE ("Full name"), SELECT (id) ON {0} TO <ben> WITH GRANT OPTION;
GRANT REFERENCES (id) ON {0} TO PUBLIC;
"""


def test_everything_of_a_table_survives(granted: Granted) -> None:
    name = '"My App"."It""s"'
    with opened(granted, TABLE_SETTINGS, RIGHTS.format(name)) as connection:
        granted.script(connection, f"ALTER TABLE {name} OWNER TO <cat>; ALTER STATISTICS st OWNER TO <ben>")
        before = state(connection, name)
        assert all(before.values())
        kept = preserved(connection, 'It"s')
        granted.script(connection, f"DROP TABLE {name}; {TABLE}; {OURS}")
        assert state(connection, name) != before
        run(connection, kept)
        assert state(connection, name) == before


@pytest.mark.parametrize("identity", ["FULL", "NOTHING"])
def test_an_unlogged_table_and_a_replica_identity_without_index_survive(
    granted: Granted, identity: str
) -> None:
    name = '"My App"."It""s"'
    with opened(granted, f"ALTER TABLE {name} SET UNLOGGED, REPLICA IDENTITY {identity}") as connection:
        before = state(connection, name)
        kept = preserved(connection, 'It"s')
        granted.script(connection, f"DROP TABLE {name}; {TABLE}; {OURS}")
        run(connection, kept)
        assert state(connection, name) == before


VIEW_SETTINGS = """
ALTER VIEW "My App".v SET (security_barrier, security_invoker = on, check_option = cascaded);
ALTER VIEW "My App".v ALTER age SET DEFAULT 18;
COMMENT ON VIEW "My App".v IS 'seen';
COMMENT ON COLUMN "My App".v.age IS 'in years';
CREATE TRIGGER i INSTEAD OF INSERT ON "My App".v FOR EACH ROW EXECUTE FUNCTION noted();
COMMENT ON TRIGGER i ON "My App".v IS 'instead';
CREATE RULE gone AS ON DELETE TO "My App".v DO INSTEAD UPDATE "My App"."It""s" SET age = 0 WHERE id = old.id;
COMMENT ON RULE gone ON "My App".v IS 'kept';
"""


def test_everything_of_a_view_survives(granted: Granted) -> None:
    with opened(granted, VIEW, VIEW_SETTINGS, RIGHTS.format('"My App".v')) as connection:
        granted.script(connection, 'ALTER VIEW "My App".v OWNER TO <cat>')
        before = state(connection, '"My App".v')
        assert all(before[each] for each in ("relation", "columns", "rights", "triggers"))
        assert len(before["rules"]) == 2
        kept = preserved(connection, "v")
        granted.script(connection, f'DROP VIEW "My App".v; {VIEW}')
        assert state(connection, '"My App".v') != before
        run(connection, kept)
        assert state(connection, '"My App".v') == before


def test_what_a_replaced_view_loses_is_marked(granted: Granted) -> None:
    with opened(granted, VIEW, VIEW_SETTINGS, RIGHTS.format('"My App".v')) as connection:
        before = state(connection, '"My App".v')
        kept = preserved(connection, "v")
        granted.script(connection, VIEW.replace("CREATE", "CREATE OR REPLACE"))
        assert state(connection, '"My App".v') != before
        run(connection, [each for each in kept if each.replaced])
        assert state(connection, '"My App".v') == before


MATERIALIZED_SETTINGS = """
ALTER MATERIALIZED VIEW "My App".m SET (fillfactor = 60);
ALTER MATERIALIZED VIEW "My App".m ALTER age SET STATISTICS 7, ALTER city SET (n_distinct = 5);
COMMENT ON MATERIALIZED VIEW "My App".m IS 'stored';
COMMENT ON COLUMN "My App".m.age IS 'in years';
CREATE UNIQUE INDEX "By id" ON "My App".m (id);
CREATE INDEX by_city ON "My App".m (city text_pattern_ops DESC, age) WITH (fillfactor = 80);
COMMENT ON INDEX "My App".by_city IS 'for maps';
ALTER MATERIALIZED VIEW "My App".m CLUSTER ON "By id";
CREATE STATISTICS "My App".mst ON age, city FROM "My App".m;
"""


def test_everything_of_a_materialized_view_survives(granted: Granted) -> None:
    rights = RIGHTS.format('"My App".m').replace('"Full name"', "city")
    with opened(granted, MATERIALIZED, MATERIALIZED_SETTINGS, rights) as connection:
        granted.script(connection, 'ALTER MATERIALIZED VIEW "My App".m OWNER TO <cat>')
        before = state(connection, '"My App".m')
        assert all(before[each] for each in ("relation", "columns", "rights", "indexes", "statistics"))
        kept = preserved(connection, "m")
        granted.script(connection, f'DROP MATERIALIZED VIEW "My App".m; {MATERIALIZED}')
        run(connection, kept)
        assert state(connection, '"My App".m') == before


def test_tablespaces_survive(granted: Granted) -> None:
    space = f"space_{granted.database.name}"
    with opened(granted, MATERIALIZED, 'CREATE INDEX i ON "My App".m (id)') as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute(f"CREATE TABLESPACE {space} LOCATION ''".encode())
        try:
            connection.execute(f'ALTER MATERIALIZED VIEW "My App".m SET TABLESPACE {space}'.encode())
            connection.execute(f'ALTER INDEX "My App".i SET TABLESPACE {space}'.encode())
            before = state(connection, '"My App".m')
            kept = preserved(connection, "m")
            granted.script(connection, f'DROP MATERIALIZED VIEW "My App".m; {MATERIALIZED}')
            run(connection, kept)
            assert state(connection, '"My App".m') == before
        finally:
            connection.execute('DROP MATERIALIZED VIEW IF EXISTS "My App".m')
            connection.execute(f"DROP TABLESPACE {space}".encode())


@pytest.mark.parametrize(
    "rights",
    [
        "",
        "GRANT SELECT ON {0} TO <ben>",
        "REVOKE ALL ON {0} FROM postgres",
        "REVOKE UPDATE ON {0} FROM postgres; GRANT UPDATE (age) ON {0} TO postgres",
        "REVOKE ALL ON {0} FROM <ann>, PUBLIC; GRANT INSERT ON {0} TO <cat> WITH GRANT OPTION",
    ],
)
def test_default_privileges_add_nothing_to_what_was_granted(granted: Granted, rights: str) -> None:
    defaults = """
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO <ann>;
    ALTER DEFAULT PRIVILEGES IN SCHEMA "My App" GRANT UPDATE ON TABLES TO PUBLIC, <ben>;
    """
    with opened(granted, VIEW, rights.format('"My App".v'), defaults) as connection:
        before = state(connection, '"My App".v')
        kept = preserved(connection, "v")
        granted.script(connection, f'DROP VIEW "My App".v; {VIEW}')
        assert state(connection, '"My App".v')["rights"] != before["rights"]
        run(connection, kept)
        assert state(connection, '"My App".v') == before


CHAIN = """
GRANT USAGE ON SCHEMA "My App" TO <ann>, <ben>;
GRANT SELECT ON "My App".v TO <ann> WITH GRANT OPTION;
GRANT SELECT (id) ON "My App".v TO <ben> WITH GRANT OPTION;
SET ROLE <ann>; GRANT SELECT ON "My App".v TO <ben> WITH GRANT OPTION; RESET ROLE;
SET ROLE <ben>; GRANT SELECT ON "My App".v TO <cat>; GRANT SELECT (id) ON "My App".v TO <cat>; RESET ROLE;
"""


def test_who_granted_what_survives_with_the_role_that_is_set(granted: Granted) -> None:
    with opened(granted, VIEW, CHAIN) as connection:
        before = state(connection, '"My App".v')
        kept = preserved(connection, "v")
        granted.script(connection, f'DROP VIEW "My App".v; {VIEW}')
        run(connection, kept)
        assert state(connection, '"My App".v') == before
        assert connection.execute("SELECT current_user").fetchone() == ("postgres",)


def test_a_login_that_may_not_act_for_a_grantor_grants_as_the_owner(granted: Granted) -> None:
    owned = 'ALTER VIEW "My App".v OWNER TO <cat>; GRANT ALL ON SCHEMA "My App" TO <cat>'
    with opened(granted, VIEW, owned, 'GRANT ALL ON "My App"."It""s" TO <cat>') as connection:
        granted.script(connection, CHAIN.replace("<cat>; GRANT SELECT (id)", "<cat>; GRANT UPDATE (id)"))
        before = _effective(connection)
    with psycopg.connect(
        granted.database.server.url(granted.database.name, granted.cat, "pw"), autocommit=True
    ) as login:
        kept = preserved(login, "v")
        granted.script(login, f'DROP VIEW "My App".v; {VIEW}')
        run(login, kept)
        assert login.execute("SELECT current_user, current_setting('role')").fetchone() == (
            granted.cat,
            "none",
        )
    with granted.database.connect() as connection:
        assert _effective(connection) == before


def _effective(connection: psycopg.Connection) -> set[tuple[Any, ...]]:
    """Return who may do what with the view, whoever granted it."""
    query = """
    SELECT grantee, privilege_type FROM pg_class, aclexplode(relacl) WHERE oid = '"My App".v'::regclass
    """
    return set(connection.execute(query.encode()).fetchall())


def test_what_needs_a_column_that_is_gone_is_told_apart(granted: Granted) -> None:
    with opened(granted, TABLE_SETTINGS, RIGHTS.format('"My App"."It""s"')) as connection:
        kept = preserved(connection, 'It"s')
        columns = {"id", "city", "note"}
        fewer = 'CREATE TABLE "My App"."It""s" (id int PRIMARY KEY, city text, note text)'
        granted.script(connection, f'DROP TABLE "My App"."It""s"; {fewer}')
        connection.execute('CREATE UNIQUE INDEX atscript__unique__id ON "My App"."It""s" (id)')
        run(
            connection,
            [each for each in kept if each.columns <= columns and "plain__age" not in each.command],
        )
    text = "\n".join(each.command for each in kept if not each.columns <= columns)
    for thing in (
        "adult",
        "theirs",
        "st ",
        "quiet",
        "TRIGGER a ",
        "POLICY p ",
        "Pub",
        "STATISTICS 55",
        "UPDATE (",
    ):
        assert thing in text
    for thing in ("TRIGGER b ", "POLICY upd", "One city", "n_distinct", "SELECT (id)", "GRANT SELECT ON"):
        assert thing not in text


def test_relations_that_are_not_there_or_no_tables_have_nothing_to_preserve(granted: Granted) -> None:
    names = [Name("public", "none"), Name("none", "v"), Name("public", "seq"), Name("My App", "v")]
    with opened(granted, VIEW, "CREATE SEQUENCE seq") as connection:
        assert list(read(connection, dict.fromkeys(names, AGAIN["v"]))) == [Name("My App", "v")]
        assert read(connection, {}) == {}


def test_a_plain_relation_needs_no_more_than_its_owner(granted: Granted) -> None:
    with opened(granted, VIEW) as connection:
        [kept] = preserved(connection, "v")
    assert kept.command == 'ALTER VIEW "My App"."v" OWNER TO postgres'


def test_reading_writes_nothing_and_leaves_the_search_path(granted: Granted) -> None:
    with opened(granted, VIEW, VIEW_SETTINGS) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute('SET LOCAL search_path TO "My App"')
        assert "public.noted()" in "".join(each.command for each in preserved(connection, "v"))
        assert connection.execute("SHOW search_path").fetchone() == ('"My App"',)
        connection.execute("ROLLBACK")


def test_the_number_of_queries_does_not_depend_on_the_number_of_relations(
    controlled_postgres: PostgresServer, granted: Granted
) -> None:
    names = [Name("public", f"t{number}") for number in range(200)]
    with opened(granted, *(f"CREATE TABLE {each} (a int, b int)" for each in names)) as connection:
        counts = []
        for some in (names[:1], names):
            since = controlled_postgres.mark()
            successors = {name: Table(name=name, columns=()) for name in some}
            assert len(read(connection, successors)) == len(some)
            counts.append(len(controlled_postgres.statements(since, database=granted.database.name)))
    assert counts[0] == counts[1] < 25


def test_a_command_that_the_login_may_not_run_is_the_servers_error(granted: Granted) -> None:
    with opened(granted, VIEW, 'ALTER VIEW "My App".v OWNER TO <cat>') as connection:
        kept = preserved(connection, "v")
        granted.script(connection, f'DROP VIEW "My App".v; {VIEW}; SET ROLE <ann>')
        with pytest.raises(errors.InsufficientPrivilege):
            run(connection, kept)
