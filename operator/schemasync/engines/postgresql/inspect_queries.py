"""The questions by which a server is asked what it holds.

All are about some relations, and each is asked once, however many these are.
"""

RELATIONS = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS body
FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
"""

COLUMNS = """
SELECT a.attrelid AS relation, a.attname AS name,
       -- Types that are not the server's own are known by their names, wherever they live.
       CASE WHEN t.typnamespace <> 'pg_catalog'::regnamespace
         THEN regexp_replace(pg_catalog.format_type(a.atttypid, a.atttypmod), '^.*\\.', '')
         ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END AS type,
       a.attnotnull AS required,
       a.attgenerated <> '' AS generated, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname END AS collation,
       a.attidentity <> '' AS identity, s.seqstart AS start
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_depend p ON a.attidentity <> '' AND p.refclassid = 'pg_catalog.pg_class'::regclass
  AND p.classid = 'pg_catalog.pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
  AND p.deptype = 'i'
LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

# Sequences that defaults take their values from.
COUNTERS = """
SELECT d.adrelid AS relation, a.attname AS column, n.nspname AS schema, s.relname AS name,
       EXISTS (SELECT FROM pg_catalog.pg_depend o
               WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = s.oid AND o.deptype = 'a'
                 AND o.refclassid = 'pg_catalog.pg_class'::regclass
                 AND o.refobjid = d.adrelid AND o.refobjsubid = d.adnum) AS owned,
       ARRAY(SELECT pg_catalog.pg_describe_object(u.classid, u.objid, u.objsubid)
             FROM pg_catalog.pg_depend u
             WHERE u.refclassid = 'pg_catalog.pg_class'::regclass AND u.refobjid = s.oid AND u.deptype = 'n'
               AND (u.classid, u.objid) <> ('pg_catalog.pg_attrdef'::regclass, d.oid)
             ORDER BY 1) AS users
FROM pg_catalog.pg_attrdef d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_catalog.pg_depend x ON x.classid = 'pg_catalog.pg_attrdef'::regclass AND x.objid = d.oid
  AND x.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_catalog.pg_class s ON s.oid = x.refobjid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
WHERE d.adrelid = ANY (%s)
"""

INDEXES = """
SELECT i.indrelid AS relation, c.relname AS name, am.amname AS method, i.indisunique AS unique,
       i.indisvalid AND i.indisready AS valid,
       pg_catalog.pg_get_expr(i.indexprs, i.indrelid) AS expressions,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       ARRAY(SELECT a.attname::text
             FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (num, pos)
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
             ORDER BY k.pos) AS columns,
       ARRAY(SELECT CASE WHEN o.opcdefault THEN NULL ELSE o.opcname::text END
             FROM unnest((i.indclass::oid[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (class, pos)
             JOIN pg_catalog.pg_opclass o ON o.oid = k.class
             ORDER BY k.pos) AS operators,
       i.indoption::int2[] AS options
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE i.indrelid = ANY (%s) AND NOT i.indisprimary
ORDER BY c.relname
"""

KEYS = """
SELECT k.conrelid AS relation, k.conname AS name, k.contype AS kind, tn.nspname AS target_schema,
       tc.relname AS target, k.confdeltype AS on_delete, k.confupdtype AS on_update,
       pg_catalog.pg_get_constraintdef(k.oid) AS printed,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (num, pos)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
             ORDER BY u.pos) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, pos)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num
             ORDER BY u.pos) AS target_columns
FROM pg_catalog.pg_constraint k
LEFT JOIN pg_catalog.pg_class tc ON tc.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
WHERE k.conrelid = ANY (%s) AND k.contype IN ('p', 'f')
ORDER BY k.conname
"""

# Views of anybody; foreign keys of other tables; policies, triggers, rules, functions, publications,
# generated columns, heirs.
# What belongs to the relation as such (its own indexes, keys, default) goes and comes with it.
DEPENDANTS = """
SELECT d.refobjid AS relation, a.attname AS column,
       CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind,
       n.nspname || '.' || v.relname AS name, n.nspname AS view_schema, v.relname AS view
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  AND d.refobjid = ANY (%s) AND r.ev_class <> d.refobjid
UNION
SELECT k.confrelid, a.attname, 'foreign key', k.conname || ' of ' || n.nspname || '.' || c.relname, NULL, NULL
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
WHERE k.contype = 'f' AND k.confrelid = ANY (%s) AND NOT k.conrelid = ANY (%s)
UNION
SELECT d.refobjid, a.attname, i.type, i.identity, NULL, NULL
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = ANY (%s) AND d.refobjsubid > 0
  AND (d.classid IN ('pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass,
                     'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_statistic_ext'::regclass,
                     'pg_catalog.pg_publication_rel'::regclass)
       OR d.classid = 'pg_catalog.pg_rewrite'::regclass
         AND (SELECT r.rulename <> '_RETURN' AND r.ev_class = d.refobjid
              FROM pg_catalog.pg_rewrite r WHERE r.oid = d.objid)
       OR d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.deptype = 'n')
UNION
-- Indexes and constraints of others: they would go with a column without a word.
SELECT i.indrelid, a.attname, 'index', c.relname, NULL, NULL
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
WHERE i.indrelid = ANY (%s) AND c.relname NOT LIKE 'atscript\\_\\_%%'
UNION
SELECT k.conrelid, a.attname, 'constraint', k.conname, NULL, NULL
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
WHERE k.conrelid = ANY (%s) AND k.contype IN ('c', 'u', 'x')
UNION
-- What uses the type of the relation's rows.
SELECT c.oid, NULL, i.type, i.identity, NULL, NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_type t ON t.oid = c.reltype
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'n'
  AND d.refobjid IN (t.oid, t.typarray)
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
WHERE c.oid = ANY (%s) AND c.relkind = 'r'
UNION
SELECT h.inhparent, NULL, 'table', n.nspname || '.' || c.relname, NULL, NULL
FROM pg_catalog.pg_inherits h
JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE h.inhparent = ANY (%s)
ORDER BY 1, 2, 3, 4
"""
SCHEMAS = "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s)"
