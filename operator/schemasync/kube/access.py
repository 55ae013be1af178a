"""What stands in the way of watching: no answer, no such resource, or a right that is missing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from schemasync.kube.cluster import ClusterError
from schemasync.kube.resources import Resources
from schemasync.kube.spec import GROUP, PLURAL

# What a watch of each resource takes: API group, resource, verbs.
NEEDED = (
    (GROUP, PLURAL, ("get", "list", "watch")),
    ("", "configmaps", ("get", "list", "watch")),
    (GROUP, f"{PLURAL}/status", ("patch",)),
)

logger = logging.getLogger(__name__)


def obstacle(cluster: Resources, namespaces: Sequence[str]) -> str | None:
    """Return what somebody has to do before these namespaces, or all, can be watched; None where nothing."""
    try:
        if not cluster.served():
            return "the API server does not know SchemaSyncs yet: apply crds/schemasync.yaml"
        missing = [text for namespace in namespaces or [""] for text in _missing(cluster, namespace)]
        if not missing:
            _warn_of_namespaces(cluster, namespaces)
    except ClusterError as error:
        return str(error)
    return f"the operator may not {'; '.join(missing)}: its role must allow it" if missing else None


def _missing(cluster: Resources, namespace: str) -> list[str]:
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    found = []
    for group, resource, verbs in NEEDED:
        lacking = [verb for verb in verbs if not cluster.may(verb, group, resource, namespace)]
        if lacking:
            found.append(f"{', '.join(lacking)} {resource} {where}")
    return found


def _warn_of_namespaces(cluster: Resources, namespaces: Sequence[str]) -> None:
    for namespace in namespaces:
        if cluster.lacks_namespace(namespace):
            logger.warning("there is no namespace %s; it is watched in case it is made", namespace)
