"""What would be lost with a relation that is dropped and made again, as the commands that restore it.

Read before the drop, in a number of queries that does not depend on how many relations there are.
The server itself prints the commands, with an empty `search_path`, so that names come out in full.
Beside what everything has (owner, grants, comments) these are somebody else's objects: triggers,
rules, policies, indexes, constraints other than keys, statistics, publications.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from schemasync.catalog import Name
from schemasync.engines.postgresql.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command; it makes sense only while the relation has all `columns`.

    `replaced` is true for what CREATE OR REPLACE loses as well.
    """

    sql: str
    columns: frozenset[str] = frozenset()
    replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """All that restores one relation, in the order in which it can be run.

    To be run when the relation's rows are back, since triggers would fire on them, and its own
    keys and indexes made, since one may be its replica identity. The owner comes first and
    the grants last: whoever runs them must be allowed to act as the owner.
    """

    name: Name
    commands: tuple[Command, ...]

    def remaining(self, columns: Collection[str]) -> tuple[Command, ...]:
        """Return the commands for a relation that now has these columns."""
        return tuple(each for each in self.commands if each.columns <= set(columns))

    def lost(self, columns: Collection[str]) -> tuple[Command, ...]:
        """Return the commands that such a relation has lost a column of."""
        return tuple(each for each in self.commands if not each.columns <= set(columns))


def read(connection: Connection, names: Sequence[Name]) -> Mapping[Name, Preserved]:
    """Return what restores those of these tables, views and materialized views that are there."""
    if not names:
        return {}
    # Rolled back for the sake of the search_path: nothing is written.
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path TO ''")
        relations = _relations(connection, names)
        commands = defaultdict(list)
        for relation, command in _commands(connection, relations):
            commands[relation].append(command)
    return {
        Name(row.schema, row.table): Preserved(
            name=Name(row.schema, row.table), commands=tuple(commands[row.oid])
        )
        for row in relations
    }


@dataclass(slots=True)
class _Relation:
    oid: int
    schema: str
    table: str
    word: str
    name: str


@dataclass(slots=True)
class _Row:
    relation: int
    columns: list[str]
    commands: list[str | None]


def _relations(connection: Connection, names: Sequence[Name]) -> list[_Relation]:
    parameters = [each.schema for each in names], [each.name for each in names]
    with connection.cursor(row_factory=class_row(_Relation)) as cursor:
        return cursor.execute(_RELATIONS, parameters).fetchall()


def _commands(connection: Connection, relations: Sequence[_Relation]) -> Iterator[tuple[int, Command]]:
    fields = ("oid", "word", "name")
    parameters = {field: [getattr(row, field) for row in relations] for field in fields}
    for query in _QUERIES:
        whole = _OF_OBJECTS.replace("<query>", query) if query in _OBJECTS else query
        with connection.cursor(row_factory=class_row(_Row)) as cursor:
            rows = cursor.execute((_GIVEN + whole.replace("%", "%%")).encode(), parameters).fetchall()
        for row in rows:
            columns, replaced = frozenset(row.columns), query is _VIEW_OPTIONS
            for sql in filter(None, row.commands):
                yield row.relation, Command(sql=sql, columns=columns, replaced=replaced)


_RELATIONS = """
SELECT c.oid, n.nspname AS schema, c.relname AS table, format('%%I.%%I', n.nspname, c.relname) AS name,
       CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS word
FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'v', 'm')
"""

_GIVEN = """
WITH r AS (SELECT * FROM unnest(%(oid)s::oid[], %(word)s::text[], %(name)s::text[]) r (oid, word, name))
"""

# Queries return relations, and commands of which those that are not needed are NULL.
_SETTINGS = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  format('ALTER %s %s OWNER TO %I', r.word, r.name, pg_get_userbyid(c.relowner)),
  CASE WHEN c.relpersistence = 'u' THEN format('ALTER %s %s SET UNLOGGED', r.word, r.name) END,
  format('ALTER %s %s SET TABLESPACE ', r.word, r.name) || quote_ident(s.spcname),
  format('ALTER %s %s SET (', r.word, r.name) || o.options || ')',
  format('COMMENT ON %s %s IS ', r.word, r.name) || quote_literal(obj_description(r.oid, 'pg_class'))
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
CROSS JOIN LATERAL (
  SELECT string_agg(format('%s = %L', name, value), ', ') AS options FROM (
    SELECT option_name, option_value FROM pg_options_to_table(c.reloptions)
    UNION ALL SELECT 'toast.' || option_name, option_value FROM pg_options_to_table(t.reloptions)
  ) o (name, value) WHERE r.word <> 'VIEW'
) o
"""

_VIEW_OPTIONS = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  format('ALTER VIEW %s SET (%s)', r.name, string_agg(format('%s = %L', o.option_name, o.option_value), ', '))
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid CROSS JOIN LATERAL pg_options_to_table(c.reloptions) o
WHERE r.word = 'VIEW' GROUP BY r.oid, r.name
"""

# Not how values are stored: that depends on the type, which may be another one then.
_COLUMN_SETTINGS = """
SELECT r.oid AS relation, ARRAY[a.attname::text] AS columns, ARRAY[
  format('COMMENT ON COLUMN %s.%I IS ', r.name, a.attname) || quote_literal(t.description),
  CASE WHEN a.attstattarget >= 0 AND r.word <> 'VIEW' THEN format(
    'ALTER %s %s ALTER COLUMN %I SET STATISTICS %s', r.word, r.name, a.attname, a.attstattarget) END,
  format('ALTER %s %s ALTER COLUMN %I SET (', r.word, r.name, a.attname) || (
    SELECT string_agg(format('%s = %L', option_name, option_value), ', ')
    FROM pg_options_to_table(a.attoptions)) || ')',
  CASE WHEN r.word = 'VIEW' THEN format(
    'ALTER VIEW %s ALTER COLUMN %I SET DEFAULT ', r.name, a.attname) || pg_get_expr(d.adbin, d.adrelid) END
] AS commands
FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description t
  ON t.classoid = 'pg_class'::regclass AND t.objoid = a.attrelid AND t.objsubid = a.attnum
WHERE t.description IS NOT NULL OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR d.adbin IS NOT NULL
ORDER BY r.oid, a.attnum
"""

# Around each of the queries that return objects of a relation, with their titles: their
# comments, and the columns that they need.
_OF_OBJECTS = """
SELECT q.relation, q.commands || (
  'COMMENT ON ' || q.title || ' IS ' || quote_literal(obj_description(q.object, q.catalog))
) AS commands, ARRAY(
  SELECT DISTINCT a.attname::text FROM pg_depend p
  JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid AND a.attnum > 0
  WHERE p.classid = ('pg_catalog.' || q.catalog)::regclass AND p.objid = q.object
    AND p.refclassid = 'pg_class'::regclass AND p.refobjid = q.relation
) AS columns
FROM (<query>) q ORDER BY q.relation, q.title
"""

# Keys are ours; NOT NULL stands with the columns.
_CONSTRAINTS = """
SELECT r.oid AS relation, 'pg_constraint'::name AS catalog, k.oid AS object,
  format('CONSTRAINT %I ON %s', k.conname, r.name) AS title,
  ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.name, k.conname, pg_get_constraintdef(k.oid))]
  AS commands
FROM r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('c', 'u', 'x')
"""

_INDEXES = """
SELECT r.oid AS relation, 'pg_class'::name AS catalog, c.oid AS object,
  format('INDEX %I.%I', n.nspname, c.relname) AS title,
  ARRAY[
    pg_get_indexdef(c.oid),
    format('ALTER INDEX %I.%I SET TABLESPACE ', n.nspname, c.relname) || quote_ident(s.spcname)
  ] AS commands
FROM r JOIN pg_index i ON i.indrelid = r.oid AND i.indisvalid
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
WHERE NOT starts_with(c.relname, 'atscript__')
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
"""

# The index may be one of ours: its comment is ours too.
_INDEX_MARKS = """
SELECT r.oid AS relation, 'pg_class'::name AS catalog, c.oid AS object, NULL AS title,
  ARRAY[
    CASE WHEN i.indisclustered THEN format('ALTER %s %s CLUSTER ON %I', r.word, r.name, c.relname) END,
    CASE WHEN i.indisreplident THEN
      format('ALTER %s %s REPLICA IDENTITY USING INDEX %I', r.word, r.name, c.relname) END
  ] AS commands
FROM r JOIN pg_index i ON i.indrelid = r.oid AND (i.indisclustered OR i.indisreplident)
JOIN pg_class c ON c.oid = i.indexrelid
"""

_STATISTICS = """
SELECT r.oid AS relation, 'pg_statistic_ext'::name AS catalog, s.oid AS object,
  format('STATISTICS %I.%I', n.nspname, s.stxname) AS title,
  ARRAY[
    pg_get_statisticsobjdef(s.oid),
    CASE WHEN s.stxstattarget >= 0 THEN
      format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget) END,
    format('ALTER STATISTICS %I.%I OWNER TO %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner))
  ] AS commands
FROM r JOIN pg_statistic_ext s ON s.stxrelid = r.oid JOIN pg_namespace n ON n.oid = s.stxnamespace
"""

_RULES = """
SELECT r.oid AS relation, 'pg_rewrite'::name AS catalog, w.oid AS object,
  format('RULE %I ON %s', w.rulename, r.name) AS title,
  ARRAY[
    rtrim(pg_get_ruledef(w.oid), ';'),
    format('ALTER TABLE %s ', r.name) || CASE w.ev_enabled WHEN 'D' THEN 'DISABLE'
      WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END || format(' RULE %I', w.rulename)
  ] AS commands
FROM r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
"""

_TRIGGERS = """
SELECT r.oid AS relation, 'pg_trigger'::name AS catalog, t.oid AS object,
  format('TRIGGER %I ON %s', t.tgname, r.name) AS title,
  ARRAY[
    pg_get_triggerdef(t.oid),
    format('ALTER TABLE %s ', r.name) || CASE t.tgenabled WHEN 'D' THEN 'DISABLE'
      WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END || format(' TRIGGER %I', t.tgname)
  ] AS commands
FROM r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
"""

_POLICIES = """
SELECT r.oid AS relation, 'pg_policy'::name AS catalog, p.oid AS object,
  format('POLICY %I ON %s', p.polname, r.name) AS title,
  ARRAY[format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, r.name,
    CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
      ELSE 'ALL' END,
    (SELECT string_agg(CASE u WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u)) END, ', ')
     FROM unnest(p.polroles) u),
    ' USING (' || pg_get_expr(p.polqual, r.oid) || ')',
    ' WITH CHECK (' || pg_get_expr(p.polwithcheck, r.oid) || ')')] AS commands
FROM r JOIN pg_policy p ON p.polrelid = r.oid
"""

_SECURITY = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  CASE WHEN c.relrowsecurity THEN format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.name) END,
  CASE WHEN c.relforcerowsecurity THEN format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.name) END,
  format('ALTER TABLE %s REPLICA IDENTITY ', r.name)
    || CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' END
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid WHERE r.word = 'TABLE'
"""

_PUBLICATIONS = """
SELECT r.oid AS relation, 'pg_publication_rel'::name AS catalog, t.oid AS object, NULL AS title,
  ARRAY[format('ALTER PUBLICATION %I ADD TABLE ONLY %s%s%s', p.pubname, r.name, ' (' || (
      SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
      WHERE a.attrelid = r.oid AND a.attnum = ANY (t.prattrs::int2[])
    ) || ')', ' WHERE (' || pg_get_expr(t.prqual, r.oid) || ')')] AS commands
FROM r JOIN pg_publication_rel t ON t.prrelid = r.oid JOIN pg_publication p ON p.oid = t.prpubid
"""

# Default privileges may give a new relation more than this one had: first nobody has anything.
_REVOKES = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  format('REVOKE ALL ON TABLE %s FROM PUBLIC, ', r.name) || string_agg(DISTINCT quote_ident(u.rolname), ', ')
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid
LEFT JOIN pg_default_acl d ON d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, c.relnamespace)
LEFT JOIN LATERAL aclexplode(d.defaclacl) e ON true
JOIN pg_roles u ON u.oid IN (c.relowner, e.grantee)
WHERE c.relacl IS NOT NULL OR d.oid IS NOT NULL
GROUP BY r.oid, r.name
"""

# What somebody else than the owner granted is granted by that one again where the login may act
# for it, else by the owner.
_GRANTS = """
, acls AS (
  SELECT r.oid, r.name, c.relowner, NULL AS attname, 0 AS attnum,
         coalesce(c.relacl, acldefault('r', c.relowner)) AS acl
  FROM r JOIN pg_class c ON c.oid = r.oid
  WHERE c.relacl IS NOT NULL OR EXISTS (
    SELECT FROM pg_default_acl d WHERE d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, c.relnamespace))
  UNION ALL
  SELECT r.oid, r.name, c.relowner, a.attname, a.attnum, a.attacl
  FROM r JOIN pg_class c ON c.oid = r.oid JOIN pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL
), grants AS (
  SELECT x.oid, x.relowner, x.attname, x.attnum, e.grantor, min(e.place) AS place,
         format('GRANT %s ON TABLE %s TO %s%s',
           string_agg(concat(e.privilege, ' (' || quote_ident(x.attname) || ')'), ', ' ORDER BY e.place),
           x.name,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END,
           CASE WHEN e.grantable THEN ' WITH GRANT OPTION' END) AS command
  FROM acls x CROSS JOIN LATERAL aclexplode(x.acl)
    WITH ORDINALITY AS e (grantor, grantee, privilege, grantable, place)
  GROUP BY x.oid, x.name, x.relowner, x.attname, x.attnum, e.grantor, e.grantee, e.grantable
)
SELECT oid AS relation, array_remove(ARRAY[attname::text], NULL) AS columns, ARRAY[
  CASE WHEN grantor = relowner THEN command ELSE format('DO %L', format(
    'DECLARE before text := current_setting(''role''); BEGIN SET LOCAL ROLE %1$I; %2$s; '
    'PERFORM set_config(''role'', before, true); EXCEPTION WHEN insufficient_privilege THEN %2$s; END',
    pg_get_userbyid(grantor), command)) END
] AS commands
FROM grants ORDER BY oid, attnum, place
"""

_OBJECTS = (
    _CONSTRAINTS,
    _INDEXES,
    _INDEX_MARKS,
    _STATISTICS,
    _RULES,
    _TRIGGERS,
    _POLICIES,
    _PUBLICATIONS,
)
_QUERIES = (_SETTINGS, _VIEW_OPTIONS, _COLUMN_SETTINGS, *_OBJECTS, _SECURITY, _REVOKES, _GRANTS)
