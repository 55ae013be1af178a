"""`schemasync sync`: what it asks, what it applies, and what it leaves behind."""

import io
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemasync.cli import prompt, run
from schemasync.cli.progress import Progress
from schemasync.plan import EntryStatus
from schemasync.sync import Phase
from testbed.databases import Database
from tests.cli.support import (
    PROGRAM,
    V1,
    V2,
    as_json,
    columns,
    entry,
    environment,
    files,
    locks,
    plan,
    rows,
    schemasync,
    tables,
    terminal,
    variables,
    wait_for_a_blocked_statement,
)

ASK = "Apply this plan? [y/N] "
URL_ENV = ("--url-env", "DATABASE_URL")
# The question about a plan that destroys, without a database.
QUESTION = """
import sys
from schemasync.cli import prompt
from schemasync.plan import EntryStatus
from tests.cli.support import entry, plan
sys.exit(0 if prompt.ask(plan(entry("old", EntryStatus.DROP, destructive=True))) else 2)
"""


def synced(database: Database, tmp_path: Path, schema: str) -> None:
    ended = schemasync("sync", files(tmp_path, schema), *URL_ENV, "--yes", database=database)
    assert ended.returncode == 0, ended.stderr


def test_yes_applies_the_plan_and_the_next_run_has_nothing_to_do(database: Database, tmp_path: Path) -> None:
    command = ("sync", files(tmp_path, V1), *URL_ENV, "--yes")
    first = schemasync(*command, database=database)
    assert (first.returncode, first.stderr) == (0, "")
    assert "+ users  create table" in first.stdout
    assert "synced: 1 statement applied in " in first.stdout
    again = schemasync(*command, database=database)
    assert again.returncode == 0
    assert again.stdout.startswith("up-to-date: the database has this schema, hash ")
    assert columns(database) == {"id", "name"}


def test_json_of_a_sync_has_the_plan_that_was_applied(database: Database, tmp_path: Path) -> None:
    command = ("sync", files(tmp_path, V1), *URL_ENV, "--yes", "--format", "json")
    first, again = (as_json(schemasync(*command, database=database)) for _ in range(2))
    assert (first["status"], again["status"]) == ("synced", "up-to-date")
    assert first["hash"] == again["hash"]
    assert first["plan"]["entries"][0]["name"] == "users"
    assert again["plan"] is None
    forced = as_json(schemasync(*command, "--force", database=database))
    assert forced["plan"]["summary"]["inSync"] == 1


def test_without_a_terminal_nothing_is_changed_that_yes_did_not_approve(
    database: Database, tmp_path: Path
) -> None:
    path = files(tmp_path, V1)
    ended = schemasync("sync", path, *URL_ENV, database=database)
    assert ended.returncode == 2
    assert "+ users  create table" in ended.stdout
    assert "run again with --yes" in ended.stderr
    assert as_json(schemasync("sync", path, *URL_ENV, "--format", "json", database=database))["status"] == (
        "refused"
    )
    assert tables(database) == set()


def test_a_database_that_is_up_to_date_needs_no_answer(database: Database, tmp_path: Path) -> None:
    synced(database, tmp_path, V1)
    assert schemasync("sync", files(tmp_path, V1), *URL_ENV, database=database).returncode == 0
    with database.connect() as connection:
        connection.execute("DELETE FROM \"__atscript_control\" WHERE _id = 'schema_version'")
    # Nothing is to be changed, so nothing is asked; that it is so is stored again.
    assert schemasync("sync", files(tmp_path, V1), *URL_ENV, database=database).returncode == 0
    assert rows(database, "SELECT 1 FROM \"__atscript_control\" WHERE _id = 'schema_version'") == [(1,)]


def test_a_terminal_is_shown_the_plan_and_asked(database: Database, tmp_path: Path) -> None:
    with terminal(*PROGRAM, "sync", files(tmp_path, V1), *URL_ENV, database=database) as person:
        person.until(ASK)
        assert "+ users  create table" in person.shown
        assert tables(database) == set()
        person.answer("y\n")
        assert person.end() == 0
    assert person.shown.count("+ users") == 1
    assert "synced: 1 statement applied" in person.shown
    assert columns(database) == {"id", "name"}


@pytest.mark.parametrize("answer", ["\n", "n\n", "yesss\n", "\x04"], ids=["nothing", "n", "other", "Ctrl-D"])
def test_any_other_answer_than_yes_changes_nothing(database: Database, tmp_path: Path, answer: str) -> None:
    with terminal(*PROGRAM, "sync", files(tmp_path, V1), *URL_ENV, database=database) as person:
        person.until(ASK)
        person.answer(answer)
        assert person.end() == 2
    assert "error: not approved; nothing was changed" in person.shown
    assert tables(database) == set()


def test_ctrl_c_at_the_question_ends_with_130(database: Database, tmp_path: Path) -> None:
    with terminal(*PROGRAM, "sync", files(tmp_path, V1), *URL_ENV, database=database) as person:
        person.until(ASK)
        person.interrupt()
        assert person.end() == 130
    assert "Traceback" not in person.shown
    assert tables(database) == set()


def test_no_lock_is_held_while_somebody_reads_and_a_changed_plan_is_refused(
    database: Database, tmp_path: Path
) -> None:
    synced(database, tmp_path, V1)
    with terminal(*PROGRAM, "sync", files(tmp_path, V2, "two"), *URL_ENV, database=database) as person:
        person.until(ASK)
        assert locks(database) == []
        with database.connect() as other:
            other.execute("ALTER TABLE users ADD COLUMN note text")
        person.answer("y\n")
        assert person.end() == 2
    assert "error: the database has changed since plan " in person.shown
    # The plan as it is now is shown as well.
    assert person.shown.count("~ users  alter table") == 2
    assert "atscript__plain__note" not in tables(database)


def test_an_output_for_programs_stays_clean_while_a_person_is_asked(
    database: Database, tmp_path: Path
) -> None:
    for output, begins in (("json", "{"), ("table", "  + users"), ("sql", "CREATE TABLE")):
        stdout = tmp_path / output
        command = [*PROGRAM, "sync", files(tmp_path, V1), *URL_ENV, "--format", output]
        with terminal(*command, database=database, stdout=stdout) as person:
            person.until(ASK)
            assert "+ users  create table" in person.shown
            person.answer("y\n")
            assert person.end() == 0
        assert stdout.read_text().startswith(begins)
        assert ASK not in stdout.read_text()
        with database.connect() as connection:
            connection.execute('DROP TABLE users, "__atscript_control"')


@pytest.mark.parametrize(
    ("answer", "code"), [("yes\n", 0), ("3f9a3f9a3f9a\n", 0), ("y\n", 2), ("3f9a\n", 2), ("\n", 2)]
)
def test_what_destroys_needs_a_whole_word(answer: str, code: int) -> None:
    import_path = {"PYTHONPATH": ":".join(sys.path)}
    with terminal(sys.executable, "-c", QUESTION, more=import_path) as person:
        person.until("Type yes or 3f9a3f9a3f9a to apply it: ")
        person.answer(answer)
        assert person.end() == code
    assert "DESTRUCTIVE: 1 entry of this plan destroys data that cannot be brought back." in person.shown
    assert "\x1b[1;37;41mDESTRUCTIVE\x1b[0m" in person.raw


def test_a_plan_that_destroys_is_counted_in_the_question(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    two = [entry(name, EntryStatus.DROP, destructive=True) for name in ("a", "b")]
    assert not prompt.ask(plan(*two, entry("c")))
    assert "2 entries of this plan destroy data" in capsys.readouterr().err


def test_ctrl_c_in_mid_apply_ends_with_130_and_gives_the_lock_back(
    database: Database, tmp_path: Path
) -> None:
    synced(database, tmp_path, V1)
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE users IN ACCESS SHARE MODE")
        command = [*PROGRAM, "sync", files(tmp_path, V2), *URL_ENV, "--yes", "--pod-id", "pod-7"]
        with terminal(*command, database=database) as person:
            wait_for_a_blocked_statement(database)
            (holder,) = locks(database)
            assert holder.startswith("pod-7/")
            person.interrupt()
            assert person.end() == 130
    assert "Traceback" not in person.shown
    assert person.shown.endswith("interrupted; nothing is left half done\n")
    assert locks(database) == []
    assert columns(database) == {"id", "name"}


def test_a_long_apply_tells_on_a_terminal_where_it_is(database: Database, tmp_path: Path) -> None:
    synced(database, tmp_path, V1)
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE users IN ACCESS SHARE MODE")
        command = [*PROGRAM, "sync", files(tmp_path, V2), *URL_ENV, "--yes", "--format", "json"]
        with terminal(*command, database=database, stdout=tmp_path / "out") as person:
            wait_for_a_blocked_statement(database)
            person.until(" s)")
            other.execute("COMMIT")
            assert person.end() == 0
    # The line is gone in the end.
    assert person.raw.endswith("\r\x1b[K")
    assert "note" in columns(database)


def test_elsewhere_than_on_a_terminal_a_short_apply_says_nothing_and_a_long_one_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = plan(entry("users"))
    for interval in (3600.0, 0.001):
        monkeypatch.setattr("schemasync.cli.progress._LOG", interval)
        told = Progress()
        with told.shown():
            told.phase(Phase.SYNCING, applied)
            told.statement(1, 1, applied.statements[0])
            if interval < 1:
                deadline = time.monotonic() + 60
                shown = ""
                while "[1/1] public.users: create (0 s)\n" not in shown:
                    assert time.monotonic() < deadline
                    shown += capsys.readouterr().err
        if interval > 1:
            assert capsys.readouterr().err == ""


def test_whoever_holds_the_lock_is_named_while_it_is_waited_for(database: Database, tmp_path: Path) -> None:
    synced(database, tmp_path, V1)
    with database.connect() as connection:
        connection.execute(
            """INSERT INTO "__atscript_control" (_id, "lockedBy", "lockedAt", "expiresAt")
            VALUES ('sync_lock', 'the other one', 0, 9e12)"""
        )
    command = ("sync", files(tmp_path, V2), *URL_ENV, "--yes", "--lock-poll", "100ms")
    ended = schemasync(*command, "--lock-wait", "300ms", "--format", "json", database=database)
    assert (ended.returncode, as_json(ended)["status"]) == (1, "failed")
    assert ended.stderr.startswith("waiting: the other one holds the lock of this database\n")
    assert ended.stderr.count("waiting: ") == 1
    assert "error: the other one has held the lock" in ended.stderr
    assert columns(database) == {"id", "name"}


def test_the_database_of_a_schema_sync_is_left_to_it_unless_forced(
    database: Database, tmp_path: Path
) -> None:
    synced(database, tmp_path, V1)
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO \"__atscript_control\" (_id, value) VALUES ('schemasync:owner', 'prod/shop/shop')"
        )
    command = ("sync", files(tmp_path, V2), *URL_ENV, "--yes", "--format", "json")
    refused = schemasync(*command, database=database)
    assert (refused.returncode, as_json(refused)["status"]) == (2, "refused")
    assert "belongs to prod/shop/shop" in refused.stderr
    assert schemasync(*command, "--force-owner", database=database).returncode == 0
    assert "note" in columns(database)


def test_a_role_that_may_not_be_taken_is_refused(database: Database, tmp_path: Path) -> None:
    command = ("sync", files(tmp_path, V1), *URL_ENV, "--yes", "--role", "nobody_of_this_name")
    ended = schemasync(*command, database=database)
    assert ended.returncode == 2
    assert "nobody_of_this_name" in ended.stderr
    assert "users" not in tables(database)


def test_a_schema_that_is_named_gets_the_tables(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA app")
    command = ("sync", files(tmp_path, V1), *URL_ENV, "--yes", "--schema", "app")
    assert schemasync(*command, database=database).returncode == 0
    assert rows(database, "SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace "
                "AND relkind = 'r' ORDER BY 1") == [("__atscript_control",), ("users",)]  # fmt: skip
    assert tables(database) == set()


def test_a_sync_of_a_database_that_is_not_there_ends_with_1(tmp_path: Path) -> None:
    command = ("sync", files(tmp_path, V1), *URL_ENV, "--yes", "--format", "json")
    ended = schemasync(*command, more=variables("secret"))
    assert (ended.returncode, as_json(ended)["status"]) == (1, "failed")


def test_a_person_types_yes_or_the_id_before_a_column_goes(database: Database, tmp_path: Path) -> None:
    synced(database, tmp_path, V2)
    command = [*PROGRAM, "sync", files(tmp_path, V1), *URL_ENV]
    with terminal(*command, database=database) as person:
        person.until(" to apply it: ")
        assert "~ users  alter table  DESTRUCTIVE" in person.shown
        assert "drop column note" in person.shown
        person.answer("y\n")
        assert person.end() == 2
    assert "note" in columns(database)
    short_id = person.shown.partition("Type yes or ")[2].partition(" ")[0]
    with terminal(*command, database=database) as person:
        person.until(f"Type yes or {short_id} to apply it: ")
        person.answer(f"{short_id}\n")
        assert person.end() == 0
    assert columns(database) == {"id", "name"}


def test_safe_mode_applies_the_rest_and_says_what_it_left_out(database: Database, tmp_path: Path) -> None:
    synced(database, tmp_path, V2)
    path = files(tmp_path, V1.replace("}", "  phone?: string\n}"))
    ended = schemasync("sync", path, *URL_ENV, "--safe", "--yes", database=database)
    assert ended.returncode == 0, ended.stderr
    assert "      warning: left out by safe mode: drop column note" in ended.stdout.splitlines()
    assert "safe mode left something out, so this schema is not complete yet" in ended.stdout
    assert columns(database) == {"id", "name", "note", "phone"}
    # What was left out is still to be done, and what is left out alone needs no answer.
    planned = schemasync("plan", path, *URL_ENV, "--check", "--format", "json", database=database)
    assert planned.returncode == 3
    assert as_json(planned)["plan"]["destructive"] is True
    assert schemasync("sync", path, *URL_ENV, "--safe", database=database).returncode == 0


def test_a_plan_with_errors_is_refused_with_the_number_of_rows_in_the_way(
    database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced(database, tmp_path, V1.replace("name:", "name?:"))
    with database.connect() as connection:
        connection.execute("INSERT INTO users (id) VALUES (1), (2)")
    monkeypatch.setenv("DATABASE_URL", database.url)
    path = str(files(tmp_path, V1))
    for output in ("table", "json", "sql", "markdown"):
        for command in (["sync", "--yes"], ["sync"], ["plan", "--check"]):
            assert run([*command, path, *URL_ENV, "--format", output]) == 2
            shown = capfd.readouterr()
            said = shown.out if output == "table" else shown.err
            assert "column name becomes required" in said
            assert "2 rows" in said
            if output == "sql":
                assert shown.out == ""
            if output == "json":
                assert json.loads(shown.out)["status"] == ("error" if "plan" in command else "refused")


def test_a_statement_that_fails_leaves_nothing_and_the_object_has_the_plan(
    database: Database, tmp_path: Path
) -> None:
    role = database.server.create_role(password="secret-of-the-role")
    try:
        with database.connect() as connection:
            connection.execute(f"GRANT CREATE ON SCHEMA public TO {role}".encode())
        synced(database, tmp_path, V1)
        with database.connect() as connection:
            connection.execute(f'GRANT ALL ON "__atscript_control", users TO {role}'.encode())
        url = {"DATABASE_URL": database.server.url(database.name, role, "secret-of-the-role")}
        command = ("sync", files(tmp_path, V2), *URL_ENV, "--yes", "--format", "json")
        ended = schemasync(*command, more=url)
        assert (ended.returncode, as_json(ended)["status"]) == (1, "failed")
        assert as_json(ended)["plan"]["summary"]["alter"] == 1
        assert "must be owner of table users" in ended.stderr
        assert "secret-of-the-role" not in ended.stdout + ended.stderr
        assert locks(database) == []
        assert columns(database) == {"id", "name"}
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {role}".encode())
        database.server.drop_role(role)


def test_a_reader_that_goes_away_changes_nothing_of_the_outcome(database: Database, tmp_path: Path) -> None:
    command = shlex.join([*PROGRAM, "sync", str(files(tmp_path, V1)), *URL_ENV, "--yes"])
    ended = subprocess.run(
        ["/bin/bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert columns(database) == {"id", "name"}
    assert locks(database) == []


def test_an_output_that_is_full_is_told_and_what_was_to_be_applied_is(
    database: Database, tmp_path: Path
) -> None:
    command = shlex.join([*PROGRAM, "sync", str(files(tmp_path, V1)), *URL_ENV, "--yes"])
    ended = subprocess.run(
        ["/bin/bash", "-c", f"{command} >/dev/full"],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    message = "error: standard output cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, message)
    assert columns(database) == {"id", "name"}


def test_without_standard_output_a_sync_is_done(database: Database, tmp_path: Path) -> None:
    command = shlex.join([*PROGRAM, "sync", str(files(tmp_path, V1)), *URL_ENV, "--yes"])
    ended = subprocess.run(
        ["/bin/bash", "-c", f"{command} >&-"],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert columns(database) == {"id", "name"}


def test_a_view_of_somebody_else_that_is_missing_holds_nothing_back_but_is_no_success(
    database: Database, tmp_path: Path
) -> None:
    external = V1 + "@db.view 'theirs'\nexport interface Theirs {\n  id: number.int\n}\n"
    command = ("sync", files(tmp_path, external), *URL_ENV)
    refused = schemasync(*command, database=database)
    assert refused.returncode == 2
    assert "! theirs [E]  error" in refused.stdout
    assert "run again with --yes" in refused.stderr
    ended = schemasync(*command, "--yes", "--format", "json", database=database)
    assert (ended.returncode, as_json(ended)["status"]) == (2, "synced")
    assert ended.stderr.startswith("error: theirs: ")
    assert columns(database) == {"id", "name"}
    with database.connect() as connection:
        connection.execute("CREATE VIEW theirs AS SELECT id FROM users")
    assert schemasync(*command, database=database).returncode == 0
