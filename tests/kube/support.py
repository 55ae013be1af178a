"""What tests of the operator share: objects of a namespace, and waiting for what they show."""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from testbed.apiserver import ApiServer
from testbed.kubeapi import ApiError, Json
from testbed.processes import wait_until

API = "schemasync.dev/v1alpha1"
WITHIN = 90  # seconds; generous, since nothing is measured

USERS = """@db.table 'users'
export interface User {
    @meta.id
    @db.default.increment
    id: number.int

    @db.index.unique 'email'
    email: string.email

    name?: string
}
"""


def schema_sync(name: str = "shop", **spec: object) -> Json:
    """Return a SchemaSync of the ConfigMap and the Secret that tests make."""
    return {
        "apiVersion": API,
        "kind": "SchemaSync",
        "metadata": {"name": name},
        "spec": {
            "schema": {"configMaps": [{"name": "shop-schema"}]},
            "database": {"secretRef": {"name": "shop-db", "key": "url"}},
            # A killed process's lock is taken over soon.
            "lock": {"ttl": "5s"},
            **spec,
        },
    }


class Namespace:
    """A namespace with what a SchemaSync needs."""

    def __init__(self, apiserver: ApiServer) -> None:
        self._client = apiserver.client
        self.name = apiserver.create_namespace()

    def apply(self, manifest: Json) -> Json:
        """Create or change an object."""
        return self._client.apply(manifest, self.name)

    def files(self, files: Mapping[str, str], name: str = "shop-schema") -> None:
        """Make or replace a ConfigMap of files."""
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        self.apply({**manifest, "data": dict(files)})

    def secret(self, url: str, name: str = "shop-db") -> None:
        """Make or replace the Secret of a database."""
        data = {"url": base64.b64encode(url.encode()).decode()}
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})

    def get(self, name: str = "shop") -> Json:
        """Return a SchemaSync."""
        return self._client.request("GET", self._path("schemasyncs", name))

    def patch(self, patch: Json, name: str = "shop") -> Json:
        """Merge a patch into a SchemaSync."""
        return self._client.request("PATCH", self._path("schemasyncs", name), patch, "merge-patch+json")

    def delete(self, plural: str, name: str) -> None:
        """Delete an object."""
        self._client.request("DELETE", self._path(plural, name))

    def has(self, plural: str, name: str) -> bool:
        """Return whether there is an object."""
        try:
            self._client.request("GET", self._path(plural, name))
        except ApiError as error:
            if error.reason == "NotFound":
                return False
            raise
        return True

    def events(self) -> list[Json]:
        """Return the events of the namespace, the oldest first."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.name}/events"
        found: list[Json] = self._client.request("GET", path)["items"]
        return sorted(found, key=lambda event: str(event["eventTime"]))

    def wait(self, met: Callable[[Json], bool], name: str = "shop", seconds: float = WITHIN) -> Json:
        """Wait until a SchemaSync is as it should be and return it; what it is fails the test otherwise."""
        last: Json = {}

        def looks_so() -> bool:
            nonlocal last
            with suppress(OSError):
                last = self.get(name)
                return met(last)
            return False

        assert wait_until(looks_so, seconds), json.dumps(last, indent=2)
        return last

    def ready(self, name: str = "shop", seconds: float = WITHIN) -> Json:
        """Wait until a SchemaSync is Ready for its present generation, and return it."""
        return self.wait(lambda body: state(body, "Ready") == "True" and current(body), name, seconds)

    def shows(self, phase: str, reason: str, name: str = "shop") -> Json:
        """Wait until a SchemaSync shows a phase for a reason, and return it."""
        return self.wait(
            lambda body: (
                phase_of(body) == phase and condition(body, "Ready").get("reason") == reason and current(body)
            ),
            name,
        )

    def clean(self) -> None:
        """Delete the SchemaSyncs, so that no operator looks at them again."""
        self._client.request("DELETE", f"/apis/{API}/namespaces/{self.name}/schemasyncs")

    def _path(self, plural: str, name: str) -> str:
        root = f"/apis/{API}" if plural == "schemasyncs" else "/api/v1"
        return f"{root}/namespaces/{self.name}/{plural}/{name}"


def condition(body: Json, kind: str) -> dict[str, Any]:
    """Return a condition, {} where there is none."""
    for found in body.get("status", {}).get("conditions", []):
        if found["type"] == kind:
            return dict(found)
    return {}


def state(body: Json, kind: str) -> str | None:
    """Return the status of a condition, None where there is none."""
    return condition(body, kind).get("status")


def phase_of(body: Json) -> str | None:
    """Return the phase."""
    phase: str | None = body.get("status", {}).get("phase")
    return phase


def current(body: Json) -> bool:
    """Return whether the status is about the present generation."""
    return bool(body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"])
