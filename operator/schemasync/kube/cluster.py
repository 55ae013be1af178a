"""What a reconcile needs of the place where its objects live.

Two implementations: an API server (`resources`) and manifests in files (`files`). `reconcile`
cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from schemasync.errors import SchemaSyncError
from schemasync.kube.spec import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMap:
    """A ConfigMap's resourceVersion, and its keys with their bytes."""

    version: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, for people; `warning` where somebody should look."""

    reason: str
    message: str
    warning: bool = False


class ClusterError(SchemaSyncError):
    """The API server could not be reached, or does not let the operator do what it must."""

    reason = "APIServerError"
    transient = True


class Forbidden(ClusterError):
    """The operator lacks a right; somebody must grant it."""

    reason = "Forbidden"
    transient = False


class Conflict(ClusterError):
    """The object has changed since it was read."""

    reason = "Conflict"


class Gone(ClusterError):
    """The object is no longer there."""

    reason = "NotFound"


class Cluster(Protocol):
    """Where SchemaSyncs, ConfigMaps and Secrets are. Every method may raise ClusterError."""

    @property
    def name(self) -> str:
        """The cluster's name, as control tables remember it."""

    def schema_sync(self, ref: Ref) -> Mapping[str, object] | None:
        """Return a SchemaSync as it is now, or None."""

    def exists(self, ref: Ref) -> bool:
        """Return whether there is such a SchemaSync; where we may not know, there is."""

    def config_map(self, ref: Ref) -> ConfigMap | None:
        """Return a ConfigMap, or None."""

    def secret(self, ref: Ref) -> Mapping[str, bytes] | None:
        """Return a Secret's data, decoded, or None."""

    def patch_status(self, ref: Ref, patch: Mapping[str, object], version: str) -> Mapping[str, object]:
        """Merge a patch into the status of the object as read at `version`; return the object.

        Raises Conflict where it has changed since, Gone where there is none.
        """

    def emit(self, ref: Ref, uid: str, event: Event) -> None:
        """Tell people of an event; never raises, since an event is never worth a failed sync."""
