"""Every kind of diagnostic there is, with its stable code.

`AS1xx` syntax, `AS2xx` names and types, `AS3xx` annotations, `AS4xx` what a database
asks. A code is never given to another problem. `meaning` is a paragraph of
docs/diagnostics.md; the examples there are those of tests/cases/diagnostics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from schemasync.errors import Diagnostic, Related, Severity, Span

# A diagnostic with more related places than these helps nobody.
SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of diagnostic."""

    code: str
    title: str
    meaning: str
    severity: Severity = Severity.ERROR

    def at(
        self, span: Span, message: str, *, hint: str | None = None, related: tuple[Related, ...] = ()
    ) -> Diagnostic:
        """Return the diagnostic of this kind at a place."""
        return Diagnostic(
            span=span, code=self.code, message=message, severity=self.severity, hint=hint, related=related
        )

    def like(self, other: Diagnostic) -> Diagnostic:
        """Return `other` as a diagnostic of this kind, if it was only an unexpected token."""
        return replace(other, code=self.code) if other.code == UNEXPECTED.code else other


UNEXPECTED = Problem("AS101", "Unexpected token", "Something stands where the grammar wants something else.")
UNTERMINATED_STRING = Problem(
    "AS102",
    "String without an end",
    "A string ends on the line on which it begins, with the quote that began it.",
)
UNTERMINATED_QUERY = Problem(
    "AS103", "Query without an end", "A query expression ends with a backtick, before the next annotation."
)
UNTERMINATED_COMMENT = Problem(
    "AS104", "Comment without an end", "A comment that begins with `/*` ends with `*/`."
)
UNKNOWN_CHARACTER = Problem("AS105", "Unknown character", "The language has no use for this character.")
TOO_DEEP = Problem(
    "AS106", "Nested too deeply", "Types, queries and objects in objects may be nested 60 levels deep."
)
NOT_UTF8 = Problem("AS107", "Not UTF-8", "Files are UTF-8 text.")
FORBIDDEN_CHARACTER = Problem(
    "AS108", "Forbidden character", "NUL and lone surrogates cannot be stored by a database."
)
BAD_ESCAPE = Problem(
    "AS109",
    "Escape that is no character",
    "An escape in a string stands for a character that a database can store.",
)
BAD_REGEX = Problem(
    "AS110",
    "Broken regular expression",
    "Brackets, quantifiers and flags must be those of a JavaScript regular expression.",
)
QUERY_SYNTAX = Problem(
    "AS111", "Unexpected token in a query", "Queries are comparisons joined by `and`, `or` and `not`."
)
EXPORTED_ANNOTATE = Problem(
    "AS112", "Exported annotate block", "Only `annotate T as U` makes something that can be exported."
)
BAD_NUMBER = Problem("AS113", "Number too large", "A number fits into 64 bits of floating point.")

EMPTY_NAME = Problem("AS114", "Empty name", "A prop has a name of at least one character.")

UNKNOWN_NAME = Problem("AS201", "Unknown name", "Types are primitives, declared in the file, or imported.")
UNKNOWN_PROP = Problem(
    "AS202", "Unknown prop", "A reference or an annotate block names a prop that its type does not have."
)
MISSING_FILE = Problem(
    "AS203",
    "Missing file",
    "An import names a file of the set, without `.as`: relative, or below `node_modules`.",
)
NOT_EXPORTED = Problem("AS204", "Not exported", "Only what a file exports can be imported from it.")
DUPLICATE_NAME = Problem("AS205", "Name declared twice", "A name means one thing in a file.")
DUPLICATE_PROP = Problem(
    "AS206",
    "Prop declared twice",
    "An interface has one prop of a name; inherited ones cannot be declared again.",
)
CIRCULAR_EXTENDS = Problem(
    "AS207", "Circular extends", "An interface cannot extend itself, not even through others."
)
NOT_AN_INTERFACE = Problem(
    "AS208", "Not an object type", "`extends` and `annotate` need an interface or a type that is an object."
)
CIRCULAR_TYPE = Problem(
    "AS209", "Circular type", "A type cannot be made of itself; a column cannot hold itself."
)
UNKNOWN_PRIMITIVE = Problem(
    "AS210", "Unknown extension of a primitive", "The extensions of each primitive are fixed."
)
NOT_A_TYPE = Problem("AS211", "Not a type", "`db` and `mongo` are groups of types, not types.")
CONFLICTING_INTERSECTION = Problem(
    "AS212", "Intersection of nothing", "An intersection joins object types, or extensions of one primitive."
)
DUPLICATE_FILE = Problem(
    "AS213", "File given twice", "Two paths that mean the same file cannot both be in a set."
)

UNKNOWN_ANNOTATION = Problem(
    "AS301",
    "Unknown annotation",
    "The names below `db`, `meta`, `expect` and `emit` are fixed; other annotations are free.",
)
WRONG_PLACE = Problem(
    "AS302",
    "Annotation in the wrong place",
    "Each annotation belongs to interfaces, types, props or annotate blocks.",
)
MISSING_ARGUMENT = Problem(
    "AS303", "Missing argument", "An annotation needs each of its arguments that is not optional."
)
TOO_MANY_ARGUMENTS = Problem(
    "AS304", "Too many arguments", "An annotation takes no more arguments than it declares."
)
WRONG_ARGUMENT = Problem("AS305", "Argument of a wrong type", "Each argument has a type.")
WRONG_VALUE = Problem(
    "AS306", "Argument outside the allowed values", "Some arguments take one of a list of values."
)
REPEATED = Problem("AS307", "Annotation repeated", "Most annotations can stand once at a place.")
WRONG_TYPE = Problem(
    "AS308", "Annotation on a value of a wrong type", "Some annotations need a string, a number or an array."
)
ARGUMENT_RANGE = Problem(
    "AS309", "Argument out of range", "Lengths, precisions and counts are whole numbers of a sensible size."
)

NOT_IN_VIEW = Problem(
    "AS401", "Type that the view does not read", "A view reads its entry and what it joins, nothing else."
)
NO_SOURCE = Problem(
    "AS402",
    "View column without a source",
    "A column of a view is a field of what it reads, or an aggregate.",
)
UNKNOWN_FIELD = Problem(
    "AS403",
    "Unknown field in a query",
    "Queries compare stored fields of what the view reads; `having` those of the view.",
)
TABLE_AND_VIEW = Problem("AS404", "Table and view at once", "An interface is a table or a view, not both.")
NEEDS_TABLE = Problem(
    "AS405",
    "Annotation that needs a table",
    "Some annotations say something about a table; the interface must be one.",
)
NEEDS_ENTRY = Problem(
    "AS406",
    "View clause without an entry",
    "Joins and conditions belong to views that read something: `@db.view.for` says what.",
)
NEEDS_VIEW = Problem(
    "AS407",
    "Annotation that needs a view",
    "Some annotations say something about a view; the interface must be one.",
)
IGNORED_ID = Problem(
    "AS408", "Ignored primary key", "A primary key is stored; `@db.ignore` and `@meta.id` exclude each other."
)
VERSION_TYPE = Problem(
    "AS409", "Version that is no number", "The version of a row is a number that is always there."
)
VERSION_TWICE = Problem("AS410", "More than one version", "A table has one `@db.column.version`.")
ENCRYPTED = Problem(
    "AS411",
    "Encrypted value in use",
    "The database cannot look into an encrypted value: it is no key, has no index, default or collation.",
)
FK_REFERENCE = Problem(
    "AS412",
    "Foreign key without a reference",
    "The type of a foreign key is a field of the table it refers to, as in `User.id`.",
)
FK_TARGET = Problem(
    "AS413", "Foreign key to no key", "A foreign key refers to a field with `@meta.id` or `@db.index.unique`."
)
FK_SCALAR = Problem(
    "AS414",
    "Foreign key to no scalar",
    "A foreign key refers to a single value: a string, a number, a decimal or a boolean.",
)
FK_TABLE = Problem(
    "AS415", "Foreign key to no table", "A foreign key refers to a field of an interface with `@db.table`."
)
FK_ALIAS = Problem(
    "AS416",
    "Foreign keys that cannot be told apart",
    "Of several foreign keys to one table, all but one need an alias.",
)
TO_WITHOUT_FK = Problem(
    "AS417", "Relation without a foreign key", "`@db.rel.to` follows a foreign key of its own table."
)
TO_AMBIGUOUS = Problem(
    "AS418",
    "Relation that could follow several keys",
    "Where several foreign keys join two tables, `@db.rel.to` needs the alias of one.",
)
FROM_WITHOUT_FK = Problem(
    "AS419",
    "Reverse relation without a foreign key",
    "`@db.rel.from` follows a foreign key of the other table.",
)
FROM_AMBIGUOUS = Problem(
    "AS420",
    "Reverse relation that could follow several keys",
    "Where several foreign keys join two tables, `@db.rel.from` needs the alias of one.",
)
VIA_JUNCTION = Problem(
    "AS421",
    "Junction without foreign keys",
    "`@db.rel.via` goes through a table with a foreign key to each side.",
)
RELATION_TYPE = Problem(
    "AS422", "Relation to no table", "The type of a relation is an interface, or an array of it."
)
ACTION_WITHOUT_FK = Problem(
    "AS423",
    "Action without a foreign key",
    "`@db.rel.onDelete` and `@db.rel.onUpdate` say what a foreign key does.",
)
SET_NULL = Problem("AS424", "setNull on a required field", "`setNull` needs a field that may be missing.")
SET_DEFAULT = Problem("AS425", "setDefault without a default", "`setDefault` needs a field with a default.")
CURRENCY_TYPE = Problem("AS426", "Amount that is no decimal", "Amounts of money are decimals.")
SIBLING = Problem(
    "AS427",
    "Missing sibling",
    "`@db.amount.currency.ref` and `@db.unit.ref` name a string prop beside their own.",
)
DUPLICATE_TABLE = Problem(
    "AS428",
    "Table declared twice",
    "Exported tables and views need names of their own, whatever their schema.",
)
DUPLICATE_COLUMN = Problem(
    "AS429",
    "Column declared twice",
    "Two props of a table cannot have one column; objects are flattened to `a__b`.",
)
CUT_NAME = Problem(
    "AS430", "Names equal when cut", "PostgreSQL cuts names to 63 bytes; two that are equal then are one."
)
VIEW_OF = Problem("AS431", "View of no table", "A view reads tables and other views.")
UNKNOWN_INDEX = Problem(
    "AS432", "Unknown index", "`@db.table.preferredId.uniqueIndex` names a unique index of the table."
)
TOO_MANY_COLUMNS = Problem(
    "AS433", "Too many columns", "Objects within objects would become more columns than any database has."
)
JOINED_TWICE = Problem(
    "AS435", "Type joined twice", "A view reads each table once: its conditions could not tell two apart."
)
OPTIONAL_KEY = Problem(
    "AS436", "Optional key of an item", "`@expect.array.key` tells the items of an array apart: each has it."
)
NOT_MADE = Problem(
    "AS434",
    "Reference to a table that is not made",
    "A foreign key or a view needs a table that is not exported, or is in another `@db.space`: "
    "the database must have it already.",
    Severity.WARNING,
)
INSIDE_VALUE = Problem(
    "AS437",
    "Index or key inside a value",
    "SQL databases have indexes and foreign keys on columns only: not on objects, nor on props "
    "inside JSON values. A document store makes such an index.",
    Severity.WARNING,
)
VIEW_CIRCLE = Problem(
    "AS438", "View that reads itself", "A view cannot read itself, not even by way of other views."
)
KEY_OF_OBJECT = Problem(
    "AS439",
    "Primary key of no single value",
    "A primary key is a column of a single value, or several of them.",
)
RESERVED_NAME = Problem(
    "AS440", "Reserved name", "The table `__atscript_control` holds the state of the database itself."
)
DEFAULTS = Problem("AS441", "More than one default", "A column has one default.")
AGGREGATES = Problem("AS442", "More than one aggregate", "A column of a view shows one aggregate.")
SET_NULL_PART = Problem(
    "AS443",
    "setNull on a key with a required field",
    "`setNull` sets every field of a foreign key to null: where one is required, deleting or changing "
    "the row that it refers to fails.",
    Severity.WARNING,
)
GEO_TYPE = Problem("AS444", "Geographic index of no point", "`@db.index.geo` needs a `db.geoPoint`.")
VECTOR_TYPE = Problem(
    "AS445", "Vector search of no vector", "`@db.search.vector` needs a `db.vector`, or numbers in an array."
)
FILTER_FIELD = Problem(
    "AS446",
    "Unknown field in the filter of a relation",
    "`@db.rel.filter` compares stored fields of the table that the relation leads to, of its own, "
    "or of the junction.",
)
FK_FIELD = Problem(
    "AS447",
    "Foreign key that refers to a field twice",
    "Columns that share an alias are one foreign key; each refers to a field of its own.",
)
