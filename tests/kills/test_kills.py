"""A fixed sample of kills and one race; `python -m tests.corpus --kills 200 --races 10` runs all."""

from testbed.databases import Database, Postgres
from tests.kills.run import Kill, Moment, barrier, chosen, killer, race
from tests.kills.schemas import V1, V2

RACERS = 8


def test_a_killed_run_leaves_nothing_half_done_and_the_next_one_finishes(postgres_server: Postgres) -> None:
    with killer(postgres_server) as made:
        problems = [made.kill(each) for each in chosen(made, 6)]
    assert problems == [None] * 6


def test_a_run_that_is_killed_with_its_last_word_on_the_way_has_done_all_or_nothing(
    postgres_server: Postgres,
) -> None:
    with killer(postgres_server) as made:
        last = made.requests(migration=True)
        problems = [made.kill(Kill(migration=True, moment=moment, number=last - 1)) for moment in Moment]
    assert problems == [None] * 3


def test_of_many_processes_that_sync_an_empty_database_exactly_one_does(database: Database) -> None:
    assert race(database, V1, RACERS) is None


def test_all_that_wait_for_one_in_mid_apply_are_synced_by_it(database: Database) -> None:
    assert race(database, V1, 1) is None
    assert barrier(database, V2, RACERS) is None
