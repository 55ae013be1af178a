"""What is checked of each pair: created, converged, idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemasync.errors import SchemaSyncError
from schemasync.sync import Status, plan, sync
from testbed.databases import Database
from tests.acceptance.loop import Bench, check_same, in_sync_since, request
from tests.conformance import directory
from tests.corpus.generate import Pair

CHECKS = ("created", "converged", "idempotent")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which checks a pair passed, and what went wrong with the first that it did not."""

    pair: Pair
    passed: tuple[str, ...]
    problem: str | None = None


def recorded() -> Iterator[Pair]:
    """Yield the random pairs of the conformance data, if that is there."""
    root = directory()
    for folder in sorted((root / "random").iterdir()) if root else ():
        versions = ({}, {})  # type: tuple[dict[str, str], dict[str, str]]
        for version, files in zip(("v1", "v2"), versions, strict=True):
            for path in sorted((folder / version).rglob("*.as")):
                files[path.relative_to(folder / version).as_posix()] = path.read_text("utf-8")
        yield Pair(folder.name, *versions)


def check(pair: Pair, place: Bench) -> Outcome:
    """Bring an empty database to the first version and on to the second."""
    passed: list[str] = []
    place.clear()
    try:
        for name, step in zip(CHECKS, (_create, _migrate, _repeat), strict=True):
            step(pair, place)
            passed.append(name)
    except (SchemaSyncError, AssertionError, ValueError) as error:
        return Outcome(pair, tuple(passed), f"{type(error).__name__}: {error}")
    return Outcome(pair, tuple(passed))


def _create(pair: Pair, place: Bench) -> None:
    _sync(place.database, pair.v1)
    in_sync_since(plan(request(place.database, pair.v1, force=True)))


def _migrate(pair: Pair, place: Bench) -> None:
    _sync(place.database, pair.v2)
    _sync(place.fresh, pair.v2)
    check_same(place.database, place.fresh)


def _repeat(pair: Pair, place: Bench) -> None:
    in_sync_since(sync(request(place.database, pair.v2)))
    in_sync_since(plan(request(place.database, pair.v2, force=True)))


def _sync(database: Database, files: dict[str, str]) -> None:
    result = sync(request(database, files))
    about = (*map(str, result.diagnostics), result.refusal)
    # Two versions that mean the same are up to date with each other.
    assert result.status in {Status.SYNCED, Status.UP_TO_DATE}, about
