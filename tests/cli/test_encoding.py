"""Output goes to terminals and files of every encoding, whatever the names in it."""

import json
from pathlib import Path

import pytest
import yaml

from testbed.databases import Database
from tests.cli.support import as_json, schemasync

ASCII = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
POSIX = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"}
SCHEMA = "@db.table 'zażółć'\nexport interface Zażółć {\n  @meta.id\n  '表': number\n}\n"
MANIFEST = {
    "apiVersion": "schemasync.dev/v1alpha1",
    "kind": "SchemaSync",
    "metadata": {"name": "zażółć"},
    "spec": {"schema": {"configMaps": [{"name": "表"}]}, "database": {"secretRef": {"name": "x"}}},
}


def schema(directory: Path, text: str) -> Path:
    path = directory / "zażółć.as"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("locale", [ASCII, POSIX], ids=["ascii", "posix"])
def test_a_diagnostic_is_escaped_where_its_characters_cannot_be_shown(
    tmp_path: Path, locale: dict[str, str]
) -> None:
    ended = schemasync("compile", schema(tmp_path, SCHEMA.replace("number", "żnumber")), more=locale)
    assert ended.returncode == 1
    assert "'\\u017cnumber' is not declared" in ended.stdout


@pytest.mark.parametrize("output", ["table", "json", "sql", "markdown"])
def test_a_plan_is_printed_in_every_format(tmp_path: Path, database: Database, output: str) -> None:
    arguments = ("--url-env", "DATABASE_URL", "--format", output, schema(tmp_path, SCHEMA))
    ended = schemasync("plan", *arguments, database=database, more=ASCII)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "za\\u017c\\" in ended.stdout
    synced = schemasync("sync", "--yes", *arguments, database=database, more=ASCII)
    assert synced.returncode == 0, synced.stderr


def test_json_is_the_same_in_every_encoding(tmp_path: Path) -> None:
    path = schema(tmp_path, SCHEMA)
    ended = schemasync("compile", "--format", "json", path, more=ASCII)
    assert as_json(ended) == as_json(schemasync("compile", "--format", "json", path))
    assert as_json(ended)["engines"]["sqlite"]["snapshots"]["zażółć"]["fields"][0]["physicalName"] == "表"


def test_a_name_that_is_wrong_usage_is_escaped(tmp_path: Path) -> None:
    ended = schemasync("compile", tmp_path / "zażółć.txt", more=ASCII)
    assert ended.returncode == 64
    assert "za\\u017c\\xf3\\u0142\\u0107.txt cannot be read" in ended.stderr


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_a_status_is_the_same_in_every_encoding(tmp_path: Path, output: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(MANIFEST))
    plain, escaped = (schemasync("reconcile", "-o", output, "-f", path, more=more) for more in (None, ASCII))
    (item,) = yaml.safe_load(escaped.stdout)["items"]
    assert item["metadata"]["name"] == "zażółć"
    assert item["spec"] == yaml.safe_load(plain.stdout)["items"][0]["spec"]
    assert escaped.stdout.isascii()
    assert escaped.returncode == plain.returncode == 1


def test_a_table_is_shown_as_far_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(MANIFEST))
    ended = schemasync("reconcile", "-f", path, more=ASCII)
    assert ended.returncode == 1
    assert "za\\u017c\\xf3\\u0142\\u0107" in ended.stdout
