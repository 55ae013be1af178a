"""`schemasync operator` refuses what it cannot work with, and logs one line a thing."""

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemasync.cli.logs import JsonFormatter, TextFormatter, configure
from testbed.apiserver import ApiServer
from testbed.deployment import install, start_operator
from testbed.processes import Server, free_port, tail, wait_until

SCHEMASYNC = Path(sys.executable).with_name("schemasync")
WITHIN = 60  # seconds


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # No KUBECONFIG of the person who runs the tests.
    given = {"PATH": os.defpath, "HOME": "/nonexistent", **environment}
    command = [str(SCHEMASYNC), "operator", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to watch: --namespace NAME, or --all-namespaces"),
        (("--namespace", "a", "--all-namespaces"), "say what to watch"),
        (("--all-namespaces", "--health-port", "0"), "--health-port"),
        (("--all-namespaces", "--max-concurrent", "0"), "--max-concurrent"),
        (("--namespace", "shop-*"), "--namespace 'shop-*': no namespace can have this name"),
        (("--namespace", "shop", "--namespace", "A B"), "--namespace 'A B': no namespace can have this name"),
        (("--namespace", ""), "--namespace ''"),
        (("--namespace", "a" * 64), "no namespace can have this name"),
        (("--all-namespaces", "--log-format", "xml"), "--log-format"),
        (("--all-namespaces",), "no Kubernetes cluster"),
    ],
)
def test_wrong_usage_ends_with_64_and_a_message(arguments: tuple[str, ...], message: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (64, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_kubeconfig_that_is_none_is_an_error_of_usage_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("token: [s3cr3t")
    ended = run("--all-namespaces", KUBECONFIG=str(path))
    assert ended.returncode == 64
    assert f"the kubeconfig {path} cannot be read: it is not in the form of one" in ended.stderr
    assert "s3cr3t" not in ended.stderr
    assert "Traceback" not in ended.stderr


def kubeconfig(directory: Path, server: str) -> Path:
    """Write the kubeconfig of a server, with a secret in it."""
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "s3cr3t"}}],
        "current-context": "c",
    }
    path = directory / "config"
    path.write_text(json.dumps(config))
    return path


def operating(directory: Path, kubeconfig: Path, *arguments: str) -> Server:
    """Start an operator of all namespaces."""
    return start_operator(kubeconfig, directory, ("--all-namespaces", *arguments))


@pytest.mark.parametrize("content", ["[]", "token: s3cr3t", "a: 1", "\xff"])
def test_a_kubeconfig_of_another_form_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(content.encode("latin-1"))
    ended = run("--all-namespaces", KUBECONFIG=str(path))
    assert (ended.returncode, ended.stdout) == (64, "")
    assert f"the kubeconfig {path} cannot be " in ended.stderr
    assert "s3cr3t" not in ended.stderr
    assert "Error" not in ended.stderr


def test_a_kubeconfig_that_is_not_there_is_named() -> None:
    ended = run("--all-namespaces", KUBECONFIG="/nonexistent/config")
    assert (ended.returncode, ended.stderr) == (
        64,
        "error: no Kubernetes cluster: /nonexistent/config does not exist\n",
    )
    assert "~/.kube/config does not exist; set KUBECONFIG" in run("--all-namespaces").stderr


def test_an_api_server_that_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    server = f"https://127.0.0.1:{free_port()}"
    operator = operating(tmp_path, kubeconfig(tmp_path, server))
    try:
        told = f"the API server {server} cannot be reached: Connection refused"
        assert wait_until(lambda: told in tail(operator.log), WITHIN)
        assert operator.running
    finally:
        operator.stop()
    assert "s3cr3t" not in operator.log.read_text()
    assert "Traceback" not in operator.log.read_text()


def test_an_operator_that_waits_for_an_answer_ends_when_told_to(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = kubeconfig(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")
        operator = operating(tmp_path, path, "--cluster-name", "mine")
        try:
            assert wait_until(lambda: "starting with 4 workers" in tail(operator.log), WITHIN)
            with silent.accept()[0]:
                operator.stop(patience=WITHIN)
        finally:
            operator.stop()
    assert tail(operator.log, 1).endswith("INFO ended")


def test_a_cluster_that_does_not_know_the_resource_yet_is_waited_for(tmp_path: Path) -> None:
    with ApiServer() as apiserver:
        operator = start_operator(apiserver.kubeconfig, tmp_path)
        try:
            assert wait_until(lambda: "apply crds/schemasync.yaml; waiting" in tail(operator.log), WITHIN)
            install(apiserver)
            assert wait_until(lambda: "watching all namespaces" in tail(operator.log), WITHIN)
        finally:
            operator.stop()


@pytest.fixture
def record() -> logging.LogRecord:
    try:
        raise KeyError("s3cr3t")  # noqa: TRY301 - a record needs an error that was raised
    except KeyError:
        return logging.LogRecord(
            "schemasync.x", logging.WARNING, "x.py", 1, "%s/%s: é", ("a", "b"), sys.exc_info()
        )


def test_a_line_of_text_has_time_level_and_message_and_no_error_text(record: logging.LogRecord) -> None:
    record.created = 0.5
    assert TextFormatter().format(record) == "1970-01-01T00:00:00.500Z WARNING a/b: é (KeyError)"


def test_a_message_cannot_look_like_two_lines() -> None:
    made = logging.LogRecord("x", logging.INFO, "x.py", 1, "a.as:1:1: odd\n2026 INFO forged", (), None)
    assert len(TextFormatter().format(made).splitlines()) == 1


def test_a_terminal_that_shows_the_log_is_not_acted_upon() -> None:
    odd = "a\x1b]0;title\x07\x9b31m\u202eb\ud800\r.as"
    made = logging.LogRecord("x", logging.INFO, "x.py", 1, odd, (), None)
    assert TextFormatter().format(made).endswith(r"INFO a\x1b]0;title\x07\x9b31m\u202eb\ud800; .as")
    line = JsonFormatter().format(made)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == odd


def test_a_line_of_json_is_an_object(record: logging.LogRecord) -> None:
    record.created = 0.5
    assert json.loads(JsonFormatter().format(record)) == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "warning",
        "logger": "schemasync.x",
        "message": "a/b: é (KeyError)",
    }


@pytest.fixture
def root() -> Iterator[None]:
    """The logging of the test run is as it was, after the test."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    logger.handlers.clear()
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.usefixtures("root")
def test_a_client_that_would_log_secrets_stays_silent_even_when_debugging(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(as_json=False, debug=True)
    logging.getLogger("kubernetes.client.rest").debug("response body: s3cr3t")
    logging.getLogger("schemasync.kube").debug("retries")
    written = capsys.readouterr().err
    assert "s3cr3t" not in written
    assert "retries" in written
