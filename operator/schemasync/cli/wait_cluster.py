"""Looks at a SchemaSync until it is Ready for its ConfigMaps as they are now.

Ready alone may be old news: a changed ConfigMap does not change the SchemaSync's generation. So the
digest of the files that the operator synced is compared with that of the files there are.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemasync import wire
from schemasync.cli import ExitCode
from schemasync.cli.reading import WrongUsage
from schemasync.cli.wait import Look
from schemasync.errors import SchemaSyncError
from schemasync.kube.cluster import Forbidden
from schemasync.kube.resources import NoCluster, Resources, load
from schemasync.kube.sources import gather
from schemasync.kube.spec import KIND, Ref, read_object, read_spec
from schemasync.kube.status import condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemasync.kube.cluster import Cluster
    from schemasync.kube.spec import SchemaSync

_NAMESPACE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
# What goes on only when somebody does something.
_FOR_SOMEBODY: Final = frozenset({"AwaitingApproval", "Blocked", "Planned", "Suspended"})


def own_namespace() -> str:
    """Return the namespace of the pod that this runs in, `default` elsewhere."""
    with suppress(OSError):
        return _NAMESPACE.read_text(encoding="utf-8").strip() or "default"
    return "default"


class SchemaSyncLook:
    """One SchemaSync of a cluster."""

    def __init__(self, cluster: Cluster, ref: Ref) -> None:
        self._cluster = cluster
        self._ref = ref

    @classmethod
    def load(cls, namespace: str, name: str) -> SchemaSyncLook:
        """Return a SchemaSync of the cluster that a kubeconfig or a pod's account leads to."""
        try:
            return cls(Resources(load()), Ref(namespace, name))
        except NoCluster as error:
            raise WrongUsage(str(error)) from None

    def __call__(self) -> Look:
        """Look once."""
        try:
            body = self._cluster.schema_sync(self._ref)
            if body is None:
                return Look(why=f"there is no {KIND} {self._ref}")
            return self._judge(read_object(body))
        except SchemaSyncError as error:
            return Look(why=str(error), final=isinstance(error, Forbidden))

    def _judge(self, found: SchemaSync) -> Look:
        ready = condition(found.status, "Ready")
        phase = str(found.status.get("phase", "Pending"))
        code = ExitCode.REFUSED if phase in _FOR_SOMEBODY else ExitCode.FAILED
        if found.status.get("observedGeneration") != found.generation:
            return Look(why=f"{KIND} {self._ref} has changed, and the operator has not looked at it yet")
        if ready.get("status") != "True":
            message = ready.get("message") or "the operator says nothing of it yet"
            return Look(why=f"{KIND} {self._ref} is not Ready: {phase}, {message}", code=code)
        if self._digest(found) != _synced_digest(found.status):
            return Look(
                why=f"the ConfigMaps of {KIND} {self._ref} have changed since it was synced", code=code
            )
        return Look()

    def _digest(self, found: SchemaSync) -> str:
        """Return the digest of the files as they are now."""
        spec = read_spec(found.spec)
        return wire.files_digest(gather(self._cluster, self._ref.namespace, spec.config_maps).files)


def _synced_digest(status: Mapping[str, object]) -> object:
    source = status.get("source")
    return source.get("digest") if isinstance(source, dict) else None
