"""The operator in a cluster of the testbed: its resource, its rights, its process."""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from testbed.apiserver import ApiServer
from testbed.kubeapi import ApiError, Client, Json
from testbed.processes import Server, ServerFailed, wait_until

ROOT = Path(__file__).parent.parent
CRD = ROOT / "crds" / "schemasync.yaml"
RBAC = Path(__file__).with_name("operator-rbac.yaml")
SCHEMASYNC = Path(sys.executable).with_name("schemasync")
SCHEMASYNCS = "/apis/schemasync.dev/v1alpha1/schemasyncs"
SERVED_WITHIN = 30  # seconds


def manifests(path: Path) -> list[Json]:
    """Return the objects in a YAML file, or in those of a directory in the order of their names."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return [found for file in files for found in yaml.safe_load_all(file.read_text()) if found]


def install(apiserver: ApiServer) -> Path:
    """Apply the operator's resource and rights; return the kubeconfig of its ServiceAccount."""
    for manifest in [*manifests(CRD), *manifests(RBAC)]:
        apiserver.client.apply(manifest)
    kubeconfig = apiserver.kubeconfig_for_service_account("schemasync-system", "schemasync")
    # Stored is not yet in force: the server opens the resource's storage and learns of the rights later.
    if not wait_until(lambda: _served(Client(kubeconfig)), SERVED_WITHIN):
        raise ServerFailed(f"the API server does not serve {CRD} to the operator")
    return kubeconfig


def _served(client: Client) -> bool:
    with suppress(ApiError):
        client.request("GET", SCHEMASYNCS)
        return True
    return False


def start_operator(
    kubeconfig: Path,
    directory: Path,
    arguments: Sequence[str] = ("--all-namespaces",),
    name: str = "operator",
    *,
    tied: bool = True,
) -> Server:
    """Start `schemasync operator` as a process of its own, its log in `directory`/`name`.log.

    `tied` ends it with the thread that starts it.
    """
    return Server(
        name,
        [SCHEMASYNC, "operator", *arguments],
        log=directory / f"{name}.log",
        directory=directory,
        environment={"PATH": os.defpath, "HOME": str(directory), "KUBECONFIG": str(kubeconfig)},
        tie=signal.SIGTERM if tied else None,
    )


def is_true(resource: Json, condition: str) -> bool:
    """Whether an object's status has a condition that is True for its present generation."""
    generation = resource["metadata"].get("generation")
    return any(
        found["type"] == condition
        and found["status"] == "True"
        and found.get("observedGeneration", generation) == generation
        for found in resource.get("status", {}).get("conditions", [])
    )


def wait_condition(client: Client, path: str, condition: str, seconds: float) -> bool:
    """Wait until an object has a condition; return whether it came in time."""

    def met() -> bool:
        with suppress(ApiError):
            return is_true(client.request("GET", path), condition)
        return False

    return wait_until(met, seconds)
