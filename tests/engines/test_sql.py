from hypothesis import given
from hypothesis import strategies as st

from schemasync.catalog import Name
from schemasync.engines.postgresql.ddl import QUOTER
from schemasync.engines.sql import cut, cut_with_hash


def test_identifiers_are_quoted_always() -> None:
    assert QUOTER.name("users") == '"users"'


def test_quotes_in_an_identifier_are_doubled() -> None:
    assert QUOTER.name('a"b') == '"a""b"'


def test_a_percent_sign_in_an_identifier_stays_one() -> None:
    assert QUOTER.name("50%") == '"50%"'


def test_a_full_name_is_quoted_part_by_part() -> None:
    assert QUOTER.full(Name("my.schema", "t")) == '"my.schema"."t"'


def test_a_name_is_cut_on_a_character_boundary() -> None:
    assert cut("a" * 62 + "é", 63) == "a" * 62


def test_a_short_name_is_not_given_a_hash() -> None:
    assert cut_with_hash("atscript__plain__a", 63) == "atscript__plain__a"


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_that_are_cut_stay_different(one: str, other: str) -> None:
    long_one, long_other = ("x" * 63 + each for each in (one, other))
    assert (cut_with_hash(long_one, 63) == cut_with_hash(long_other, 63)) == (long_one == long_other)
    assert len(cut_with_hash(long_one, 63).encode()) <= 63
