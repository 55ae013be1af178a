"""`schemasync compile`: what a set of files means, or what is wrong with it, without a database."""

from __future__ import annotations

import base64
import binascii
import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from schemasync.cli import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemasync import Compiled
    from schemasync.errors import Diagnostic

_MANIFESTS: Final = frozenset({".yaml", ".yml", ".json"})


class Engine(StrEnum):
    """An engine whose snapshots can be shown."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    MONGODB = "mongodb"
    ALL = "all"


class Format(StrEnum):
    """How the outcome is printed."""

    TEXT = "text"
    JSON = "json"


class UnreadablePath(Exception):
    """A path that cannot be read as a set of files."""


def compile_command(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Directories, .as files, or manifests of ConfigMaps."),
    ],
    engine: Annotated[
        list[Engine] | None,
        typer.Option("--engine", help="An engine, or all; may be given again. Default: all."),
    ] = None,
    space: Annotated[str | None, typer.Option("--space", help="Only models of this @db.space.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the outcome.")] = Format.TEXT,
) -> int:
    """Compile .as files; print their diagnostics, and the hash and snapshots of each engine."""
    from schemasync import compile_schema  # noqa: PLC0415 - slow

    try:
        files = read_files(paths)
    except UnreadablePath as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return ExitCode.USAGE
    compiled = compile_schema(files, space=space)
    engines = _chosen(engine or [Engine.ALL])
    if output is Format.JSON:
        print(json.dumps(_as_json(compiled, engines), indent=2))  # noqa: T201
    else:
        from schemasync.cli.diagnostics import show_compiled  # noqa: PLC0415 - slow

        show_compiled(compiled, engines, files)
    return ExitCode.FAILED if compiled.schema is None else ExitCode.DONE


def read_files(paths: list[Path]) -> dict[str, bytes]:
    """Return the `.as` files of directories, files and ConfigMaps, by their path below what was given.

    Raises UnreadablePath for what is not there, cannot be read, holds no `.as` file, or
    gives one file twice.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            entries = list(_files_of(path))
        except OSError as error:
            raise UnreadablePath(f"{error.filename or path} cannot be read: {error.strerror}") from error
        if not entries:
            raise UnreadablePath(f"there is no .as file in {path}")
        for name, content in entries:
            if name in found:
                raise UnreadablePath(f"{name} is there twice: a file set has each path once")
            found[name] = content
    return found


def _files_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that one path stands for."""
    if path.is_dir():
        for file in sorted(_below(path)):
            yield file.relative_to(path).as_posix(), file.read_bytes()
    elif path.suffix in _MANIFESTS:
        yield from _config_maps(path)
    elif path.suffix == ".as" or not path.exists():
        yield path.name, path.read_bytes()
    else:
        raise UnreadablePath(f"{path} is no .as file, nor a manifest ({', '.join(sorted(_MANIFESTS))})")


def _below(directory: Path) -> Iterator[Path]:
    """Yield the `.as` files below a directory. Raises OSError for one that cannot be looked into."""
    for parent, directories, names in os.walk(directory, onerror=_raised):
        # A mounted ConfigMap has each file a second time, in directories that begin with two dots.
        directories[:] = [name for name in directories if not name.startswith("..")]
        yield from (Path(parent, name) for name in names if name.endswith(".as") and name[:2] != "..")


def _raised(error: OSError) -> None:
    raise error


def _config_maps(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the `.as` files in the ConfigMaps of a manifest."""
    from schemasync.kube.manifest import ManifestInvalid, documents_of  # noqa: PLC0415 - slow

    try:
        documents = list(documents_of(path.read_bytes(), str(path)))
    except ManifestInvalid as error:
        raise UnreadablePath(str(error)) from None
    for document in documents:
        for body in _objects(document):
            if body.get("kind") == "ConfigMap":
                yield from _entries(path, body)


def _objects(document: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of a document: itself, or those in a list of Kubernetes."""
    if not isinstance(document, dict):
        return
    items = document.get("items")
    if isinstance(items, list) and str(document.get("kind", "")).endswith("List"):
        for item in items:
            yield from _objects(item)
    else:
        yield document


def _entries(path: Path, body: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the `.as` files of a ConfigMap."""
    for key, text in _mapping(body.get("data")).items():
        if not key.endswith(".as"):
            continue
        if not isinstance(text, str):
            raise UnreadablePath(f"{key} in {path} is no text")
        yield key, text.encode("utf-8", "surrogatepass")
    for key, encoded in _mapping(body.get("binaryData")).items():
        if key.endswith(".as"):
            try:
                yield key, base64.b64decode("".join(str(encoded).split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise UnreadablePath(f"{key} in {path} is not base64") from error


def _mapping(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _chosen(engines: list[Engine]) -> list[str]:
    """Return the names of the engines that were asked for, each once."""
    if Engine.ALL in engines:
        return [engine.value for engine in Engine if engine is not Engine.ALL]
    return list(dict.fromkeys(engine.value for engine in engines))


def _as_json(compiled: Compiled, engines: list[str]) -> dict[str, object]:
    """Return the outcome for programs; the engines are empty where there are errors."""
    from schemasync import wire  # noqa: PLC0415 - slow

    shown = engines if compiled.schema is not None else []
    snapshots = {engine: compiled.snapshots(engine) for engine in shown}
    return {
        "diagnostics": [diagnostic_as_json(diagnostic) for diagnostic in compiled.diagnostics],
        "engines": {
            engine: {"schemaHash": wire.schema_hash(found), "snapshots": found}
            for engine, found in snapshots.items()
        },
    }


def diagnostic_as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic for programs; the hint is part of the message."""
    span = diagnostic.span
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message + hint,
    }
