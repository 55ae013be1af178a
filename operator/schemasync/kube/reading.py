"""Reading untyped mappings, as they come from an API server or a YAML file, into typed values.

An API server has checked an object before we see it; a file nobody has. Both are read by the
same rules, and a field that is not known is an error: ignoring one that a newer version of the
resource brought could do what its author meant to forbid.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from schemasync.errors import SchemaSyncError

Key = TypeVar("Key", bound=str)

# What a terminal acts upon or does not show: controls, formats such as bidirectional ones, line ends.
UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
DURATION = re.compile(r"(?:\d{1,6}(?:ms|s|m|h))+")
DURATION_PART = re.compile(r"(\d+)(ms|s|m|h)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class InvalidSpec(SchemaSyncError):
    """A SchemaSync says something that cannot be used."""

    reason = "InvalidSpec"


def seconds(text: str) -> float:
    """Return a duration as Go writes it (`500ms`, `1m30s`) in seconds; ValueError where it is none."""
    if not DURATION.fullmatch(text):
        raise ValueError("a duration is written as 500ms, 10s or 1m30s")
    return sum(int(number) * UNITS[unit] for number, unit in DURATION_PART.findall(text))


class Fields:
    """The fields of one mapping, each read once; `done` complains of those that nobody asked for.

    Every method raises InvalidSpec, which names the field by its path.
    """

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidSpec(f"{path}: must be an object")
        self._value = value
        self._path = path
        self._known: set[str] = set()

    def at(self, name: str) -> str:
        """Return the path of a field, for messages."""
        return f"{self._path}.{name}"

    def get(self, name: str) -> object:
        """Return a field as it is, None where it is absent."""
        self._known.add(name)
        return self._value.get(name)

    def section(self, name: str, *, required: bool = False) -> Fields:
        """Return a nested object; an absent one reads as empty unless it is required."""
        value = self.get(name)
        if value is None and required:
            raise InvalidSpec(f"{self.at(name)}: is required")
        return Fields({} if value is None else value, self.at(name))

    def sections(self, name: str) -> list[Fields]:
        """Return the objects of a list; an absent list reads as empty."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidSpec(f"{self.at(name)}: must be a list")
        return [Fields(item, f"{self.at(name)}[{index}]") for index, item in enumerate(value)]

    def text(self, name: str, *, longest: int = 253) -> str | None:
        """Return a text of 1 to `longest` characters, None where it is absent."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise InvalidSpec(f"{self.at(name)}: must be a text of 1 to {longest} characters")
        if any(unicodedata.category(each) in UNSEEN for each in value):
            raise InvalidSpec(f"{self.at(name)}: must have no control or formatting characters in it")
        return value

    def required(self, name: str, *, longest: int = 253) -> str:
        """Return a text that must be there."""
        value = self.text(name, longest=longest)
        if value is None:
            raise InvalidSpec(f"{self.at(name)}: is required")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean, False where it is absent."""
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            raise InvalidSpec(f"{self.at(name)}: must be true or false")
        return bool(value)

    def choice(self, name: str, choices: Mapping[str, Key], default: Key) -> Key:
        """Return one of a few words, mapped."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            raise InvalidSpec(f"{self.at(name)}: must be one of {', '.join(choices)}")
        return choices[value]

    def duration(self, name: str, default: str, bounds: tuple[str, str]) -> float:
        """Return a duration in seconds, between two others."""
        value = self.get(name)
        least, most = bounds
        problem = f"{self.at(name)}: must be a duration from {least} to {most}, as in 500ms, 10s or 1m30s"
        if value is not None and not isinstance(value, str):
            raise InvalidSpec(problem)
        try:
            length = seconds(default if value is None else value)
        except ValueError as error:
            raise InvalidSpec(problem) from error
        if not seconds(least) <= length <= seconds(most):
            raise InvalidSpec(problem)
        return length

    def done(self) -> None:
        """Complain of a field that was never asked for, with the nearest name that is known."""
        for name in self._value:
            if name not in self._known:
                near = difflib.get_close_matches(str(name), self._known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise InvalidSpec(f"{self.at(str(name))}: is not known to this version{hint}")
