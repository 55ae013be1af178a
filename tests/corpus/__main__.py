"""`python -m tests.corpus`: random pairs of schemas, kills and races, on a real server."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable

from testbed.databases import ExternalPostgres, Postgres
from testbed.postgres import PostgresServer, available, server_for
from tests.acceptance.loop import bench
from tests.conformance import directory
from tests.corpus.generate import Pair, pair
from tests.corpus.run import CHECKS, check, recorded
from tests.kills.run import kills, races


def main() -> int:
    """Run what was asked for; return 0 if nothing was wrong."""
    options = _options()
    wrong = False
    for kind in available():
        if options.server not in {None, kind.id}:
            continue
        server = server_for(kind)
        try:
            wrong |= _all(options, server)
        finally:
            if isinstance(server, PostgresServer) and not isinstance(kind, ExternalPostgres):
                server.close()
    return int(wrong)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--server", choices=[kind.id for kind in available()], help="default: each")
    parser.add_argument("--pairs", type=int, default=0, help="how many random pairs")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first pair; the others follow it")
    parser.add_argument("--show", action="store_true", help="print the files of each pair")
    parser.add_argument("--recorded", action="store_true", help="the pairs of the conformance data, too")
    parser.add_argument("--kills", type=int, default=0, help="how many runs to kill")
    parser.add_argument("--races", type=int, default=0, help="how many races of 20 processes")
    return parser.parse_args()


def _all(options: argparse.Namespace, server: Postgres) -> bool:
    wrong = False
    if options.recorded and directory() is None:
        _say("the conformance data is not there: no recorded pairs")
    elif options.recorded:
        wrong |= _pairs("recorded", recorded(), server, show=options.show)
    if options.pairs:
        seeds = range(options.seed, options.seed + options.pairs)
        wrong |= _pairs("random", map(pair, seeds), server, show=options.show)
    for count, words, run in (
        (options.kills, "kills", kills),
        (options.races, "races with and without a barrier", races),
    ):
        wrong |= bool(count) and _counted(words, run, server, count)
    return wrong


def _pairs(kind: str, pairs: Iterable[Pair], server: Postgres, *, show: bool) -> bool:
    passed: Counter[str] = Counter()
    total = discarded = 0
    with bench(server) as place:
        for each in pairs:
            total += 1
            discarded += each.discarded
            if show:
                _show(each)
            outcome = check(each, place)
            passed.update(outcome.passed)
            if outcome.problem is not None:
                _say(f"{each.name}: {outcome.problem}")
    figures = ", ".join(f"{name} {passed[name]}/{total}" for name in CHECKS)
    _say(f"{server.id}, {kind}: {figures}" + (f" ({discarded} discarded)" if discarded else ""))
    return any(passed[name] != total for name in CHECKS)


def _show(each: Pair) -> None:
    for version, files in (("v1", each.v1), ("v2", each.v2)):
        for path, text in files.items():
            _say(f"--- {version}/{path}\n{text}")


def _counted(words: str, run: Callable[[Postgres, int], list[str]], server: Postgres, count: int) -> bool:
    problems = run(server, count)
    for each in problems:
        _say(each)
    _say(f"{server.id}, {words}: {count - len(problems)}/{count} as they should be")
    return bool(problems)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
