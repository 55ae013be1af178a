"""A cluster to try the operator in: `python -m testbed.cluster up`, and `down` to end it.

What `up` prints on stdout are the shell commands to use the cluster with; all else goes to stderr.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from testbed.apiserver import ApiServer
from testbed.controlplane import ControlPlaneMissing, ensure
from testbed.deployment import ROOT, install, manifests, start_operator, wait_condition
from testbed.kubeapi import ApiError, Json
from testbed.postgres import PostgresServer
from testbed.processes import Identity, Server, ServerFailed, remove, tail

EXAMPLE = ROOT / "examples" / "shop" / "v1"
NAMESPACE = "shop"
OBJECT = f"/apis/schemasync.dev/v1alpha1/namespaces/{NAMESPACE}/schemasyncs/shop"
READY_WITHIN = 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is running, in the order to end it in, and what to remove after."""

    processes: Mapping[str, Identity]
    directories: tuple[Path, ...]
    kubeconfig: Path
    kubectl: Path | None
    operator_log: Path
    database_url: str

    @property
    def running(self) -> bool:
        """Whether all of it runs."""
        return all(process.running for process in self.processes.values())

    def write(self, path: Path) -> None:
        """Keep it in a file that its owner alone can read."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2, default=str) + "\n")

    @classmethod
    def read(cls, path: Path) -> "State | None":
        """Return what a file holds, None where there is none."""
        if not path.exists():
            return None
        kept: Json = json.loads(path.read_text())
        return cls(
            processes={name: Identity(**identity) for name, identity in kept["processes"].items()},
            directories=tuple(map(Path, kept["directories"])),
            kubeconfig=Path(kept["kubeconfig"]),
            kubectl=Path(kept["kubectl"]) if kept["kubectl"] else None,
            operator_log=Path(kept["operator_log"]),
            database_url=kept["database_url"],
        )


def state_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the caller's cluster is remembered."""
    base = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "schemasync"


def up() -> State:
    """Start a cluster unless it runs; ServerFailed where it does not start, and then nothing is left."""
    with _remembered() as path:
        state = State.read(path)
        if state is not None and state.running:
            _say("The cluster is up already.")
            return state
        if state is not None:
            _say("Parts of the cluster had ended: starting it anew.")
            _end(state, path)
        state = _start()
        state.write(path)
        return state


def down() -> bool:
    """End what `up` started and remove its files; return whether there was anything."""
    with _remembered() as path:
        state = State.read(path)
        if state is None:
            return False
        _end(state, path)
        return True


def _start() -> State:
    with ExitStack() as undo:
        control_plane = ensure()
        _say("Starting PostgreSQL")
        database = PostgresServer(durable=True, tied=False)
        undo.callback(database.close)
        database.start()
        _say("Starting etcd and kube-apiserver")
        apiserver = ApiServer(control_plane, tied=False)
        undo.callback(apiserver.close)
        apiserver.start()
        _say("Starting the operator and applying examples/shop/v1")
        operator = start_operator(install(apiserver), apiserver.directory, tied=False)
        undo.callback(operator.stop)
        url = _apply_example(apiserver, database)
        state = State(
            processes=_identities(operator, apiserver, database),
            directories=(apiserver.directory, database.directory),
            kubeconfig=apiserver.kubeconfig,
            kubectl=control_plane.kubectl,
            operator_log=operator.log,
            database_url=url,
        )
        _wait_for_example(apiserver, operator)
        for server in (operator, apiserver, database):
            server.detach()
        undo.pop_all()
        return state


def _apply_example(apiserver: ApiServer, database: PostgresServer) -> str:
    url = database.url(database.create_database(NAMESPACE))
    secret = {"metadata": {"name": "shop-db", "namespace": NAMESPACE}, "stringData": {"url": url}}
    apiserver.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    apiserver.client.apply({"apiVersion": "v1", "kind": "Secret", **secret})
    for manifest in manifests(EXAMPLE):
        apiserver.client.apply(manifest, NAMESPACE)
    return url


def _wait_for_example(apiserver: ApiServer, operator: Server) -> None:
    ready = wait_condition(apiserver.client, OBJECT, "Ready", READY_WITHIN)
    if not operator.running:
        raise ServerFailed(f"the operator ended\n{tail(operator.log)}")
    _say("SchemaSync shop is Ready." if ready else f"SchemaSync shop is not Ready: see {operator.log}")


def _identities(operator: Server, apiserver: ApiServer, database: PostgresServer) -> dict[str, Identity]:
    etcd, kube_apiserver = apiserver.pids
    pids = {"operator": operator.pid, "kube-apiserver": kube_apiserver, "etcd": etcd}
    if database.pid is not None:
        pids["postgres"] = database.pid
    return {name: Identity.of(pid) for name, pid in pids.items()}


def _end(state: State, path: Path) -> None:
    for name, process in state.processes.items():
        # PostgreSQL would wait for its clients to leave after a SIGTERM.
        process.end(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    for directory in state.directories:
        remove(directory)
    path.unlink()


@contextmanager
def _remembered() -> Iterator[Path]:
    """Hold the state file for oneself: two at once would start two clusters and forget one."""
    directory = state_directory()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory / "cluster.json"


def _show(state: State) -> None:
    _say(f"The operator's log: {state.operator_log}")
    _say(f"The database: {state.database_url}")
    _say("To use it in this shell (`make cluster-down` ends it):")
    print(f"export KUBECONFIG={state.kubeconfig}")
    if state.kubectl is not None and shutil.which("kubectl") is None:
        print(f"export PATH={state.kubectl.parent}:$PATH")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Do what the first argument says; return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        match sys.argv[1:]:
            case ["up"]:
                _show(up())
            case ["down"]:
                _say("The cluster is down." if down() else "There was no cluster.")
            case _:
                _say("usage: python -m testbed.cluster up|down")
                return 64
    except (ApiError, ControlPlaneMissing, ServerFailed) as failure:
        _say(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
