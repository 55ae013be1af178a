"""A small client of the Kubernetes API, JSON in and out, independent of the one under test."""

import base64
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

Json = dict[str, Any]
TIMEOUT = 30  # seconds
FIELD_MANAGER = "testbed"


class ApiError(Exception):
    """The API server refused; `status` is HTTP's, `reason` as Kubernetes names it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class Client:
    """Requests to one API server as the user of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        address = urlsplit(cluster["server"])
        self._host, self._port = str(address.hostname), address.port
        self._tls = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        self._headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        if "client-certificate" in user:
            self._tls.load_cert_chain(user["client-certificate"], user["client-key"])
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}

    def request(self, method: str, path: str, body: Json | None = None, content: str = "json") -> Json:
        """Send one request and return the answer; ApiError where it is not a success.

        `content` is what follows `application/` in the type of the body. OSError where there
        is no connection. A text answer, as /readyz gives, is returned under `text`.
        """
        headers = {**self._headers, "Accept": "application/json", "Content-Type": f"application/{content}"}
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._tls)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return _answer(response, text)

    def apply(self, manifest: Json, namespace: str | None = None) -> Json:
        """Create or change an object as `kubectl apply --server-side --force-conflicts` does.

        `namespace` is for an object that names none of its own.
        """
        path = self.path(manifest["apiVersion"], manifest["kind"], manifest["metadata"], namespace)
        query = f"?fieldManager={FIELD_MANAGER}&force=true"
        return self.request("PATCH", path + query, manifest, "apply-patch+yaml")

    def path(
        self, api_version: str, kind: str, metadata: Mapping[str, str], namespace: str | None = None
    ) -> str:
        """Return the path of an object, asking the server for the name of its kind in paths."""
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        plural, namespaced = self._plural(root, kind)
        where = metadata.get("namespace", namespace) or "default"
        scope = f"/namespaces/{where}" if namespaced else ""
        return f"{root}{scope}/{plural}/{metadata['name']}"

    def _plural(self, root: str, kind: str) -> tuple[str, bool]:
        if (root, kind) not in self._plurals:
            resources: Sequence[Json] = self.request("GET", root)["resources"]
            for resource in resources:
                if "/" not in resource["name"]:
                    self._plurals[root, resource["kind"]] = resource["name"], resource["namespaced"]
        if (root, kind) not in self._plurals:
            raise ApiError(http.HTTPStatus.NOT_FOUND, "NotFound", f"{root} has no kind {kind}")
        return self._plurals[root, kind]


def write_kubeconfig(path: Path, *, server: str, authority: Path, user: Json) -> Path:
    """Write a kubeconfig, readable by its owner alone, with one cluster, user and context."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "testbed",
                "cluster": {
                    "server": server,
                    "certificate-authority-data": base64.b64encode(authority.read_bytes()).decode(),
                },
            }
        ],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "user"}}],
        "current-context": "testbed",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def _answer(response: http.client.HTTPResponse, text: str) -> Json:
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        content: Json = {"text": text}
    else:
        content = json.loads(text)
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        message = content.get("message", text)
        raise ApiError(response.status, content.get("reason", response.reason), message)
    return content


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
