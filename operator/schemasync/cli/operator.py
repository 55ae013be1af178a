"""`schemasync operator`: watches a cluster and keeps its databases' schemas as declared."""

from __future__ import annotations

import logging
import random
import re
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from schemasync.cli import ExitCode

if TYPE_CHECKING:
    from schemasync.kube.health import Health
    from schemasync.kube.queue import Outcome
    from schemasync.kube.resources import Resources
    from schemasync.kube.spec import Ref

POLL = 2.0  # seconds
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

logger = logging.getLogger(__name__)


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


def operator_command(
    *,
    namespace: Annotated[
        list[str] | None, typer.Option("--namespace", "-n", help="A namespace to watch; may be given again.")
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="Watch every namespace.")
    ] = False,
    cluster_name: Annotated[
        str | None,
        typer.Option(help="What databases remember this cluster by; by default the UID of kube-system."),
    ] = None,
    health_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Answer /healthz on this port of every address.")
    ] = None,
    max_concurrent: Annotated[
        int, typer.Option(min=1, max=256, help="How many SchemaSyncs are reconciled at a time.")
    ] = 4,
    log_format: Annotated[LogFormat, typer.Option(help="How log lines look.")] = LogFormat.TEXT,
    debug: Annotated[bool, typer.Option("--debug", help="Log retries as well.")] = False,
) -> int:
    """Run the operator: as a pod's ServiceAccount, else by $KUBECONFIG or ~/.kube/config."""
    from schemasync.cli.logs import configure  # noqa: PLC0415 - slow
    from schemasync.kube.health import Health  # noqa: PLC0415 - slow
    from schemasync.kube.resources import NoCluster, Resources, load  # noqa: PLC0415 - slow

    if bool(namespace) == all_namespaces:
        return _usage("say what to watch: --namespace NAME, or --all-namespaces")
    for name in namespace or []:
        if not NAMESPACE.fullmatch(name):
            return _usage(f"--namespace {name!r}: no namespace can have this name; it is no pattern either")
    configure(as_json=log_format is LogFormat.JSON, debug=debug)
    try:
        cluster = Resources(load(max_concurrent), name=cluster_name or "")
        health = None if health_port is None else Health(health_port)
    except NoCluster as error:
        return _usage(str(error))
    except OSError as error:
        return _usage(f"--health-port {health_port} cannot be listened on: {error.strerror}")
    problem = _name(cluster)
    if problem is not None:
        return _usage(problem)
    _run(cluster, list(dict.fromkeys(namespace or [])), health, max_concurrent)
    return ExitCode.DONE


def _run(cluster: Resources, namespaces: list[str], health: Health | None, workers: int) -> None:
    from schemasync.interruption import Interruption  # noqa: PLC0415 - slow
    from schemasync.kube import handlers  # noqa: PLC0415 - slow
    from schemasync.kube.access import obstacle  # noqa: PLC0415 - slow
    from schemasync.kube.interest import Interest, Remembering  # noqa: PLC0415 - slow
    from schemasync.kube.queue import Queue  # noqa: PLC0415 - slow
    from schemasync.kube.reconcile import reconcile  # noqa: PLC0415 - slow
    from schemasync.kube.watched import WatchedPipe  # noqa: PLC0415 - slow

    interest, interruption = Interest(), Interruption()

    def work(ref: Ref) -> Outcome:
        pipe = WatchedPipe(interruption=interruption, allow=partial(queue.allow, ref))
        return reconcile(Remembering(cluster, ref, interest), pipe, ref, lambda: datetime.now(UTC))

    # No namespace of several may keep all workers busy.
    group = None if len(namespaces) == 1 else attrgetter("namespace")
    queue = Queue(work, random.random, workers, group=group)
    logger.info("starting with %d workers in cluster %s", workers, cluster.name)
    handlers.run(
        queue,
        interest,
        interruption,
        obstacle=lambda: obstacle(cluster, namespaces),
        namespaces=namespaces,
        health=health,
    )


def _name(cluster: Resources) -> str | None:
    """Find the cluster's name where none was given; return what to do where there is none."""
    from schemasync.kube.cluster import ClusterError, Forbidden  # noqa: PLC0415 - slow

    while not cluster.name:
        try:
            cluster.name = cluster.uid()
        except Forbidden:
            return (
                "the UID of kube-system, which names the cluster, may not be read: "
                "give the cluster a name with --cluster-name"
            )
        except ClusterError as error:
            logger.warning("%s; it is tried again", error)
            time.sleep(POLL)
    return None


def _usage(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    return ExitCode.USAGE
