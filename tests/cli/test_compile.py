"""`schemasync compile`, as programs and people see it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from schemasync.cli import ExitCode
from schemasync.cli.compile import Engine, Format, UnreadablePath, compile_command, read_files
from tests.cli.support import PROGRAM, schemasync, terminal

_USERS = "@db.table 'users'\nexport interface User {\n  @meta.id\n  id: number\n}\n"


def _run(capsys: pytest.CaptureFixture[str], *paths: Path, **options: Any) -> tuple[int, Any]:
    code = compile_command(list(paths), output=Format.JSON, **options)
    return code, json.loads(capsys.readouterr().out)


def test_a_directory_compiles_to_the_hash_and_snapshots_of_every_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "user.as").write_text(_USERS)
    code, found = _run(capsys, tmp_path)
    assert code == ExitCode.DONE
    assert found["diagnostics"] == []
    assert list(found["engines"]) == ["postgresql", "mysql", "sqlite", "mongodb"]
    postgresql = found["engines"]["postgresql"]
    assert list(postgresql) == ["schemaHash", "snapshots"]
    assert postgresql["snapshots"]["users"]["fields"][0]["mappedType"] == "DOUBLE PRECISION"


def test_only_the_engines_that_were_asked_for_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "user.as").write_text(_USERS)
    _, found = _run(capsys, tmp_path, engine=[Engine.SQLITE, Engine.MYSQL, Engine.SQLITE])
    assert list(found["engines"]) == ["sqlite", "mysql"]


def test_a_diagnostic_has_its_place_below_the_path_that_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "user.as").write_text(_USERS.replace("id: number", "id: numbr"))
    code, found = _run(capsys, tmp_path)
    assert code == ExitCode.FAILED
    assert found["engines"] == {}
    assert found["diagnostics"] == [
        {
            "file": "models/user.as",
            "line": 4,
            "column": 7,
            "endLine": 4,
            "endColumn": 12,
            "severity": "error",
            "code": "AS201",
            "message": "'numbr' is not declared or imported here (did you mean 'number'?)",
        }
    ]


def test_text_draws_a_caret_under_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "user.as").write_text(_USERS.replace("id: number", "id: numbr"))
    assert compile_command([tmp_path]) == ExitCode.FAILED
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "user.as:4:7: error AS201: 'numbr' is not declared or imported here",
        "    4 |   id: numbr",
        "      |       ^^^^^",
        "  = hint: did you mean 'number'?",
    ]
    assert lines[-1] == "1 problem, nothing compiled"


def test_text_of_a_schema_without_problems_is_its_hashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "user.as").write_text(_USERS)
    assert compile_command([tmp_path], engine=[Engine.POSTGRESQL]) == ExitCode.DONE
    assert capsys.readouterr().out.splitlines()[0] == "1 table, 0 views"


def test_a_place_in_a_very_long_line_is_shown_with_what_is_around_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "long.as").write_text("type A = " + "string | " * 100_000 + "strnig\n")
    assert compile_command([tmp_path]) == ExitCode.FAILED
    out = capsys.readouterr().out
    assert "strnig" in out
    assert len(out) < 1000


def test_only_models_of_the_space_are_compiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = _USERS.replace("users", "logs").replace("User", "Log")
    (tmp_path / "all.as").write_text(_USERS + "@db.space 'logs'\n" + other)
    _, found = _run(capsys, tmp_path, space="logs", engine=[Engine.SQLITE])
    assert list(found["engines"]["sqlite"]["snapshots"]) == ["logs"]


def test_the_files_of_config_maps_are_compiled(tmp_path: Path) -> None:
    encoded = base64.b64encode(_USERS.encode()).decode()
    manifest = tmp_path / "schema.yaml"
    manifest.write_text(
        json.dumps({"kind": "ConfigMap", "data": {"a.as": _USERS, "README": "no"}})
        + "\n---\n"
        + json.dumps({"kind": "List", "items": [{"kind": "ConfigMap", "binaryData": {"b.as": encoded}}]})
        + "\n---\n"
        + json.dumps({"kind": "Secret", "data": {"c.as": "no"}})
    )
    assert read_files([manifest]) == {"a.as": _USERS.encode(), "b.as": _USERS.encode()}


def test_a_mounted_config_map_gives_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "..2026_01_01").mkdir()
    (tmp_path / "..2026_01_01" / "user.as").write_text(_USERS)
    (tmp_path / "user.as").symlink_to(tmp_path / "..2026_01_01" / "user.as")
    assert list(read_files([tmp_path])) == ["user.as"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.as", None),
        ("empty.yaml", "kind: ConfigMap\n"),
        ("broken.yaml", "a: [\n"),
        ("deep.yaml", "[" * 20_000),
        ("recursive.yaml", "kind: ConfigMap\ndata: &a {a.as: *a}\n"),
        ("notes.txt", "export interface A {}\n"),
        ("Makefile", "all:\n"),
        ("encoded.yaml", "kind: ConfigMap\nbinaryData: {a.as: '*'}\n"),
    ],
)
def test_a_path_without_files_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert compile_command([tmp_path / name]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("error: ")


def test_a_directory_without_files_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("export interface A {}\n")
    assert compile_command([tmp_path]) == ExitCode.USAGE
    assert capsys.readouterr().err == f"error: there is no .as file in {tmp_path}\n"


def test_a_file_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "user.as").write_text(_USERS)
    with pytest.raises(UnreadablePath, match=r"user\.as is there twice"):
        read_files([tmp_path, tmp_path / "user.as"])


def test_no_character_of_a_file_or_its_name_reaches_a_terminal_as_a_command(tmp_path: Path) -> None:
    (tmp_path / "a\x1b]0;owned\x07\nerror: no.as").write_text(
        "interface A { '\x1b[31m\u202e': strng }\n", encoding="utf-8"
    )
    ended = schemasync("compile", tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0].endswith(
        "a\\x1b]0;owned\\x07\\nerror: no.as:1:25: error AS201: 'strng' is not declared or imported here"
    )
    assert "interface A { '\ufffd[31m\ufffd': strng }" in ended.stdout
    assert all(each.isprintable() or each in "\n\ufffd" for each in ended.stdout)


def test_a_directory_that_cannot_be_looked_into_is_told_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "user.as").write_text(_USERS)
    (tmp_path / "gone.as").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UnreadablePath, match=r"gone\.as cannot be read: No such file"):
        read_files([tmp_path])


def test_a_directory_without_rights_is_told_and_not_left_out() -> None:
    nobody = 65534
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "user.as").write_text(_USERS)
        (directory / "sub").mkdir(mode=0o000)
        user = os.geteuid()
        if user == 0:
            os.seteuid(nobody)
        try:
            with pytest.raises(UnreadablePath, match="sub cannot be read: Permission denied"):
                read_files([directory])
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("value", ["null", "[1]", "5"])
def test_what_is_no_text_in_a_config_map_is_told(tmp_path: Path, value: str) -> None:
    manifest = tmp_path / "m.yaml"
    manifest.write_text(f"kind: ConfigMap\ndata:\n  a.as: {value}\n")
    with pytest.raises(UnreadablePath, match=r"a\.as in .* is no text"):
        read_files([manifest])


def test_a_terminal_gets_colours_and_a_pipe_does_not(tmp_path: Path) -> None:
    (tmp_path / "m.as").write_text("interface A { b: strng }\n")
    with terminal(*PROGRAM, "compile", tmp_path) as shown:
        assert shown.end() == ExitCode.FAILED
    assert "\x1b[1;31merror AS201\x1b[0m" in shown.raw
    assert "\x1b[1;31m^^^^^\x1b[0m" in shown.raw
    assert "\x1b" not in schemasync("compile", tmp_path).stdout
