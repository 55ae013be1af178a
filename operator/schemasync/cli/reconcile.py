"""`schemasync reconcile`: what the operator does, for manifests in files and without a cluster."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemasync.cli import ExitCode

if TYPE_CHECKING:
    from schemasync.kube.files import FilesCluster
    from schemasync.kube.spec import Ref

# What is waiting for somebody, and what the next look at it may finish by itself.
WAITING = frozenset({"Planned", "Blocked", "Suspended"})


class Output(StrEnum):
    """How the SchemaSyncs are printed."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


def reconcile_command(
    files: Annotated[
        list[Path],
        typer.Option("--filename", "-f", help="A manifest, or a directory of them; may be given again."),
    ],
    output: Annotated[Output, typer.Option("--output", "-o", help="How to print the result.")] = Output.TABLE,
    cluster_name: Annotated[
        str, typer.Option(help="The cluster's part of the owner that the database remembers.")
    ] = "local",
) -> int:
    """Sync the databases of the SchemaSyncs in some manifests, given their ConfigMaps and Secrets.

    Ends with 0 when all are Ready, 1 when one failed, 2 when one waits, is blocked or refused.
    """
    from schemasync.kube.files import FilesCluster  # noqa: PLC0415 - slow
    from schemasync.kube.manifest import ManifestInvalid  # noqa: PLC0415 - slow

    try:
        cluster = FilesCluster.load(files, name=cluster_name)
    except ManifestInvalid as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return ExitCode.USAGE
    if not cluster.refs:
        print("error: there is no SchemaSync in these files", file=sys.stderr)  # noqa: T201
        return ExitCode.USAGE
    codes = [_reconcile(cluster, ref, output) for ref in cluster.refs]
    if output is not Output.TABLE:
        _print_all(cluster, output)
    worst = ExitCode.FAILED if ExitCode.FAILED in codes else max(codes)
    return int(worst)


def _reconcile(cluster: FilesCluster, ref: Ref, output: Output) -> ExitCode:
    """Look at one object until it no longer waits for another process; return how it ended."""
    from schemasync import sync  # noqa: PLC0415 - slow
    from schemasync.cli.render import schema_sync, show  # noqa: PLC0415 - slow
    from schemasync.kube.reconcile import reconcile  # noqa: PLC0415 - slow

    outcome = reconcile(cluster, sync, ref, _now)
    while _phase(cluster, ref) == "Pending" and outcome.requeue_after is not None:
        # Spread, as the operator's workers are by themselves.
        time.sleep(outcome.requeue_after * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        outcome = reconcile(cluster, sync, ref, _now)
    if output is Output.TABLE:
        show(schema_sync(cluster.schema_sync(ref) or {}))
    return _exit_code(_phase(cluster, ref))


def _exit_code(phase: object) -> ExitCode:
    if phase == "Synced":
        return ExitCode.DONE
    return ExitCode.REFUSED if phase in WAITING else ExitCode.FAILED


def _print_all(cluster: FilesCluster, output: Output) -> None:
    items = [cluster.schema_sync(ref) for ref in cluster.refs]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    if output is Output.JSON:
        print(json.dumps(listed, indent=2))  # noqa: T201
    else:
        import yaml  # noqa: PLC0415 - slow

        # Elsewhere than in UTF-8, YAML has escapes of its own: a stream's would be other texts.
        unicode = sys.stdout.encoding.lower().startswith("utf")
        print(yaml.safe_dump(listed, sort_keys=False, allow_unicode=unicode), end="")  # noqa: T201


def _phase(cluster: FilesCluster, ref: Ref) -> object:
    body = cluster.schema_sync(ref) or {}
    status = body.get("status")
    return status.get("phase") if isinstance(status, Mapping) else None


def _now() -> datetime:
    return datetime.now(UTC)
