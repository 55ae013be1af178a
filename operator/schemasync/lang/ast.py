"""What the parser makes of a file: its statements as they are written.

Offsets are code points from the start of the file, `end` exclusive. Names are not
resolved here; that is the work of `scope` and `types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Either

if TYPE_CHECKING:
    from schemasync.errors import Span
    from schemasync.lang.source import Source

_EXACT = 2**53


LogicOp = Either["and", "or", "not"]


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier or a quoted name, without its quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reference:
    """`N`, `N.field.sub` or a primitive such as `string.email`: the text, dots included."""

    text: str
    start: int
    end: int

    def parts(self) -> list[Name]:
        """Return the names between the dots, each with its own place."""
        names, start = [], self.start
        for text in self.text.split("."):
            names.append(Name(text, start, start + len(text)))
            start += len(text) + 1
        return names


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right` of a query: `op` is the wire name (`$eq`), a missing `right` is None."""

    left: Reference
    op: str
    right: Reference | Value | tuple[Value, ...] | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`and`, `or` over two and more operands, `not` over one."""

    op: LogicOp
    operands: tuple[Query, ...]
    start: int
    end: int


Query = Comparison | Logic

Kind = Either["string", "number", "boolean", "null", "undefined", "ref", "query", "regex"]


@dataclass(frozen=True, slots=True)
class Value:
    """A literal, an argument of an annotation, or an operand of a query.

    `value` is a str for a string, for a number its text, for a regular expression its
    pattern; a bool, None, a Reference, or the Query (None where it could not be read).
    """

    kind: Kind
    value: str | bool | Reference | Query | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """`@name args`; `name` without the at sign, the end is that of the name.

    It knows its file, for annotations travel: from types and annotate blocks to props. Where
    what stands behind it could not be read, it is `broken`: its arguments may be others.
    """

    name: str
    args: tuple[Value, ...]
    start: int
    end: int
    source: Source
    broken: bool = False

    @property
    def span(self) -> Span:
        """The place of the name."""
        return self.source.span(self.start, self.end)

    def text(self, position: int = 0) -> str | None:
        """Return the argument at `position` as the text that stands there, None if there is none."""
        if position >= len(self.args):
            return None
        value = self.args[position].value
        return value if isinstance(value, str) else None

    def number(self, position: int = 0) -> float | None:
        """Return the argument at `position` as a number, None if there is none."""
        if position >= len(self.args) or self.args[position].kind != "number":
            return None
        value = float(str(self.args[position].value))
        return int(value) if value.is_integer() and abs(value) < _EXACT else value


@dataclass(frozen=True, slots=True)
class Object:
    """`{ … }`; not `complete` where it has props that could not be read, not even their names."""

    props: tuple[Prop, ...]
    start: int
    end: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Array:
    """`T[]`."""

    item: Type
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """`A | B`, `A & B` or `[A, B]`: two or more types (a tuple: any number)."""

    op: Either["union", "intersection", "tuple"]
    items: tuple[Type, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A type that could not be read; it has been reported."""

    start: int
    end: int


Type = Reference | Value | Object | Array | Group | Broken


@dataclass(frozen=True, slots=True)
class Prop:
    """`name?: T`; a pattern (`[*]`, `[/…/]`) has its text as name and is never a column."""

    name: Name
    optional: bool
    pattern: bool
    annotations: tuple[Annotation, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Import:
    """`import { A, B } from 'specifier'`; the place of the specifier includes its quotes.

    The specifier is None where the statement could not be read; its names are known to be there.
    """

    names: tuple[Name, ...]
    specifier: Name | None


@dataclass(frozen=True, slots=True)
class Interface:
    """`interface N extends A, B { … }`."""

    name: Name
    extends: tuple[Reference, ...]
    body: Object
    exported: bool
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """`type N = T`."""

    name: Name
    type: Type
    exported: bool
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an annotate block: annotations for the prop at `path`."""

    path: tuple[Name, ...]
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Annotate:
    """`annotate T { … }`, or with a `name` of its own `annotate T as N { … }`."""

    target: Name
    name: Name | None
    entries: tuple[Entry, ...]
    exported: bool
    annotations: tuple[Annotation, ...]


Declaration = Interface | Alias | Annotate


@dataclass(frozen=True, slots=True)
class Module:
    """All statements of one file, each kind in the order of the file."""

    imports: tuple[Import, ...]
    declarations: tuple[Declaration, ...]
