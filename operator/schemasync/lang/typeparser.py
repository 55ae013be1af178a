"""The productions of types."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from schemasync.lang import ast
from schemasync.lang.cursor import Cursor, Unexpected
from schemasync.lang.lexer import ANNOTATION, END, NAME, NUMBER, PATTERN, PUNCTUATION, STRING

if TYPE_CHECKING:
    from typing import Literal


# The name of a prop, whether it is optional, whether a pattern, and its annotations.
Head = tuple[ast.Name, bool, bool, tuple[ast.Annotation, ...]]


class TypeParser(Cursor):
    """The productions below `type`; `head` comes from the parser of statements."""

    @abstractmethod
    def head(self) -> Head:
        """Parse what stands before the type of a prop."""

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
            if isinstance(item, ast.Broken):
                self.skip_balanced()
                continue
            if not self.deeper():
                item = ast.Broken(item.start, item.end)
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
        if kind == NAME and not (self.fresh[at] and self.is_next()):
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
        """Parse `object = "{" { prop ( new line | ";" | "," ) } "}"`; without its end, it is incomplete."""
        start = self.starts[self.at]
        self.at += 1
        props: list[ast.Prop] = []
        complete = True
        try:
            while not self.accept("}"):
                if self.kinds[self.at] == END:
                    raise self.unexpected("expected '}'")
                if not (self.accept(";") or self.accept(",")):
                    complete = self._recovering_prop(props) and complete
        except Unexpected:
            complete = False
        return ast.Object(tuple(props), start, self.end_of_last(), complete)

    def _recovering_prop(self, props: list[ast.Prop]) -> bool:
        """Parse a prop and its separator; step over what is broken, and tell whether no name was lost.

        Where a statement begins instead, the brace is missing: that is raised, the place
        before the annotations of the statement.
        """
        begin, depth = self.at, self.depth
        head = None
        try:
            head = self.head()
            if not self.accept(":"):
                raise self.unexpected("expected ':' and the type of the prop")
            props.append(ast.Prop(*head, self.type_()))
            head = None
            self.separator()
        except Unexpected:
            self.depth = depth
            if self.is_statement():
                self.at = begin
                raise
            next_prop = self.fresh[self.at] and (self.kinds[self.at] == ANNOTATION or self.is_next())
            if not (next_prop and self.at > begin):
                self.skip_to_line()
            if head is None:
                return False
            props.append(ast.Prop(*head, ast.Broken(head[0].start, head[0].end)))
        return True

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
