"""A fixed sample of the corpus; `python -m tests.corpus` runs as much of it as there is time for."""

import pytest

from schemasync import compile_schema
from testbed.databases import Postgres
from tests.acceptance.loop import bench
from tests.corpus.generate import pair
from tests.corpus.run import CHECKS, check, recorded

SAMPLE = [pair(seed) for seed in range(1, 21)]


def test_random_pairs_are_created_migrated_and_then_up_to_date(postgres_server: Postgres) -> None:
    with bench(postgres_server) as place:
        outcomes = [check(made, place) for made in SAMPLE]
    assert [each.problem for each in outcomes if each.problem] == []
    assert all(each.passed == CHECKS for each in outcomes)


def test_a_seed_gives_the_same_pair_each_time() -> None:
    assert pair(7) == pair(7)
    assert pair(7) != pair(8)


def test_nearly_every_seed_gives_a_valid_pair_that_is_a_change_at_once() -> None:
    made = [pair(seed) for seed in range(60)]
    assert sum(each.discarded for each in made) < 10
    changed = [each for each in made if _hash(each.v1) != _hash(each.v2)]
    assert len(changed) > 50


def test_the_recorded_pairs_are_valid() -> None:
    found = list(recorded())
    if not found:
        pytest.skip("no conformance data: set SCHEMASYNC_CONFORMANCE")
    assert all(compile_schema(files).schema is not None for each in found for files in (each.v1, each.v2))


def _hash(files: dict[str, str]) -> str:
    return compile_schema(files).hash("postgresql")
