"""The productions of types."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from schemasync.lang import ast
from schemasync.lang.cursor import STATEMENTS, Cursor, Unexpected
from schemasync.lang.lexer import END, NAME, NUMBER, PATTERN, PUNCTUATION, STRING

if TYPE_CHECKING:
    from typing import Literal


class TypeParser(Cursor):
    """The productions below `type`; `prop` comes from the parser of statements."""

    @abstractmethod
    def prop(self) -> ast.Prop:
        """Parse one prop of an object."""

    def type_(self) -> ast.Type:
        """Parse `type = [ "|" ] intersection { "|" intersection }`."""
        self.accept("|")
        first = self.intersection()
        if not self.is_mark("|"):
            return first
        items = [first]
        while self.accept("|"):
            items.append(self.intersection())
        return self._group("union", items)

    def intersection(self) -> ast.Type:
        """Parse `intersection = [ "&" ] array { "&" array }`."""
        self.accept("&")
        first = self.array()
        if not self.is_mark("&"):
            return first
        items = [first]
        while self.accept("&"):
            items.append(self.array())
        return self._group("intersection", items)

    def array(self) -> ast.Type:
        """Parse `array = primary { "[" "]" }`, the brackets on the same line."""
        item = self.primary()
        depth = self.depth
        while self.is_mark("[") and not self.fresh[self.at]:
            if not self.deeper():
                self.skip_balanced()
                continue
            self.at += 1
            self.expect("]")
            item = ast.Array(item, item.start, self.end_of_last())
        self.depth = depth
        return item

    def primary(self) -> ast.Type:
        """Parse `primary = reference | string | number | object | tuple | "(" type ")"`."""
        at = self.at
        kind, text = self.kinds[at], self.texts[at]
        if kind == NAME and not (self.fresh[at] and text in STATEMENTS and self.kinds[at + 1] == NAME):
            return self.reference()
        if kind in (STRING, NUMBER):
            return self.literal()
        if kind == PUNCTUATION and text in "{[(":
            begin = self.starts[at]
            if not self.deeper():
                self.skip_balanced()
                return ast.Broken(begin, self.end_of_last())
            try:
                return self.object_() if text == "{" else self.tuple_() if text == "[" else self.group()
            finally:
                self.depth -= 1
        if kind == PATTERN:
            raise self.unexpected("expected a type; patterns stand for names, not for types")
        raise self.unexpected("expected a type")

    def reference(self, expected: str = "expected a name") -> ast.Reference:
        """Parse `reference = name { "." name }`."""
        at = self.at
        if self.kinds[at] != NAME:
            raise self.unexpected(expected)
        self.at = at + 1
        start, text = self.starts[at], self.texts[at]
        return ast.Reference(text, start, start + len(text))

    def literal(self) -> ast.Value:
        """Parse `literal = string | number`."""
        at = self.at
        self.at = at + 1
        start, text = self.starts[at], self.texts[at]
        if self.kinds[at] == STRING:
            return ast.Value("string", self.unescape(at), start, start + len(text))
        return ast.Value("number", self.number(at), start, start + len(text))

    def object_(self) -> ast.Object:
        """Parse `object = "{" { prop ( new line | ";" | "," ) } "}"`."""
        start = self.starts[self.at]
        self.at += 1
        props: list[ast.Prop] = []
        while not self.is_mark("}"):
            if self.kinds[self.at] == END:
                raise self.unexpected("expected '}'")
            if self.accept(";") or self.accept(","):
                continue
            self._recovering_prop(props)
        self.at += 1
        return ast.Object(tuple(props), start, self.end_of_last())

    def _recovering_prop(self, props: list[ast.Prop]) -> None:
        """Parse a prop and its separator; step over it where it is broken."""
        depth = self.depth
        try:
            props.append(self.prop())
            self.separator()
        except Unexpected:
            self.depth = depth
            self.skip_to_line()

    def separator(self) -> None:
        """Parse `separator = new line | ";" | "," | (before "}")`."""
        if self.fresh[self.at] or (self.kinds[self.at] == PUNCTUATION and self.texts[self.at] in ";,}"):
            return
        raise self.unexpected("expected a new line, ';' or ',' before the next prop")

    def tuple_(self) -> ast.Group:
        """Parse `tuple = "[" [ type { "," type } ] "]"`."""
        start = self.starts[self.at]
        self.at += 1
        items: list[ast.Type] = []
        while not self.is_mark("]"):
            items.append(self.type_())
            if not self.accept(","):
                break
        self.expect("]")
        return ast.Group("tuple", tuple(items), start, self.end_of_last())

    def group(self) -> ast.Type:
        """Parse `group = "(" type ")"`."""
        self.at += 1
        inner = self.type_()
        self.expect(")")
        return inner

    def _group(self, op: Literal["union", "intersection"], items: list[ast.Type]) -> ast.Group:
        return ast.Group(op, tuple(items), items[0].start, items[-1].end)
