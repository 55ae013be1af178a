"""A cluster behind an API server, by the official client. Calls block; workers are threads.

The client logs response bodies at level DEBUG, Secrets included: whoever sets up logging must keep
the logger `kubernetes` above that.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import urllib3
from kubernetes import client, config

from schemasync.kube.cluster import ClusterError, ConfigMap, Conflict, Event, Forbidden, Gone
from schemasync.kube.planstatus import cut
from schemasync.kube.spec import API_VERSION, GROUP, KIND, PLURAL, VERSION, Ref

MERGE_PATCH = "application/merge-patch+json"
TIMEOUT = (5, 30)  # seconds: to connect, to read
RETRY_DELAYS = (0.2, 1.0, 3.0)  # seconds
LONGEST_NOTE = 1024  # bytes, as the API server counts

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class NoCluster(Exception):
    """There is neither a pod's ServiceAccount nor a usable kubeconfig."""


def load(connections: int = 4) -> client.ApiClient:
    """Return a client: as a pod's ServiceAccount, else by $KUBECONFIG or ~/.kube/config. Raises NoCluster.

    It keeps as many connections as threads will use it.
    """
    settings = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=settings)  # type: ignore[no-untyped-call]
    except config.ConfigException:
        _load_kubeconfig(settings)
    # Retries are ours: the client's own log a warning each and know no Retry-After.
    settings.retries = False
    settings.connection_pool_maxsize = connections
    return client.ApiClient(settings)


def _load_kubeconfig(settings: client.Configuration) -> None:
    given = os.environ.get("KUBECONFIG")
    places = given or "~/.kube/config"
    advice = "" if given else "; set KUBECONFIG to the kubeconfig of a cluster"
    # The client takes what it finds and passes over the rest.
    if not any(Path(place).expanduser().exists() for place in places.split(os.pathsep) if place):
        raise NoCluster(f"no Kubernetes cluster: {places} does not exist{advice}")
    try:
        config.load_kube_config(places, client_configuration=settings)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise NoCluster(f"no Kubernetes cluster: the kubeconfig {places} cannot be used: {error}") from None
    except OSError as error:
        raise NoCluster(f"the kubeconfig {places} cannot be read: {error.strerror}") from None
    except Exception:  # noqa: BLE001 - a file that is no kubeconfig fails in many ways
        # Their texts would be lines of the file, tokens included.
        raise NoCluster(f"the kubeconfig {places} cannot be read: it is not in the form of one") from None


class Resources:
    """SchemaSyncs, ConfigMaps and Secrets behind an API server."""

    def __init__(self, api: client.ApiClient, *, name: str = "") -> None:
        self.name = name
        self._objects = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)
        self._events = client.EventsV1Api(api)
        self._rights = client.AuthorizationV1Api(api)
        self._host = socket.gethostname()
        self._server = api.configuration.host

    def uid(self) -> str:
        """Return what names this cluster for ever: the UID of kube-system. Raises Forbidden."""
        space = self._call(
            "get namespace kube-system",
            lambda: self._core.read_namespace("kube-system", _request_timeout=TIMEOUT),
        )
        return str(space.metadata.uid if space.metadata else "")

    def served(self) -> bool:
        """Return whether the API server knows SchemaSyncs."""
        found = self._found(
            f"discover {API_VERSION}",
            lambda: self._objects.get_api_resources(GROUP, VERSION, _request_timeout=TIMEOUT),
        )
        return found is not None and any(each.name == PLURAL for each in found.resources)

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Return whether we have a right in a namespace, or in all for ""; where we may not ask, we do."""
        name, _, subresource = resource.partition("/")
        attributes = client.V1ResourceAttributes(
            verb=verb, group=group, resource=name, subresource=subresource, namespace=namespace
        )
        review = client.V1SelfSubjectAccessReview(
            spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
        )
        try:
            answer = self._call(
                f"ask for the right to {verb} {resource}",
                lambda: self._rights.create_self_subject_access_review(review, _request_timeout=TIMEOUT),
            )
        except Forbidden:
            return True
        return bool(answer.status and answer.status.allowed)

    def lacks_namespace(self, name: str) -> bool:
        """Return whether there is no such namespace; where we may not know, there is."""
        try:
            found = self._found(
                f"get namespace {name}", lambda: self._core.read_namespace(name, _request_timeout=TIMEOUT)
            )
        except Forbidden:
            return False
        return found is None

    def schema_sync(self, ref: Ref) -> Mapping[str, object] | None:
        """Return a SchemaSync as it is now, or None."""
        found: Mapping[str, object] | None = self._found(
            f"get {KIND} {ref}",
            lambda: self._objects.get_namespaced_custom_object(
                GROUP, VERSION, ref.namespace, PLURAL, ref.name, _request_timeout=TIMEOUT
            ),
        )
        return found

    def exists(self, ref: Ref) -> bool:
        """Return whether there is such a SchemaSync; where we may not know, there is."""
        try:
            return self.schema_sync(ref) is not None
        except Forbidden:
            return True

    def config_map(self, ref: Ref) -> ConfigMap | None:
        """Return a ConfigMap, or None."""
        found = self._found(
            f"get ConfigMap {ref}",
            lambda: self._core.read_namespaced_config_map(ref.name, ref.namespace, _request_timeout=TIMEOUT),
        )
        if found is None:
            return None
        texts = {key: value.encode() for key, value in (found.data or {}).items()}
        return ConfigMap(version=found.metadata.resource_version, files=texts | _decoded(found.binary_data))

    def secret(self, ref: Ref) -> Mapping[str, bytes] | None:
        """Return a Secret's data, decoded, or None."""
        found = self._found(
            f"get Secret {ref}",
            lambda: self._core.read_namespaced_secret(ref.name, ref.namespace, _request_timeout=TIMEOUT),
        )
        return None if found is None else _decoded(found.data)

    def patch_status(self, ref: Ref, patch: Mapping[str, object], version: str) -> Mapping[str, object]:
        """Merge a patch into the status of the object as read at `version`; return the object."""
        body: dict[str, Any] = {"metadata": {"resourceVersion": version}, "status": patch}
        found: Mapping[str, object] | None = self._found(
            f"patch the status of {KIND} {ref}",
            lambda: self._objects.patch_namespaced_custom_object_status(
                GROUP,
                VERSION,
                ref.namespace,
                PLURAL,
                ref.name,
                body,
                field_manager="schemasync",
                _content_type=MERGE_PATCH,
                _request_timeout=TIMEOUT,
            ),
        )
        if found is None:
            raise Gone(f"{KIND} {ref} is gone")
        return found

    def emit(self, ref: Ref, uid: str, event: Event) -> None:
        """Write an event; a failure is logged, since an event is never worth a failed sync."""
        body = self._event(ref, uid, event)
        try:
            self._call(
                f"create an event of {KIND} {ref}",
                lambda: self._events.create_namespaced_event(ref.namespace, body, _request_timeout=TIMEOUT),
            )
        except Gone as error:
            logger.debug("%s: %s", ref, error)
        except ClusterError as error:
            logger.warning("%s: %s", ref, error)

    def _event(self, ref: Ref, uid: str, event: Event) -> client.EventsV1Event:
        subject = client.V1ObjectReference(
            api_version=API_VERSION, kind=KIND, namespace=ref.namespace, name=ref.name, uid=uid
        )
        return client.EventsV1Event(
            metadata=client.V1ObjectMeta(name=f"{ref.name}.{uuid.uuid4().hex[:16]}", namespace=ref.namespace),
            event_time=datetime.now(UTC),
            reporting_controller=f"{GROUP}/operator",
            reporting_instance=self._host[:128],
            action="Sync",
            reason=event.reason,
            type="Warning" if event.warning else "Normal",
            note=event.message.encode()[:LONGEST_NOTE].decode(errors="ignore"),
            regarding=subject,
        )

    def _found(self, what: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the client has no types
        """Call, with None for what is not there."""
        try:
            return self._call(what, call)
        except Gone:
            return None

    def _call(self, what: str, call: Callable[[], Result]) -> Result:
        """Call the API server, again where that may help; its errors become ours. Raises ClusterError."""
        for delay in (*RETRY_DELAYS, None):
            try:
                return call()
            except client.ApiException as error:
                failed = _failed(what, error)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                failed = ClusterError(
                    f"cannot {what}: the API server {self._server} cannot be reached: {_trouble(error)}"
                )
            if not failed.transient or isinstance(failed, Conflict | Gone) or delay is None:
                raise failed
            time.sleep(delay)
        raise AssertionError("the last attempt has no delay")


def _failed(what: str, error: client.ApiException) -> ClusterError:
    status = int(error.status or 0)
    told = f"cannot {what}: the API server says {status} {_message(error)}"
    match status:
        case HTTPStatus.NOT_FOUND:
            return Gone(told)
        case HTTPStatus.CONFLICT:
            return Conflict(told)
        case HTTPStatus.FORBIDDEN if "NamespaceTerminating" in (error.body or ""):
            return Gone(told)
        case HTTPStatus.FORBIDDEN:
            return Forbidden(f"{told}; the operator's role must allow it")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.TOO_MANY_REQUESTS:
            return ClusterError(told)
    return ClusterError(told, transient=status == 0 or status >= HTTPStatus.INTERNAL_SERVER_ERROR)


def _message(error: client.ApiException) -> str:
    """Return what the API server has to say: its answers to failures hold no object of the cluster."""
    try:
        message = json.loads(error.body or "{}").get("message")
    except (ValueError, AttributeError):
        message = None
    return cut(str(message or error.reason))


def _trouble(error: BaseException) -> str:
    """Return what is wrong with a connection, as the system or TLS says it at the bottom of the error."""
    chain = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        reason = getattr(found, "reason", None)
        found = reason if isinstance(reason, BaseException) else found.__cause__ or found.__context__
    for each in reversed(chain):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {each.verify_message}"
        if isinstance(each, TimeoutError | urllib3.exceptions.TimeoutError):
            return "no answer in time"
        if isinstance(each, OSError) and each.strerror:
            return each.strerror
    return "the connection was lost"


def _decoded(data: Mapping[str, str] | None) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in (data or {}).items()}
