"""What the language knows beforehand: its annotations and primitives, as data.

`annotations.json`: `on` (where it may stand; absent: anywhere), `repeatable`, `append`
(how it meets the same annotation of a type), `passed` (whether it travels through a field
reference), `values` (the designs of value it needs), `args`. `primitives.json`: `design`,
`tags`, and the annotations that it `implies` (`timestamp.created` implies no default: other
writers give it none in the database). Both are read once, when first asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

# Below these, only the names of the catalogue are annotations.
RESERVED: Final = frozenset({"db", "meta", "expect", "emit"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an annotation; `values` are the allowed ones, empty where any will do."""

    name: str
    type: str
    optional: bool
    values: tuple[str, ...]
    flags: bool


@dataclass(frozen=True, slots=True)
class AnnotationSpec:
    """What an annotation asks for. `places` of None: it may stand anywhere."""

    name: str
    places: frozenset[str] | None
    repeatable: bool
    append: bool
    passed: bool
    designs: frozenset[str]
    parameters: tuple[Parameter, ...]
    required: int


@dataclass(frozen=True, slots=True)
class Primitive:
    """A primitive or one of its extensions. A `design` of None: no value has this type."""

    name: str
    design: str | None
    tags: frozenset[str]
    implies: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def known_annotations() -> dict[str, AnnotationSpec]:
    """Return every annotation below the reserved names, by name."""
    return {name: _annotation(name, entry) for name, entry in _read("annotations.json").items()}


@cache
def known_primitives() -> dict[str, Primitive]:
    """Return every primitive and extension, by full name."""
    return {name: _primitive(name, entry) for name, entry in _read("primitives.json").items()}


def _read(name: str) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(files(__name__).joinpath(name).read_text("utf-8"))
    return entries


def _annotation(name: str, entry: dict[str, Any]) -> AnnotationSpec:
    parameters = tuple(_parameter(argument) for argument in entry.get("args", ()))
    return AnnotationSpec(
        name=name,
        places=frozenset(entry["on"]) if "on" in entry else None,
        repeatable=entry.get("repeatable", False),
        append=entry.get("append", False),
        passed=entry.get("passed", False),
        designs=frozenset(entry.get("values", ())),
        parameters=parameters,
        required=sum(not parameter.optional for parameter in parameters),
    )


def _parameter(entry: dict[str, Any]) -> Parameter:
    return Parameter(
        name=entry["name"],
        type=entry["type"],
        optional=entry.get("optional", False),
        values=tuple(entry.get("values", ())),
        flags=entry.get("flags", False),
    )


def _primitive(name: str, entry: dict[str, Any]) -> Primitive:
    implied = entry.get("implies", {})
    return Primitive(
        name=name,
        design=entry.get("design"),
        tags=frozenset(entry["tags"]),
        implies=tuple((annotation, tuple(args)) for annotation, args in implied.items()),
    )
