"""Every command in the README and in docs/ is run, here or by the test that is named here."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import schemasync
from testbed.databases import Database

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS_WITH = re.compile(r"# ends with (\d+)$")

# What needs a cluster or minutes, with the test that does it. kubectl is not ours.
ELSEWHERE = {
    "make demo": "tests/testbed/test_demo.py",
    "make test": ".ci/run",
    "make cluster": "tests/testbed/test_cluster.py",
    "make cluster-down": "tests/testbed/test_cluster.py",
    "kubectl get schemasyncs --all-namespaces": "tests/kube/test_crd.py",
    "kubectl describe schemasync shop --namespace shop": "tests/kube/test_crd.py",
    "schemasync wait shop --namespace shop --timeout 10m": "tests/cli/test_wait.py",
}

V1 = """@db.table 'users'
export interface User {
  @meta.id
  id: number.int
  email: string.email
  nickname?: string
}
"""
V2 = V1.replace("  nickname?: string\n", "  @db.index.plain 'phone'\n  phone?: string\n")


def blocks(page: Path, language: str) -> Iterator[str]:
    for found, text in FENCE.findall(page.read_text()):
        if found == language:
            yield text


def commands(page: Path) -> Iterator[str]:
    """Yield the commands of a page in their order, those inside YAML among them."""
    for language, text in FENCE.findall(page.read_text()):
        if language == "sh":
            yield from (line for line in text.splitlines() if line and not line.startswith("#"))
        elif language == "yaml":
            yield from _in_yaml(yaml.safe_load(text))


def _in_yaml(value: object) -> Iterator[str]:
    """Yield the steps of pipelines and the arguments of containers."""
    if isinstance(value, list):
        for item in value:
            yield from _in_yaml(item)
    elif isinstance(value, dict):
        if isinstance(value.get("run"), str):
            yield from value["run"].splitlines()
        if isinstance(value.get("args"), list):
            yield " ".join(["schemasync", *map(str, value["args"])])
        for item in value.values():
            yield from _in_yaml(item)


def program(directory: Path) -> Path:
    """Make a directory to find `schemasync` in: the code under test, by the interpreter of the tests."""
    path = directory / "bin" / "schemasync"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m schemasync "$@"\n')
    path.chmod(0o700)
    return path.parent


def run(command: str, directory: Path, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", command],
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(schemasync.__file__).parents[1]),
            **variables,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run_all(page: Path, directory: Path, variables: dict[str, str]) -> list[str]:
    """Run the commands of a page that are not run elsewhere, and return them."""
    ran = []
    for command in commands(page):
        if command not in ELSEWHERE:
            expected = ENDS_WITH.search(command)
            ended = run(command.replace(" /schema", " schema"), directory, variables)
            assert ended.returncode == int(expected[1] if expected else 0), (command, ended)
            ran.append(command)
    return ran


def test_every_page_is_run_by_a_test_of_its_own() -> None:
    assert {page.name for page in PAGES if list(commands(page)) or list(blocks(page, "python"))} == {
        "README.md",
        "ci.md",
        "python.md",
    }


def test_every_command_that_is_run_elsewhere_is_still_shown_and_its_test_is_there() -> None:
    shown = {command for page in PAGES for command in commands(page)}
    assert set(ELSEWHERE) <= shown
    assert all((ROOT / test).is_file() for test in ELSEWHERE.values())


def test_the_commands_of_the_readme(database: Database, tmp_path: Path) -> None:
    program(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    secret = (ROOT / "examples/shop/secret.example.yaml").read_text()
    url = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
    assert url in secret
    (tmp_path / "secret.yaml").write_text(secret.replace(url, database.url))
    assert run_all(ROOT / "README.md", tmp_path, {"DATABASE_URL": database.url}) != []


def test_the_commands_of_the_pipeline(database: Database, tmp_path: Path) -> None:
    program(tmp_path)
    files = tmp_path / "schema"
    files.mkdir()
    production = database.server.create_database()
    variables = {
        "STAGING_URL": database.url,
        "DATABASE_URL": database.url,
        "PRODUCTION_URL": database.server.url(production),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    try:
        # Production has what staging had before; the new files drop a column and add another.
        (files / "user.as").write_text(V1)
        before = run("schemasync sync schema --url-env PRODUCTION_URL --yes", tmp_path, variables)
        assert before.returncode == 0, before.stderr
        (files / "user.as").write_text(V2)
        assert len(run_all(ROOT / "docs/ci.md", tmp_path, variables)) >= 10
        with database.server.connect(production) as connection:
            connection.execute("SELECT nickname, phone FROM users")
    finally:
        database.server.drop_database(production)
    assert "### Database schema: changes-needed" in (tmp_path / "summary.md").read_text()
    assert (tmp_path / "plan.json").read_text().startswith("{")
    assert (tmp_path / "plan.sql").read_text().startswith("CREATE TABLE")


def test_the_programs_of_the_python_page(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text("\n".join(blocks(ROOT / "docs/python.md", "python")))
    ended = subprocess.run(
        [sys.executable, "-W", "error", path],
        env={
            "PYTHONPATH": str(Path(schemasync.__file__).parents[1]),
            "DATABASE_URL": database.url,
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "users create" in ended.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", page.read_text())
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []
