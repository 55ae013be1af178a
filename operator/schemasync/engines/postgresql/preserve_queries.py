"""The questions by which a server is asked for what must survive when a relation is made again.

Each is given `r`, a row for each relation that goes: its `oid` and `kind`, and for the commands the
`schema`, the full `name` and the `word` of what takes its place, and `key`, the name of that one's
primary key. Each returns relations, the columns that the commands need, and commands, of which those
that are not needed are NULL.
"""

from __future__ import annotations

from schemasync.engines.base import Scope

RELATIONS = """
SELECT w.place - 1 AS place, c.oid,
       CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS kind
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS w (schema, name, place)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'v', 'm')
"""

GIVEN = """
WITH r AS (
  SELECT * FROM unnest(%(oid)s::oid[], %(kind)s::text[], %(word)s::text[], %(schema)s::text[],
                       %(name)s::text[], %(key)s::text[]) AS r (oid, kind, word, schema, name, key)
)
"""

_SETTINGS = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  format('ALTER %s %s OWNER TO %I', r.word, r.name, pg_get_userbyid(c.relowner)),
  CASE WHEN c.relpersistence = 'u' THEN format('ALTER %s %s SET UNLOGGED', r.word, r.name) END,
  format('ALTER %s %s SET TABLESPACE ', r.word, r.name) || quote_ident(s.spcname),
  format('ALTER %s %s SET (', r.word, r.name) || o.options || ')',
  CASE WHEN m.amname <> current_setting('default_table_access_method') THEN
    format('ALTER %s %s SET ACCESS METHOD %I', r.word, r.name, m.amname) END,
  -- What reads it may just have been filled from it: it is emptied only now.
  CASE WHEN NOT c.relispopulated THEN format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', r.name) END,
  format('COMMENT ON %s %s IS ', r.word, r.name) || quote_literal(obj_description(r.oid, 'pg_class'))
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
CROSS JOIN LATERAL (
  SELECT string_agg(format('%s = %L', name, value), ', ') AS options FROM (
    SELECT option_name, option_value FROM pg_options_to_table(c.reloptions)
    UNION ALL SELECT 'toast.' || option_name, option_value FROM pg_options_to_table(t.reloptions)
  ) o (name, value) WHERE r.kind <> 'VIEW'
) o
"""

_VIEW_OPTIONS = """
SELECT r.oid AS relation, '{}'::text[] AS columns, ARRAY[
  format('ALTER VIEW %s SET (%s)', r.name, string_agg(format('%s = %L', o.option_name, o.option_value), ', '))
] AS commands
FROM r JOIN pg_class c ON c.oid = r.oid CROSS JOIN LATERAL pg_options_to_table(c.reloptions) o
WHERE r.kind = 'VIEW' GROUP BY r.oid, r.name
"""

_COLUMN_SETTINGS = """
SELECT r.oid AS relation, ARRAY[a.attname::text] AS columns, ARRAY[
  format('COMMENT ON COLUMN %s.%I IS ', r.name, a.attname) || quote_literal(t.description),
  CASE WHEN a.attstattarget >= 0 AND r.kind <> 'VIEW' THEN format(
    'ALTER %s %s ALTER COLUMN %I SET STATISTICS %s', r.word, r.name, a.attname, a.attstattarget) END,
  format('ALTER %s %s ALTER COLUMN %I SET (', r.word, r.name, a.attname) || (
    SELECT string_agg(format('%s = %L', option_name, option_value), ', ')
    FROM pg_options_to_table(a.attoptions)) || ')',
  CASE WHEN r.kind = 'VIEW' THEN format(
    'ALTER VIEW %s ALTER COLUMN %I SET DEFAULT ', r.name, a.attname) || pg_get_expr(d.adbin, d.adrelid) END
] AS commands
FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description t
  ON t.classoid = 'pg_class'::regclass AND t.objoid = a.attrelid AND t.objsubid = a.attnum
WHERE t.description IS NOT NULL OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL OR d.adbin IS NOT NULL
ORDER BY r.oid, a.attnum
"""

# These depend on the column's type.
_COLUMN_STORAGE = """
SELECT r.oid AS relation, ARRAY[a.attname::text] AS columns, ARRAY[
  CASE WHEN a.attstorage <> t.typstorage THEN
    format('ALTER %s %s ALTER COLUMN %I SET STORAGE ', r.word, r.name, a.attname)
      || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
         ELSE 'EXTENDED' END END,
  format('ALTER %s %s ALTER COLUMN %I SET COMPRESSION ', r.word, r.name, a.attname)
    || CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END
] AS commands
FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE r.kind <> 'VIEW' AND (a.attstorage <> t.typstorage OR a.attcompression <> '')
ORDER BY r.oid, a.attnum
"""

# Only a provider can have made one, and it is asked again.
_LABELS = """
SELECT r.oid AS relation, array_remove(ARRAY[a.attname::text], NULL) AS columns, ARRAY[
  CASE WHEN l.objsubid = 0 THEN format(
      'SECURITY LABEL FOR %I ON %s %s IS %L', l.provider, r.word, r.name, l.label)
    ELSE format('SECURITY LABEL FOR %I ON COLUMN %s.%I IS %L', l.provider, r.name, a.attname, l.label) END
] AS commands
FROM r JOIN pg_seclabel l ON l.classoid = 'pg_class'::regclass AND l.objoid = r.oid
LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = l.objsubid AND l.objsubid > 0
ORDER BY r.oid, l.provider, l.objsubid
"""

# Around each of the queries that return objects of a relation, with their titles: their
# comments, and the columns that they need.
OF_OBJECTS = """
SELECT q.relation, q.title, q.commands || (
  'COMMENT ON ' || q.title || ' IS ' || quote_literal(obj_description(q.object, q.catalog))
) AS commands, ARRAY(
  SELECT DISTINCT a.attname::text FROM pg_depend p
  JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid AND a.attnum > 0
  WHERE p.classid = ('pg_catalog.' || q.catalog)::regclass AND p.objid = q.object
    AND p.refclassid = 'pg_class'::regclass AND p.refobjid = q.relation
) AS columns
FROM (<query>) q ORDER BY q.relation, q.title
"""

# As above, for parts of ours, of which only some commands are needed.
OF_PARTS = """
SELECT q.relation, q.part, q.commands, ARRAY(
  SELECT DISTINCT a.attname::text FROM pg_depend p
  JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid AND a.attnum > 0
  WHERE p.classid = ('pg_catalog.' || q.catalog)::regclass AND p.objid = q.object
    AND p.refclassid = 'pg_class'::regclass AND p.refobjid = q.relation
) AS columns
FROM (<query>) q ORDER BY q.relation, q.part
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

# What others said of keys and indexes of ours, which are made with the relation or anew on their own.
_KEY_MARKS = """
SELECT r.oid AS relation, 'pg_constraint'::name AS catalog, k.oid AS object, n.name AS part, ARRAY[
  format('COMMENT ON CONSTRAINT %I ON %s IS ', n.name, r.name)
    || quote_literal(obj_description(k.oid, 'pg_constraint'))
] AS commands
FROM r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'f')
JOIN LATERAL (SELECT CASE k.contype WHEN 'p' THEN r.key ELSE k.conname::text END) n (name)
  ON n.name IS NOT NULL
"""

# An index of somebody else is marked as well; it is no part of ours.
_INDEX_MARKS = """
SELECT r.oid AS relation, 'pg_class'::name AS catalog, c.oid AS object, n.part, ARRAY[
  CASE WHEN n.part IS NOT NULL THEN
    format('ALTER INDEX %s SET TABLESPACE ', n.whole) || quote_ident(s.spcname) END,
  CASE WHEN n.part IS NOT NULL THEN format('ALTER INDEX %s SET (', n.whole) || (
    SELECT string_agg(format('%s = %L', option_name, option_value), ', ')
    FROM pg_options_to_table(c.reloptions)) || ')' END,
  CASE WHEN n.part IS NOT NULL THEN
    format('COMMENT ON INDEX %s IS ', n.whole) || quote_literal(obj_description(c.oid, 'pg_class')) END,
  CASE WHEN i.indisclustered THEN format('ALTER %s %s CLUSTER ON %I', r.word, r.name, n.name) END,
  CASE WHEN i.indisreplident THEN
    format('ALTER %s %s REPLICA IDENTITY USING INDEX %I', r.word, r.name, n.name) END
] AS commands
FROM r JOIN pg_index i ON i.indrelid = r.oid
JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
CROSS JOIN LATERAL (SELECT CASE WHEN i.indisprimary THEN r.key ELSE c.relname::text END) m (name)
JOIN LATERAL (
  SELECT m.name, format('%I.%I', r.schema, m.name),
         CASE WHEN i.indisprimary OR starts_with(c.relname, 'atscript__') THEN m.name END
) n (name, whole, part) ON m.name IS NOT NULL
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
FROM r JOIN pg_class c ON c.oid = r.oid WHERE r.kind = 'TABLE'
"""

_PUBLICATIONS = """
SELECT r.oid AS relation, 'pg_publication_rel'::name AS catalog, t.oid AS object,
  format('PUBLICATION %I', p.pubname) AS title,
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

# The new counter's name is the server's choice. First nobody has anything, as with relations.
_COUNTERS = """
, counters AS (
  SELECT r.oid, r.name, a.attname, 'counter of ' || a.attname AS part, s.relowner, s.oid AS counter, s.relacl,
         format('pg_get_serial_sequence(%L, %L)', r.name, a.attname) AS found
  FROM r JOIN pg_attribute a ON a.attrelid = r.oid
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = r.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
), commands AS (
  SELECT k.oid, k.attname, k.part, k.found, 0 AS place,
    format('REVOKE ALL ON SEQUENCE %%s FROM PUBLIC, %s', string_agg(DISTINCT replace(
      quote_ident(u.rolname), '%', '%%'), ', ')) AS command
  FROM counters k JOIN pg_class c ON c.oid = k.counter
  LEFT JOIN pg_default_acl d ON d.defaclobjtype = 'S' AND d.defaclnamespace IN (0, c.relnamespace)
  LEFT JOIN LATERAL aclexplode(d.defaclacl) e ON true
  JOIN pg_roles u ON u.oid IN (c.relowner, e.grantee)
  WHERE k.relacl IS NOT NULL OR d.oid IS NOT NULL
  GROUP BY k.oid, k.attname, k.part, k.found, k.counter
  UNION ALL
  SELECT k.oid, k.attname, k.part, k.found, 1, format('GRANT %s ON SEQUENCE %%s TO %s%s',
    string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type),
    CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE replace(
      quote_ident(pg_get_userbyid(e.grantee)), '%', '%%') END,
    CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' END)
  FROM counters k CROSS JOIN LATERAL aclexplode(coalesce(k.relacl, acldefault('s', k.relowner))) e
  WHERE k.relacl IS NOT NULL OR EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclobjtype = 'S')
  GROUP BY k.oid, k.attname, k.part, k.found, k.counter, e.grantee, e.is_grantable
  UNION ALL
  SELECT k.oid, k.attname, k.part, k.found, 2,
    'COMMENT ON SEQUENCE %s IS ' || quote_literal(replace(obj_description(k.counter, 'pg_class'), '%', '%%'))
  FROM counters k
)
SELECT oid AS relation, part, ARRAY[attname::text] AS columns, ARRAY[
  format('DO %L', format(
    'BEGIN IF %1$s IS NOT NULL THEN EXECUTE format(%2$L, %1$s); END IF; END', found, command))
] AS commands
FROM commands WHERE command IS NOT NULL ORDER BY oid, attname, place, command
"""

OBJECTS = (_CONSTRAINTS, _INDEXES, _STATISTICS, _RULES, _TRIGGERS, _POLICIES, _PUBLICATIONS)
PARTS = (_KEY_MARKS, _INDEX_MARKS)
# Lost by CREATE OR REPLACE as well.
REPLACED = (_VIEW_OPTIONS,)
# Only for columns that keep their types.
TYPED = (_COLUMN_STORAGE,)
_ANY, _OWN, _STORAGE, _FOREIGN = Scope.ANY, Scope.OWN, Scope.STORAGE, Scope.FOREIGN
# Each with the scopes of its commands, by their places; the last one is that of all others.
QUERIES = {
    _SETTINGS: (_ANY, _STORAGE, _STORAGE, _STORAGE, _STORAGE, _STORAGE, _ANY),
    _VIEW_OPTIONS: (_OWN,),
    _COLUMN_SETTINGS: (_ANY, _STORAGE, _STORAGE, _OWN),
    _COLUMN_STORAGE: (_STORAGE,),
    _LABELS: (_ANY,),
    _CONSTRAINTS: (_OWN,),
    _INDEXES: (_FOREIGN,),
    _KEY_MARKS: (_STORAGE,),
    _INDEX_MARKS: (_STORAGE, _STORAGE, _STORAGE, _STORAGE, _OWN),
    _STATISTICS: (_FOREIGN,),
    _RULES: (_FOREIGN,),
    _TRIGGERS: (_FOREIGN,),
    _POLICIES: (_FOREIGN,),
    _PUBLICATIONS: (_OWN,),
    _SECURITY: (_OWN,),
    _REVOKES: (_ANY,),
    _GRANTS: (_ANY,),
    _COUNTERS: (_STORAGE,),
}
