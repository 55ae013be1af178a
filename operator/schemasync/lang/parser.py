"""Tokens to statements: one function a production, whose grammar line is its docstring.

A broken prop or statement is reported and stepped over, so that one run tells all
problems of a file. Nothing recurses deeper than the limit of the cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemasync.lang import ast, problems
from schemasync.lang.cursor import STATEMENTS, Cursor, Unexpected
from schemasync.lang.lexer import ANNOTATION, END, NAME, NUMBER, PATTERN, PUNCTUATION, QUERY, STRING
from schemasync.lang.query import parse_query
from schemasync.lang.regex import check_regex
from schemasync.lang.typeparser import TypeParser

if TYPE_CHECKING:
    from schemasync.errors import Diagnostic
    from schemasync.lang.source import Source

_WORDS: dict[str, tuple[ast.Kind, bool | None]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
    "undefined": ("undefined", None),
}


def parse(source: Source) -> tuple[ast.Module, list[Diagnostic]]:
    """Return the statements of a file, and what is wrong with its syntax."""
    parser = _Parser(source)
    module = parser.module()
    return module, parser.problems


class _Parser(TypeParser, Cursor):
    """The productions of statements; those of types are in TypeParser."""

    def module(self) -> ast.Module:
        """Parse `module = { statement }`."""
        imports: list[ast.Import] = []
        declarations: list[ast.Declaration] = []
        while self.kinds[self.at] != END:
            if self.accept(";"):
                continue
            begin = self.at
            try:
                statement = self.statement()
                if isinstance(statement, ast.Import):
                    imports.append(statement)
                else:
                    declarations.append(statement)
                self.end_of_statement()
            except Unexpected:
                self.at = max(self.at - 1, begin)
                self.skip_to_statement()
        return ast.Module(tuple(imports), tuple(declarations))

    def end_of_statement(self) -> None:
        """Parse `end = new line | ";" | end of file`."""
        if not (self.fresh[self.at] or self.is_mark(";")):
            raise self.unexpected("expected a new line or ';' after the statement")

    def statement(self) -> ast.Import | ast.Declaration:
        """Parse `statement = import | { annotation } [ "export" ] ( interface | type | annotate )`."""
        annotations = self.annotations()
        begin = self.at
        if self.is_word("import"):
            return self.import_()
        exported = self.is_word("export")
        if exported:
            self.at += 1
        if self.is_word("interface"):
            return self.interface(exported, annotations)
        if self.is_word("type"):
            return self.alias(exported, annotations)
        if self.is_word("annotate"):
            return self.annotate(exported, annotations, begin)
        what = "" if exported else "import, export, "
        raise self.unexpected(f"expected {what}interface, type or annotate")

    def import_(self) -> ast.Import:
        """Parse `import = "import" "{" name { "," name } "}" "from" string`."""
        self.at += 1
        self.expect("{")
        names = []
        while not self.is_mark("}"):
            names.append(self.name("expected a name to import"))
            if not self.accept(","):
                break
        self.expect("}")
        if not self.is_word("from"):
            raise self.unexpected("expected 'from'")
        self.at += 1
        if self.kinds[self.at] != STRING:
            raise self.unexpected("expected the path of a file in quotes")
        text, start = self.unescape(self.at), self.starts[self.at]
        self.at += 1
        return ast.Import(tuple(names), ast.Name(text, start, self.end_of_last()))

    def interface(self, exported: bool, annotations: tuple[ast.Annotation, ...]) -> ast.Interface:  # noqa: FBT001 - a part of the statement
        """Parse `interface = "interface" name [ "extends" reference { "," reference } ] object`."""
        self.at += 1
        name = self.name("expected the name of the interface")
        extends = []
        if self.is_word("extends"):
            self.at += 1
            extends.append(self.reference())
            while self.accept(","):
                extends.append(self.reference())
        if not self.is_mark("{"):
            raise self.unexpected("expected '{'")
        body = self.object_()
        return ast.Interface(name, tuple(extends), body, exported, annotations)

    def alias(self, exported: bool, annotations: tuple[ast.Annotation, ...]) -> ast.Alias:  # noqa: FBT001 - a part of the statement
        """Parse `alias = "type" name "=" type`."""
        self.at += 1
        name = self.name("expected the name of the type")
        self.expect("=")
        return ast.Alias(name, self.type_(), exported, annotations)

    def annotate(self, exported: bool, annotations: tuple[ast.Annotation, ...], begin: int) -> ast.Annotate:  # noqa: FBT001 - a part of the statement
        """Parse `annotate = "annotate" name [ "as" name ] "{" { { annotation } path } "}"`."""
        self.at += 1
        target = self.name("expected the name of an interface or type")
        name = None
        if self.is_word("as"):
            self.at += 1
            name = self.name("expected the name of the new type")
        elif exported:
            start = self.starts[begin]
            self.report(
                problems.EXPORTED_ANNOTATE,
                start,
                start + len("export"),
                "an annotate block that changes its target has nothing to export",
                "leave 'export' off, or give the result a name: export annotate T as U",
            )
        self.expect("{")
        entries: list[ast.Entry] = []
        while not self.is_mark("}") and self.kinds[self.at] != END:
            if not (self.accept(";") or self.accept(",")):
                self.entry(entries)
        self.expect("}")
        return ast.Annotate(target, name, tuple(entries), exported, annotations)

    def entry(self, entries: list[ast.Entry]) -> None:
        """Parse `entry = { annotation } name { "." name } ( new line | ";" | "," )`."""
        begin = self.at
        try:
            annotations = self.annotations()
            if self.kinds[self.at] == STRING:
                path = ast.Reference(
                    self.unescape(self.at),
                    self.starts[self.at],
                    self.starts[self.at] + len(self.texts[self.at]),
                )
                self.at += 1
            else:
                path = self.reference("expected the name of a prop")
            entries.append(ast.Entry(path, annotations))
            self.separator()
        except Unexpected:
            self.at = max(self.at, begin)
            self.skip_to_line()

    def annotations(self) -> tuple[ast.Annotation, ...]:
        """Parse `annotations = { annotation }`."""
        if self.kinds[self.at] != ANNOTATION:
            return ()
        found = [self.annotation()]
        while self.kinds[self.at] == ANNOTATION:
            found.append(self.annotation())
        return tuple(found)

    def annotation(self) -> ast.Annotation:
        """Parse `annotation = "@" name { "." name } [ argument { "," argument } ]`."""
        at = self.at
        start, text = self.starts[at], self.texts[at]
        self.at = at + 1
        end = start + len(text)
        if self.fresh[self.at] or not self.begins_argument():
            return ast.Annotation(text[1:], (), start, end, self.source)
        args = [self.argument()]
        while self.accept(","):
            if not self.begins_argument():
                self.unexpected("expected an argument")
                break
            args.append(self.argument())
        while not self.fresh[self.at] and self.kinds[self.at] in (STRING, NUMBER, QUERY):
            self.unexpected("expected ',' between arguments")
            self.at += 1
        return ast.Annotation(text[1:], tuple(args), start, end, self.source)

    def begins_argument(self) -> bool:
        """Tell whether an argument stands here, and not the prop or statement after a flag."""
        kind = self.kinds[self.at]
        if kind != NAME:
            return kind in (STRING, NUMBER, QUERY)
        if self.texts[self.at] in STATEMENTS and self.kinds[self.at + 1] == NAME:
            return False
        behind = self.texts[self.at + 1]
        return not (self.kinds[self.at + 1] == PUNCTUATION and behind in ":?")

    def argument(self) -> ast.Value:
        """Parse `argument = string | number | query | word | reference`."""
        at = self.at
        kind, text, start = self.kinds[at], self.texts[at], self.starts[at]
        self.at = at + 1
        end = start + len(text)
        if kind == STRING:
            return ast.Value("string", self.unescape(at), start, end)
        if kind == NUMBER:
            return ast.Value("number", self.number(at), start, end)
        if kind == QUERY:
            query, found = parse_query(self.source, start + 1, end - 1)
            self.problems += found
            return ast.Value("query", query, start, end)
        word = _WORDS.get(text)
        if word:
            return ast.Value(word[0], word[1], start, end)
        return ast.Value("ref", ast.Reference(text, start, end), start, end)

    def prop(self) -> ast.Prop:
        """Parse `prop = { annotation } ( name | string | pattern ) [ "?" ] ":" type`."""
        annotations = self.annotations()
        at = self.at
        kind, text, start = self.kinds[at], self.texts[at], self.starts[at]
        if kind == NAME and "." not in text:
            name = text
        elif kind == STRING:
            name = self.unescape(at)
        elif kind == PATTERN:
            name = text
            self.pattern()
        elif kind == NAME:
            raise self.unexpected("expected the name of a prop, without a dot")
        else:
            raise self.unexpected("expected a prop or '}'")
        self.at = at + 1
        optional = self.accept("?")
        if not self.accept(":"):
            raise self.unexpected("expected ':' and the type of the prop")
        return ast.Prop(
            ast.Name(name, start, start + len(text)), self.type_(), optional, kind == PATTERN, annotations
        )

    def pattern(self) -> None:
        """Parse `pattern = "[" ( "*" | "/" regex "/" flags ) "]"`."""
        text, start = self.texts[self.at], self.starts[self.at]
        inner = text[1:-1].strip()
        wrong = None if text.endswith("]") else "expected ']'"
        if wrong is None and inner != "*":
            wrong = check_regex(inner)
        if wrong:
            self.report(problems.BAD_REGEX, start, start + len(text), f"this pattern cannot be used: {wrong}")

    def name(self, expected: str) -> ast.Name:
        """Parse `name = identifier`."""
        if self.kinds[self.at] != NAME or "." in self.texts[self.at]:
            raise self.unexpected(expected)
        start = self.starts[self.at]
        self.at += 1
        return ast.Name(self.texts[self.at - 1], start, self.end_of_last())
