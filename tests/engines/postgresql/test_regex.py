import pytest

from schemasync.engines.postgresql.regex import Unsuitable, translate
from schemasync.model import Regex
from testbed.databases import Database

# An expression, and texts that it matches and does not match, as JavaScript says.
MATCHES: dict[str, tuple[list[str], list[str]]] = {
    "//": (["", "a"], []),
    "/^a.c$/": (["abc"], ["a\nc", "xabc", "abc\n"]),
    "/a.c/s": (["a\nc"], ["ac"]),
    "/^b$/m": (["a\nb\nc"], ["ab"]),
    "/^b$/": (["b"], ["a\nb"]),
    "/b/y": (["ba"], ["ab"]),
    "/^b/my": (["b"], ["a\nb"]),
    "/ABC/i": (["xabcx", "aBc"], ["ab"]),
    "/ABC/": (["ABC"], ["abc"]),
    "/a/gdu": (["a"], ["b"]),
    r"/\d+\s\w\D\S\W/": (["12 aab!"], ["12 a1b!"]),
    r"/\bcat\b/": (["a cat!"], ["concat"]),
    r"/\Bcat/": (["concat"], ["cat"]),
    r"/[\b]/": (["\b"], ["b", " "]),
    r"/a\/b/": (["a/b"], [r"a\/b"]),
    r"/^\A\Z\m\M\y\Y\e\a\_\é$/": (["AZmMyYea_é"], [""]),
    r"/\x41\u0042\cA\t\n\r\f\v/": (["AB\x01\t\n\r\f\v"], ["AB"]),
    r"/^\x41b$/": (["Ab"], ["\u041b"]),
    r"/\u{1F600}/u": (["😀"], ["u"]),
    r"/\uD83D\uDE00/": (["😀"], ["a"]),
    r"/[\uD83D\uDE00-\u{1F64F}]/u": (["😀", "🙂"], ["a"]),
    r"/(a)(b)\2\1/": (["abba"], ["abab"]),
    r"/^(a)\10?$/": ([], []),
    r"/(?<first>x)(?<second>y)\k<second>/": (["xyy"], ["xyx"]),
    r"/^(?:ab|c)+$/": (["abcab"], ["a"]),
    r"/a(?=b)/": (["ab"], ["ac"]),
    r"/a(?!b)/": (["ac"], ["ab"]),
    r"/(?<=a)b/": (["ab"], ["cb"]),
    r"/(?<!a)b/": (["cb"], ["ab"]),
    r"/(?=(a))a/": (["a"], ["b"]),
    "/^a{2}b{1,}c{1,2}?$/": (["aabbcc"], ["abc", "aabccc"]),
    "/a{x}b{,2}c{/": (["a{x}b{,2}c{"], ["ab"]),
    "/x]}/": (["x]}"], ["x"]),
    "/^[]$/": ([], ["", "a", "]"]),
    "/^[^]$/": (["a", "\n", "]"], [""]),
    "/^[^a]$/": (["\n", "b"], ["a"]),
    "/^[[:alpha:]]$/": (["a]", ":]", "[]"], ["b]", "b"]),
    r"/^[\w-]$/": (["-", "a"], ["!"]),
    r"/^[\w.-]$/": (["-", "."], ["!"]),
    r"/^[a-c-e]$/": (["b", "-", "e"], ["d"]),
    r"/^[-a]$/": (["-", "a"], ["b"]),
    r"/^[a\-c]$/": (["a", "-", "c"], ["b"]),
    r"/^[\^a]$/": (["^", "a"], ["b"]),
    r"/^[a^]$/": (["^", "a"], ["b"]),
    r"/^[\]\\[]$/": (["]", "\\", "["], ["a"]),
    r"/^[\D]$/": (["a"], ["1"]),
    r"/^[.*+?(){}|$]$/": ([".", "*", "{", "|", "$"], ["a", "\\"]),
    r"/[^\x00-\x7F]/": (["aé"], ["a"]),
    r"/^[\0]$/": ([], ["", "a"]),
    r"/^[\0-\0]$/": ([], ["", "a"]),
    r"/^[\s\S]+$/": (["a\nb"], [""]),
    "/|a/": (["", "b"], []),
    "/^(|a)$/": (["", "a"], ["b"]),
    "/it's 100%/": (["it's 100%"], ["its"]),
    "/^$/": ([""], ["a"]),
    "/^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$/": (["ann@x.org"], ["ann@x", "a b@x.org"]),
}


def read(text: str) -> Regex:
    pattern, _, flags = text[1:].rpartition("/")
    return Regex(pattern=pattern, flags=flags)


def test_an_expression_matches_what_it_matches_in_javascript(database: Database) -> None:
    with database.connect() as connection:
        for text, (matching, others) in MATCHES.items():
            expression = read(text)
            operator = "~*" if "i" in expression.flags else "~"
            for subject in (*matching, *others):
                query = f"SELECT %s::text {operator} %s"
                row = connection.execute(query.encode(), [subject, translate(expression)]).fetchone()
                assert row == (subject in matching,), (text, translate(expression), subject)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/a/v", "flag v"),
        ("/a{256}/", "more than 255"),
        ("/a{1,1000}/", "more than 255"),
        ("/a**/", "nothing that could be repeated"),
        ("/(?=a)*b/", "nothing that could be repeated"),
        (r"/\b+/", "nothing that could be repeated"),
        ("/(?i:a)/", "nothing that could be repeated"),
        (r"/\1(a)/", "no group that ends before"),
        (r"/(a\1)/", "no group that ends before"),
        (r"/(a)\2/", "no group that ends before"),
        (r"/\k<x>(?<x>a)/", "no group that ends before"),
        (r"/(?=(a))(b)\2/", "lookaround"),
        (r"/(a)(?=\1)/", "lookaround"),
        (r"/\p{L}/u", r"there is no \\p"),
        (r"/[\p{L}]/u", r"there is no \\p"),
        (r"/[\1]/", r"there is no \\1"),
        (r"/\u{41}/", "without the flag u"),
        (r"/[z-a]/", "wrong order"),
        (r"/a\0/", "cannot be in a text"),
        (r"/\uD83D/", "cannot be in a text"),
    ],
)
def test_what_cannot_be_expressed_is_unsuitable(text: str, reason: str) -> None:
    with pytest.raises(Unsuitable, match=reason):
        translate(read(text))


def test_an_ordinary_expression_stays_as_it_was_written() -> None:
    for pattern in (r"^[\w.]+@[a-z0-9]+\.(org|com)$", r"^\d{3}-\d{4}$", r"(?:ab)?c*d+?", "straße"):
        assert translate(Regex(pattern=pattern)) == pattern
