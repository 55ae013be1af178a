"""Which events are news: of all that is told, what has not been read already.

A watch tells of our own patches, of every ConfigMap in a namespace, and of all objects again when
it begins anew. An event counts only where it tells of something that the last look had not seen.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemasync.kube.cluster import Cluster, ConfigMap, Event
from schemasync.kube.spec import GROUP, Ref, config_map_names

Body = Mapping[str, object]
Seen = tuple[object, ...]


def seen(body: Body) -> Seen:
    """Return of a SchemaSync what a reconcile depends on: not its status, nor others' annotations."""
    metadata = body.get("metadata")
    fields = metadata if isinstance(metadata, Mapping) else {}
    annotations = fields.get("annotations")
    ours = annotations if isinstance(annotations, Mapping) else {}
    return (
        fields.get("uid"),
        fields.get("generation"),
        fields.get("deletionTimestamp"),
        tuple(sorted((key, value) for key, value in ours.items() if str(key).startswith(f"{GROUP}/"))),
    )


@dataclass
class Interest:
    """What each SchemaSync refers to, and what of it was read last. Thread-safe."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _names: dict[Ref, frozenset[str]] = field(default_factory=dict)
    _objects: dict[Ref, Seen] = field(default_factory=dict)
    _versions: dict[tuple[Ref, str], str | None] = field(default_factory=dict)

    def told(self, ref: Ref, body: Body) -> None:
        """Take in what an event says a SchemaSync refers to."""
        with self._lock:
            self._names[ref] = config_map_names(body)

    def changed(self, ref: Ref, body: Body) -> bool:
        """Return whether a SchemaSync, as an event shows it, is another than was read last."""
        with self._lock:
            return self._objects.get(ref) != seen(body)

    def stale(self, ref: Ref, name: str, version: str | None) -> bool:
        """Return whether a SchemaSync was read with another version of a ConfigMap; None is a deleted one."""
        with self._lock:
            return self._versions.get((ref, name), "") != version

    def forget(self, ref: Ref) -> None:
        """Let go of a SchemaSync that is gone."""
        with self._lock:
            self._names.pop(ref, None)
            self._objects.pop(ref, None)
            for key in [key for key in self._versions if key[0] == ref]:
                del self._versions[key]

    def users(self, config_map: Ref) -> list[Ref]:
        """Return the SchemaSyncs that refer to a ConfigMap."""
        namespace, name = config_map
        with self._lock:
            return [ref for ref, names in self._names.items() if ref.namespace == namespace and name in names]

    def read_object(self, ref: Ref, body: Body) -> None:
        """Remember a SchemaSync as it was read."""
        with self._lock:
            self._names[ref] = config_map_names(body)
            self._objects[ref] = seen(body)

    def read_config_map(self, ref: Ref, name: str, version: str | None) -> None:
        """Remember which version of a ConfigMap a SchemaSync was read with; None where there was none."""
        with self._lock:
            self._versions[ref, name] = version


@dataclass
class Remembering:
    """A cluster that remembers what one SchemaSync's reconcile reads, as it reads it: one for each run.

    Only then is an event that comes in the middle of a run judged by what that run has seen. A run
    goes by the object that it reads first; one that a conflict makes it read later is still news.
    """

    cluster: Cluster
    ref: Ref
    interest: Interest
    _begun: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    def schema_sync(self, ref: Ref) -> Body | None:
        """Return a SchemaSync as it is now, or None."""
        body = self.cluster.schema_sync(ref)
        if ref == self.ref and body is None:
            self.interest.forget(ref)
        elif ref == self.ref and body is not None and not self._begun:
            self.interest.read_object(ref, body)
            self._begun = True
        return body

    def exists(self, ref: Ref) -> bool:
        """Return whether there is such a SchemaSync."""
        return self.cluster.exists(ref)

    def config_map(self, ref: Ref) -> ConfigMap | None:
        """Return a ConfigMap, or None."""
        found = self.cluster.config_map(ref)
        self.interest.read_config_map(self.ref, ref.name, found.version if found else None)
        return found

    def secret(self, ref: Ref) -> Mapping[str, bytes] | None:
        """Return a Secret's data, or None."""
        return self.cluster.secret(ref)

    def patch_status(self, ref: Ref, patch: Body, version: str) -> Body:
        """Merge a patch into a status."""
        return self.cluster.patch_status(ref, patch, version)

    def emit(self, ref: Ref, uid: str, event: Event) -> None:
        """Tell people of an event."""
        self.cluster.emit(ref, uid, event)
