"""How the testbed finds the programs of a control plane."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testbed import controlplane
from testbed.controlplane import ControlPlaneMissing, cache_directory, find, key

PROGRAM = [sys.executable, "-m", "testbed.controlplane"]

# Stands for the Go command alone, whose real builds take minutes: it reads our flags as Go does.
GO = """#!/bin/sh
if [ "$1" = env ]; then echo go1.26.0; exit; fi
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then output=$2; fi
  shift
done
echo "$1" >> "$BUILDS"
mkdir -p "$(dirname "$output")"
echo built > "$output"
chmod +x "$output"
sleep "${DELAY:-0.2}"
"""


def programs(directory: Path, *names: str) -> Path:
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).touch(mode=0o755)
    return directory


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty cache and a Go command that builds at once."""
    go = tmp_path / "go" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    return {
        "PATH": f"{go.parent}:{os.defpath}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "BUILDS": str(tmp_path / "builds"),
    }


def test_the_directory_that_the_environment_names_comes_before_the_cache(environment: dict[str, str]) -> None:
    programs(cache_directory(environment) / key(), "etcd", "kube-apiserver")
    named = programs(Path(environment["BUILDS"] + "-assets"), "etcd", "kube-apiserver")
    found = find({**environment, controlplane.ASSETS: str(named)})
    assert found is not None
    assert found.directory == named


def test_a_named_directory_without_the_programs_is_an_error_that_says_so(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    named = programs(tmp_path / "assets", "etcd")
    with pytest.raises(ControlPlaneMissing, match="which has no etcd and kube-apiserver to run"):
        find({**environment, controlplane.ASSETS: str(named)})


def test_the_cache_is_found_when_it_is_complete(environment: dict[str, str]) -> None:
    assert find(environment) is None
    cached = programs(cache_directory(environment) / key(), "etcd", "kube-apiserver")
    found = find(environment)
    assert found is not None
    assert found.directory == cached


def test_without_go_the_message_says_what_to_do(environment: dict[str, str]) -> None:
    without = {**environment, "PATH": "/nonexistent"}
    run = subprocess.run(PROGRAM, env=without, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stdout == ""
    assert "There is no `go` command" in run.stderr
    assert "needs Go 1.26.0 or later" in run.stderr
    assert "$KUBEBUILDER_ASSETS" in run.stderr


def test_with_too_old_a_go_the_message_says_what_to_do(environment: dict[str, str]) -> None:
    go = Path(environment["PATH"].partition(":")[0]) / "go"
    go.write_text("#!/bin/sh\necho 'go: go.mod requires go >= 1.26.0 (running go 1.22.0)' >&2\nexit 1\n")
    run = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "running go 1.22.0" in run.stderr
    assert "needs Go 1.26.0 or later" in run.stderr


def test_the_directory_is_the_last_line_and_progress_goes_elsewhere(environment: dict[str, str]) -> None:
    run = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == f"{cache_directory(environment) / key()}\n"
    for name in controlplane.PACKAGES:
        assert f"{name}: built in" in run.stderr
    again = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=True)
    assert (again.stdout, again.stderr) == (run.stdout, "")


def test_two_at_once_build_once(environment: dict[str, str]) -> None:
    both = [
        subprocess.Popen(
            PROGRAM, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(2)
    ]
    shown = {process.communicate()[0] for process in both}
    assert shown == {f"{cache_directory(environment) / key()}\n"}
    built = Path(environment["BUILDS"]).read_text().split()
    assert built == list(controlplane.PACKAGES.values())


def test_an_interrupted_build_leaves_nothing_half_there(environment: dict[str, str]) -> None:
    slow = {**environment, "DELAY": "30"}
    with subprocess.Popen(PROGRAM, env=slow, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        while not Path(environment["BUILDS"]).exists():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=20)
    assert process.returncode == 130
    assert [path.name for path in cache_directory(environment).iterdir()] == [".lock"]


def test_a_failed_build_shows_the_end_of_its_output_and_leaves_nothing(environment: dict[str, str]) -> None:
    go = Path(environment["PATH"].partition(":")[0]) / "go"
    go.write_text('#!/bin/sh\nif [ "$1" = build ]; then echo "undefined: main"; exit 1; fi\n')
    run = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "undefined: main" in run.stderr
    assert [path.name for path in cache_directory(environment).iterdir()] == [".lock"]
