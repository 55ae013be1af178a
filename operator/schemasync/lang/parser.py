"""Tokens to statements: one function a production, whose grammar line is its docstring.

A broken prop or statement is reported and stepped over, so that one run tells all
problems of a file. Nothing recurses deeper than the limit of the cursor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemasync.lang import ast, problems
from schemasync.lang.cursor import STATEMENTS, WORDS, Cursor, Unexpected
from schemasync.lang.lexer import (
    ANNOTATION,
    END,
    NAME,
    NUMBER,
    PATTERN,
    PUNCTUATION,
    QUERY,
    STRING,
    UNKNOWN,
    UNTERMINATED,
)
from schemasync.lang.query import parse_query
from schemasync.lang.regex import check_regex
from schemasync.lang.typeparser import TypeParser

if TYPE_CHECKING:
    from schemasync.errors import Diagnostic
    from schemasync.lang.source import Source
    from schemasync.lang.typeparser import Head

# What can follow neither an annotation nor its arguments.
_NO_ARGUMENTS = frozenset("=:|&)<>!.?")
_DECLARED = frozenset({"interface", "type", "annotate"})


def parse(source: Source) -> tuple[ast.Module, list[Diagnostic]]:
    """Return the statements of a file, and what is wrong with its syntax."""
    parser = _Parser(source)
    module = parser.module()
    return module, parser.problems


class _Parser(TypeParser, Cursor):
    """The productions of statements; those of types are in TypeParser."""

    # What is known of the statement that is being read, should the rest of it be broken.
    known: ast.Import | ast.Declaration | None = None

    def module(self) -> ast.Module:
        """Parse `module = { statement }`."""
        imports: list[ast.Import] = []
        declarations: list[ast.Declaration] = []
        while self.kinds[self.at] != END:
            if self.accept(";"):
                continue
            begin = self.at
            self.known = None
            try:
                self.known = self.statement()
                self.end_of_statement()
            except Unexpected:
                if self.known is None and declarations:
                    declarations[-1] = _open_ended(declarations[-1])
                self.at = max(self.at - 1, begin)
                self.skip_to_statement()
            if isinstance(self.known, ast.Import):
                imports.append(self.known)
            elif self.known is not None:
                declarations.append(self.known)
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
            for node in annotations:
                message = f"@{node.name} belongs before a declaration, not before an import"
                self.report(problems.WRONG_PLACE, node.start, node.end, message)
            return self.import_()
        exported = self.is_word("export")
        if exported:
            self.at += 1
        return self.declaration(annotations, begin, exported=exported)

    def declaration(
        self, annotations: tuple[ast.Annotation, ...], begin: int, *, exported: bool
    ) -> ast.Declaration:
        """Parse `declaration = interface | type | annotate`."""
        if self.is_word("interface"):
            return self.interface(exported, annotations)
        if self.is_word("type"):
            return self.alias(exported, annotations)
        if self.is_word("annotate"):
            return self.annotate(exported, annotations, begin)
        what = "" if exported else "import, export, "
        wrong = self.unexpected(f"expected {what}interface, type or annotate")
        if self.kinds[self.at] != NAME or self.kinds[self.at + 1] != NAME:
            raise wrong
        self.at += 1
        if not exported and self.texts[self.at] in _DECLARED:
            # Something before the keyword: most likely meant to be `export`.
            return self.declaration(annotations, begin, exported=True)
        self.declared()
        raise wrong

    def import_(self) -> ast.Import:
        """Parse `import = "import" "{" name { "," name } "}" "from" string`."""
        begin = self.at
        try:
            return self._import()
        except Unexpected:
            last = begin + 1
            while self.kinds[last] != END and not self.fresh[last]:
                last += 1
            names = (
                ast.Name(self.texts[at], self.starts[at], self.starts[at] + len(self.texts[at]))
                for at in range(begin + 1, last)
                if self.kinds[at] == NAME
            )
            self.known = ast.Import(tuple(names), None)
            raise

    def _import(self) -> ast.Import:
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

    def declared(self, expected: str = "expected a name") -> ast.Name:
        """Parse the name of a declaration; whatever follows, the name is known from here on."""
        name = self.name(expected)
        self.known = ast.Alias(name, ast.Broken(name.start, name.end), exported=True, annotations=())
        return name

    def interface(self, exported: bool, annotations: tuple[ast.Annotation, ...]) -> ast.Interface:  # noqa: FBT001 - a part of the statement
        """Parse `interface = "interface" name [ "extends" reference { "," reference } ] object`."""
        self.at += 1
        name = self.declared("expected the name of the interface")
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
        name = self.declared("expected the name of the type")
        self.expect("=")
        return ast.Alias(name, self.type_(), exported, annotations)

    def annotate(self, exported: bool, annotations: tuple[ast.Annotation, ...], begin: int) -> ast.Annotate:  # noqa: FBT001 - a part of the statement
        """Parse `annotate = "annotate" name [ "as" name ] "{" { { annotation } path } "}"`."""
        self.at += 1
        target = self.name("expected the name of an interface or type")
        name = None
        if self.is_word("as"):
            self.at += 1
            name = self.declared("expected the name of the new type")
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
        try:
            while not self.accept("}"):
                if self.kinds[self.at] == END:
                    raise self.unexpected("expected '}'")
                if not (self.accept(";") or self.accept(",")):
                    self.entry(entries)
        except Unexpected:
            pass  # Reported: the brace is missing, what stands before it counts.
        return ast.Annotate(target, name, tuple(entries), exported, annotations)

    def entry(self, entries: list[ast.Entry]) -> None:
        """Parse `entry = { annotation } name { "." name } ( new line | ";" | "," )`."""
        begin = self.at
        try:
            annotations = self.annotations()
            if self.is_statement():
                raise self.unexpected("expected '}' before the next statement")
            path = self.path()
            while self.accept("."):
                path += self.path()
            entries.append(ast.Entry(tuple(path), annotations))
            self.separator()
        except Unexpected:
            if self.is_statement():
                self.at = begin
                raise
            self.skip_to_line()

    def path(self) -> list[ast.Name]:
        """Parse `path = ( name | string ) { "." path }`, names with dots between them as one."""
        if self.kinds[self.at] != STRING:
            return self.reference("expected the name of a prop").parts()
        name = ast.Name(self.unescape(self.at), self.starts[self.at], 0)
        self.at += 1
        return [replace(name, end=self.end_of_last())]

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
            return ast.Annotation(text[1:], (), start, end, self.source, self.debris())
        args = [self.argument()]
        while self.accept(","):
            if not self.begins_argument():
                self.unexpected("expected an argument")
                break
            args.append(self.argument())
        return ast.Annotation(text[1:], tuple(args), start, end, self.source, self.debris())

    def debris(self) -> bool:
        """Report and step over what can stand behind no annotation; tell whether there was any."""
        begin = self.at
        while not self.fresh[self.at] and self.kinds[self.at] in (STRING, NUMBER, QUERY, UNKNOWN):
            self.unexpected("expected ',' between arguments")
            self.at += 1
        if not self.fresh[self.at] and (
            self.kinds[self.at] == UNTERMINATED
            or (self.kinds[self.at] == PUNCTUATION and self.texts[self.at] in _NO_ARGUMENTS)
        ):
            self.unexpected("expected a new line after the annotation")
            while not self.fresh[self.at]:
                self.at += 1
        return self.at > begin

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
        word = WORDS.get(text)
        if word:
            return ast.Value(word[0], word[1], start, end)
        return ast.Value("ref", ast.Reference(text, start, end), start, end)

    def head(self) -> Head:
        """Parse `head = { annotation } ( name | string | pattern ) [ "?" ]`."""
        annotations = self.annotations()
        at = self.at
        kind, text, start = self.kinds[at], self.texts[at], self.starts[at]
        if kind == NAME and "." not in text:
            if text in STATEMENTS and self.is_statement():
                raise self.unexpected("expected '}' before the next statement")
            name = text
        elif kind == STRING:
            name = self.unescape(at)
            if not name:
                self.report(problems.EMPTY_NAME, start, start + len(text), "a prop needs a name")
        elif kind == PATTERN:
            name = text
            self.pattern()
        elif kind == NAME:
            raise self.unexpected("expected the name of a prop, without a dot")
        else:
            raise self.unexpected("expected a prop or '}'")
        self.at = at + 1
        return ast.Name(name, start, start + len(text)), self.accept("?"), kind == PATTERN, annotations

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


def _open_ended(node: ast.Declaration) -> ast.Declaration:
    """Return a declaration as one that may have more props: behind it stands what is no statement."""
    if isinstance(node, ast.Interface):
        return replace(node, body=replace(node.body, complete=False))
    return node
