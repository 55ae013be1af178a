"""`schemasync plan`, and how plans are shown."""

import dataclasses
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemasync.cli import render, run
from schemasync.cli.formats import plan_as_json, plan_as_sql, result_as_json
from schemasync.cli.formats_markdown import result_as_markdown
from schemasync.cli.reading import duration
from schemasync.plan import Entry, EntryStatus, Hazard, HazardKind, Kind, Plan
from schemasync.sync import Status, SyncResult
from testbed.databases import Database
from tests.cli.support import (
    BROKEN,
    ESCAPES,
    PROGRAM,
    V1,
    V2,
    as_json,
    entry,
    files,
    plan,
    schemasync,
    tables,
    terminal,
    variables,
)

WIDTH = 80
SECRET = "pa55-w0rd-of-the-tests"
HOSTILE = "[bold]x[/bold]\x1b[31m\x9b2J\r\n`|``<b>\u202e\ud800"


def drawn(shown: Plan, *, width: int = WIDTH, colours: bool = False) -> str:
    """Return a plan as it is drawn on a terminal."""
    file = io.StringIO()
    options: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False}
    console = Console(file=file, width=width, force_terminal=colours, no_color=not colours, **options)
    console.print(render.plan(plan_as_json(shown)))
    return file.getvalue()


def every_status() -> Plan:
    hazard = Hazard(kind=HazardKind.DELETES_DATA, message="drops the column and its values", rows=12345)
    destructive = entry("orders", EntryStatus.ALTER, destructive=True, details=("drop column note",))
    statement = dataclasses.replace(destructive.statements[0], hazards=(hazard,))
    return plan(
        entry("customers", EntryStatus.CREATE),
        dataclasses.replace(destructive, statements=(statement,)),
        entry("old", EntryStatus.DROP, destructive=True),
        entry("products", EntryStatus.IN_SYNC),
        entry("theirs", EntryStatus.ERROR, view_type="E", errors=("it is not there",)),
        entry("kept", EntryStatus.SKIPPED, details=("drop column x",)),
        _view("totals", "V"),
        _view("daily", "M"),
    )


def _view(name: str, view_type: str) -> Entry:
    return dataclasses.replace(entry(name), kind=Kind.VIEW, view_type=view_type)


def test_a_plan_says_what_would_be_made_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    ended = schemasync("plan", files(tmp_path, V1), "--url-env", "DATABASE_URL", database=database)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "+ users  create table" in ended.stdout
    assert "1 to create" in ended.stdout
    assert ended.stdout.endswith("changes-needed: nothing was changed; `schemasync sync` applies this plan\n")
    assert tables(database) == set()


def test_json_is_one_object_with_all_of_the_plan(database: Database, tmp_path: Path) -> None:
    arguments = ("plan", files(tmp_path, V1), "--url-env", "DATABASE_URL", "--format", "json")
    shown = as_json(schemasync(*arguments, database=database))
    assert list(shown) == ["status", "hash", "duration", "diagnostics", "plan"]
    assert (shown["status"], shown["diagnostics"]) == ("changes-needed", [])
    assert re.fullmatch("[0-9a-f]{64}", shown["plan"]["id"])
    assert shown["plan"]["summary"] == {
        "create": 1,
        "alter": 0,
        "drop": 0,
        "inSync": 0,
        "error": 0,
        "skipped": 0,
    }
    (only,) = shown["plan"]["entries"]
    assert list(only) == [
        "name",
        "kind",
        "status",
        "destructive",
        "details",
        "hazards",
        "errors",
        "warnings",
        "statements",
    ]
    assert (only["name"], only["kind"], only["status"]) == ("users", "table", "create")
    assert only["statements"][0].startswith("CREATE TABLE")


def test_check_ends_with_3_where_changes_are_needed_and_with_0_where_not(
    database: Database, tmp_path: Path
) -> None:
    arguments = (files(tmp_path, V1), "--url-env", "DATABASE_URL")
    for command in ("plan", "sync"):
        assert schemasync(command, *arguments, "--check", database=database).returncode == 3
    assert tables(database) == set()
    assert schemasync("sync", *arguments, "--yes", database=database).returncode == 0
    for command in ("plan", "sync"):
        assert schemasync(command, *arguments, "--check", database=database).returncode == 0


def test_check_with_force_finds_what_others_changed_and_a_login_that_only_reads_is_enough(
    database: Database, tmp_path: Path
) -> None:
    path = files(tmp_path, V1)
    assert schemasync("sync", path, "--url-env", "DATABASE_URL", "--yes", database=database).returncode == 0
    role = database.server.create_role(password=SECRET)
    try:
        with database.connect() as connection:
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
        url = {"DATABASE_URL": database.server.url(database.name, role, SECRET)}
        check = ("plan", path, "--url-env", "DATABASE_URL", "--check", "--force")
        assert schemasync(*check, more=url).returncode == 0
        with database.connect() as connection:
            connection.execute("ALTER TABLE users DROP COLUMN name")
        assert schemasync(*check[:-1], more=url).returncode == 0
        found = schemasync(*check, more=url)
        assert (found.returncode, found.stderr) == (3, "")
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {role}".encode())
        database.server.drop_role(role)


def test_a_dry_run_of_a_sync_is_a_plan(database: Database, tmp_path: Path) -> None:
    arguments = ("sync", files(tmp_path, V1), "--url-env", "DATABASE_URL", "--format", "json")
    shown = schemasync(*arguments, "--dry-run", "--yes", database=database)
    assert (shown.returncode, as_json(shown)["status"]) == (0, "changes-needed")
    assert tables(database) == set()


def test_the_statements_of_a_plan_run_as_they_are_printed(database: Database, tmp_path: Path) -> None:
    arguments = (files(tmp_path, V2), "--url-env", "DATABASE_URL")
    printed = schemasync("plan", *arguments, "--format", "sql", database=database)
    assert printed.returncode == 0
    assert printed.stdout.startswith("CREATE TABLE")
    assert printed.stdout.endswith(";\n")
    with database.connect() as connection:
        connection.execute(printed.stdout.encode())
    planned = as_json(schemasync("plan", *arguments, "--format", "json", database=database))
    assert planned["plan"]["summary"]["inSync"] == 1
    assert planned["status"] == "up-to-date"


@pytest.mark.parametrize("output", ["table", "json", "sql", "markdown"])
def test_a_plan_whose_files_have_errors_ends_with_1_and_shows_the_place(
    database: Database,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    output: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    path = str(files(tmp_path, BROKEN))
    assert run(["plan", path, "--url-env", "DATABASE_URL", "--format", output]) == 1
    shown = capfd.readouterr()
    assert "user.as:5:9: error AS" in shown.err
    assert "^^^^^" in shown.err
    if output == "json":
        found = json.loads(shown.out)
        assert (found["status"], found["plan"], found["hash"]) == ("error", None, None)
        assert [(each["file"], each["line"]) for each in found["diagnostics"]] == [("user.as", 5)]
    if output == "sql":
        assert shown.out == ""


def test_a_database_that_is_not_there_ends_with_1_and_an_object_that_says_so(tmp_path: Path) -> None:
    arguments = ("plan", files(tmp_path, V1), "--url-env", "DATABASE_URL", "--format", "json")
    ended = schemasync(*arguments, more=variables(SECRET))
    assert (ended.returncode, as_json(ended)["status"]) == (1, "error")
    assert ended.stderr.startswith("error: cannot connect to database 'shop' at 127.0.0.1:1")


@pytest.mark.parametrize("output", ["table", "json", "sql", "markdown"])
@pytest.mark.parametrize("command", ["plan", "sync"])
def test_no_password_is_ever_printed(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    output: str,
) -> None:
    url = variables(SECRET)["DATABASE_URL"]
    path = files(tmp_path, V1)
    mistakes: list[tuple[object, ...]] = [
        (path, "--url", url),
        (path, "--url-env", url),
        (path, url),
        (path, url, "--url-env", "DATABASE_URL"),
        (path, "--url", url, "--url-env", "DATABASE_URL"),
        (path, "--url", url.replace("@", "@@")),
        (path, "--url", url.replace("postgresql", "oracle")),
        (path, "--url", f"host=127.0.0.1 port=1 password={SECRET}"),
        (path, "--db", url),
        (path, f"--uri={url}"),
        (path, "--lock-ttl", "0s", "--url", url),
    ]
    monkeypatch.setenv("DATABASE_URL", url)
    for arguments in mistakes:
        code = run([command, *map(str, arguments), "--format", output, "--yes"])
        assert code in {1, 64}, arguments
        assert SECRET not in "".join(capfd.readouterr()), arguments


def test_a_password_in_an_argument_is_hinted_at(database: Database, tmp_path: Path) -> None:
    path = files(tmp_path, V1)
    ended = schemasync("plan", path, "--url", database.url)
    assert ended.returncode == 0
    assert ended.stderr.startswith("hint: ")
    assert "--url-env" in ended.stderr
    assert schemasync("plan", path, "--url-env", "DATABASE_URL", database=database).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name the database, once"),
        (("--url", "postgresql://h/d", "--url-env", "DATABASE_URL"), "name the database, once"),
        (("--url-env", "NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (("--url", "nonsense"), "the database URL has no scheme"),
        (("--url", "oracle://h/d"), "known are"),
        (("--url-env", "DATABASE_URL", "--lock-ttl", "3 weeks"), "500ms, 10s or 1m30s"),
        (("--url-env", "DATABASE_URL", "--lock-poll", "0s"), "lock times must be positive"),
        (("--url-env", "DATABASE_URL", "--format", "xml"), "xml"),
        (("--url-env", "DATABASE_URL", "missing.as"), "missing.as cannot be read"),
    ],
)
def test_wrong_usage_ends_with_64_and_says_what_would_be_right(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", variables(SECRET)["DATABASE_URL"])
    assert run(["plan", str(files(tmp_path, V1)), *arguments]) == 64
    shown = capfd.readouterr()
    assert shown.out == ""
    assert says in shown.err


def test_durations_are_written_as_in_a_manifest() -> None:
    written = ("500ms", "30s", "1m30s", "1h", "0s")
    assert [duration(text) for text in written] == [0.5, 30.0, 90.0, 3600.0, 0.0]


def test_every_entry_has_its_mark_and_what_destroys_cannot_be_overlooked() -> None:
    shown = drawn(every_status())
    for line in (
        "  = products  in sync",
        "  + customers  create table",
        "  ~ orders  alter table  DESTRUCTIVE",
        "      drop column note",
        "      hazard: DeletesData: drops the column and its values (12,345 rows)",
        "  - old  drop table  DESTRUCTIVE",
        "  ! theirs [E]  error",
        "      error: it is not there",
        "  ? kept  skipped",
        "  + totals [V]  create view",
        "  + daily [M]  create view",
        "  DESTRUCTIVE: data is destroyed in 2 of these: orders, old",
    ):
        assert line in shown.splitlines()
    counted = "Plan 3f9a3f9a3f9a: 3 to create, 1 to alter, 1 to drop, 1 in sync, 1 in error, 1 skipped"
    assert counted in " ".join(shown.split())
    assert "\x1b[1;37;41mDESTRUCTIVE\x1b[0m" in drawn(every_status(), colours=True)


def test_nothing_is_cut_off_at_80_columns() -> None:
    words = [f"word{number}" for number in range(200)]
    name = "n" * 300
    shown = drawn(plan(entry(name, EntryStatus.ALTER, details=(" ".join(words),), warnings=(name,))))
    assert all(len(line) <= WIDTH for line in shown.splitlines())
    assert set(words) <= set(shown.split())
    assert shown.count("n") >= 600


def test_many_relations_in_sync_are_counted_so_that_changes_are_seen() -> None:
    names = [f"t{number}" for number in range(1000)]
    shown = drawn(plan(*(entry(name, EntryStatus.IN_SYNC) for name in names), entry("new")))
    assert "  = 1000 tables and views in sync" in shown.splitlines()
    assert "  + new  create table" in shown
    assert "t999" not in shown


@given(st.text(min_size=1))
def test_no_name_can_move_a_cursor_or_reorder_text(name: str) -> None:
    assert render.inert(name).isprintable()
    hostile = plan(entry(name, EntryStatus.ALTER, details=(name,), errors=(name,), warnings=(name,)))
    result = SyncResult(status=Status.CHANGES_NEEDED, plan=hostile)
    for text in (
        drawn(hostile),
        result_as_json(result, planning=True),
        result_as_markdown(result, planning=True),
    ):
        assert all(line.isprintable() for line in text.split("\n"))


def test_a_hostile_name_is_no_markup_in_any_format() -> None:
    hostile = plan(entry(HOSTILE, EntryStatus.ALTER, destructive=True, details=(HOSTILE,)))
    assert r"~ [bold]x[/bold]\x1b[31m\x9b2J\r\n`|``<b>\u202e\ud800" in drawn(hostile, width=200)
    result = SyncResult(status=Status.CHANGES_NEEDED, plan=hostile)
    markdown = result_as_markdown(result, planning=True)
    # Code spans end at as many backticks as they begin with; a bar would end the table's cell.
    assert r"| ```[bold]x[/bold]\x1b[31m\x9b2J\r\n`\|``<b>\u202e\ud800``` |" in markdown
    assert json.loads(result_as_json(result, planning=True))["plan"]["entries"][0]["name"] == HOSTILE


def test_markdown_has_a_table_the_details_and_the_sql_folded_away() -> None:
    shown = every_status()
    without_errors = dataclasses.replace(
        shown, entries=tuple(each for each in shown.entries if not each.errors)
    )
    result = SyncResult(status=Status.CHANGES_NEEDED, hash="1234abcd", plan=without_errors)
    lines = result_as_markdown(result, planning=True).splitlines()
    for line in (
        "### Database schema: changes-needed",
        "**DESTRUCTIVE: data is destroyed in 2 of these: `orders`, `old`**",
        "| | name | what happens |",
        "| `+` | `customers` | create table |",
        "| `~` | `orders` | **alter table, DESTRUCTIVE** |",
        r"| `+` | `totals` \[V] | create view |",
        "- **hazard**: `DeletesData: drops the column and its values (12,345 rows)`",
        "<details><summary>SQL, 5 statements</summary>",
        "```sql",
        "CREATE TABLE customers ();",
        "</details>",
    ):
        assert line in lines


def test_sql_with_backticks_does_not_end_its_block() -> None:
    statement = dataclasses.replace(entry("x").statements[0], command="SELECT '\n````\n'")
    hostile = Plan(id="0" * 64, entries=(entry("x"),), statements=(statement,))
    lines = result_as_markdown(
        SyncResult(status=Status.CHANGES_NEEDED, plan=hostile), planning=True
    ).splitlines()
    assert lines.count("`````sql") == lines.count("`````") == 1


def test_sql_of_a_plan_with_errors_is_not_printed_since_it_would_not_run() -> None:
    assert plan_as_sql(every_status()) == ""


def test_a_terminal_has_colours_unless_it_must_not(database: Database, tmp_path: Path) -> None:
    command = [*PROGRAM, "plan", files(tmp_path, V1), "--url-env", "DATABASE_URL"]
    with terminal(*command, database=database) as coloured:
        assert coloured.end() == 0
    with terminal(*command, database=database, more={"NO_COLOR": "1"}) as plain:
        assert plain.end() == 0
    assert "\x1b[32m+ users" in coloured.raw
    assert not ESCAPES.search(plain.raw.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", ""))
    assert coloured.shown == plain.shown
