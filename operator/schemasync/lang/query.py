"""The query expressions that stand in backticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemasync.lang import ast, problems
from schemasync.lang.cursor import WORDS, Cursor, Unexpected
from schemasync.lang.lexer import END, NAME, NUMBER, REGEX, STRING
from schemasync.lang.regex import check_regex

if TYPE_CHECKING:
    from schemasync.errors import Diagnostic
    from schemasync.lang.source import Source

_RESERVED: Final = frozenset({"and", "or", "not", "in", "matches", "exists"})


def parse_query(source: Source, begin: int, end: int) -> tuple[ast.Query | None, list[Diagnostic]]:
    """Return the query between two offsets, None where it could not be read, and its problems."""
    parser = _QueryParser(source, begin, end)
    query: ast.Query | None = None
    try:
        query = parser.either()
        if parser.kinds[parser.at] != END:
            raise parser.unexpected("expected 'and', 'or' or the end of the query")
    except Unexpected:
        query = None
    return query, [problems.QUERY_SYNTAX.like(found) for found in parser.problems]


class _QueryParser(Cursor):
    """The productions of queries."""

    def either(self) -> ast.Query:
        """Parse `query = both { "or" both }`."""
        operands = [self.both()]
        while self.is_word("or"):
            self.at += 1
            operands.append(self.both())
        return self._logic("or", operands)

    def both(self) -> ast.Query:
        """Parse `both = unary { "and" unary }`."""
        operands = [self.unary()]
        while self.is_word("and"):
            self.at += 1
            operands.append(self.unary())
        return self._logic("and", operands)

    def unary(self) -> ast.Query:
        """Parse `unary = "not" unary | "(" query ")" | comparison`."""
        if not self.is_word("not"):
            return self.grouped() if self.is_mark("(") else self.comparison()
        start = self.starts[self.at]
        if not self.deeper():
            raise Unexpected
        self.at += 1
        query = self.unary()
        self.depth -= 1
        return ast.Logic("not", (query,), start, query.end)

    def grouped(self) -> ast.Query:
        """Parse `grouped = "(" query ")"`."""
        if not self.deeper():
            raise Unexpected
        self.at += 1
        query = self.either()
        self.expect(")")
        self.depth -= 1
        return query

    def comparison(self) -> ast.Comparison:
        """Parse `comparison = field operator [ operand | list | regex ]`, as the operator wants it."""
        left = self.field()
        op = self.operator()
        right: ast.Reference | ast.Value | tuple[ast.Value, ...] | None = None
        if op in ("$in", "$nin"):
            right = self.list_()
        elif op == "$regex":
            right = self.regex()
        elif op in ("$exists", "$missing"):
            right = ast.Value("boolean", op == "$exists", left.start, self.end_of_last())
            op = "$exists"
        else:
            right = self.operand()
        return ast.Comparison(left, op, right, left.start, self.end_of_last())

    def field(self) -> ast.Reference:
        """Parse `field = name { "." name }`."""
        at = self.at
        if self.kinds[at] != NAME or self.texts[at] in _RESERVED or self.texts[at] in WORDS:
            raise self.unexpected("expected a field")
        self.at = at + 1
        return ast.Reference(self.texts[at], self.starts[at], self.end_of_last())

    def operator(self) -> str:
        """Parse `operator = mark operator | [ "not" ] ( "in" | "exists" ) | "matches"`."""
        negated = self.is_word("not")
        if negated:
            self.at += 1
        for word, plain, opposite in (("in", "$in", "$nin"), ("exists", "$exists", "$missing")):
            if self.is_word(word):
                self.at += 1
                return opposite if negated else plain
        if negated:
            raise self.unexpected("expected 'in' or 'exists' after 'not'")
        if self.is_word("matches"):
            self.at += 1
            return "$regex"
        return self.mark_operator()

    def mark_operator(self) -> str:
        """Parse `mark operator = "=" | "!=" | ">" | ">=" | "<" | "<="`."""
        if self.accept("="):
            return "$eq"
        if self.accept("!") and self.adjoins("="):
            return "$ne"
        for mark, op in ((">", "$gt"), ("<", "$lt")):
            if self.accept(mark):
                return op + "e" if self.adjoins("=") else op
        raise self.unexpected("expected an operator: = != > >= < <= in, not in, matches, exists, not exists")

    def adjoins(self, mark: str) -> bool:
        """Step over the punctuation mark, if it stands here without a space before it."""
        return self.starts[self.at] == self.end_of_last() and self.accept(mark)

    def operand(self) -> ast.Reference | ast.Value:
        """Parse `operand = literal | field`."""
        if self.kinds[self.at] == NAME and self.texts[self.at] not in WORDS:
            return self.field()
        return self.literal()

    def literal(self) -> ast.Value:
        """Parse `literal = string | number | "true" | "false" | "null" | "undefined"`."""
        at = self.at
        kind, text, start = self.kinds[at], self.texts[at], self.starts[at]
        self.at = at + 1
        if kind == STRING:
            return ast.Value("string", self.unescape(at), start, self.end_of_last())
        if kind == NUMBER:
            return ast.Value("number", self.number(at), start, self.end_of_last())
        if kind == NAME and text in WORDS:
            return ast.Value(*WORDS[text], start, self.end_of_last())
        self.at = at
        raise self.unexpected("expected a value or a field")

    def list_(self) -> tuple[ast.Value, ...]:
        """Parse `list = "(" literal { "," literal } ")"`."""
        self.expect("(")
        items = [self.literal()]
        while self.accept(","):
            items.append(self.literal())
        self.expect(")")
        return tuple(items)

    def regex(self) -> ast.Value:
        """Parse `regex = "/" body "/" flags`."""
        at = self.at
        if self.kinds[at] != REGEX:
            raise self.unexpected("expected a regular expression between slashes")
        self.at = at + 1
        text, start = self.texts[at], self.starts[at]
        wrong = check_regex(text)
        if wrong:
            self.report(
                problems.BAD_REGEX,
                start,
                start + len(text),
                f"this regular expression cannot be used: {wrong}",
            )
        return ast.Value("regex", text, start, start + len(text))

    def _logic(self, op: ast.LogicOp, operands: list[ast.Query]) -> ast.Query:
        if len(operands) == 1:
            return operands[0]
        return ast.Logic(op, tuple(operands), operands[0].start, operands[-1].end)
