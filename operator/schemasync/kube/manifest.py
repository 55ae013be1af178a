"""Reading manifests: YAML as Kubernetes reads it, of a size and depth that nothing stumbles over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.nodes import Node

# Far beyond any manifest. Nesting costs stack, and an alias costs what it stands for: values and characters.
MAX_DEPTH: Final = 100
MAX_ALIASED: Final = 1_000_000
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
_MERGE: Final = "tag:yaml.org,2002:merge"
# As YAML 1.1 has them, without base 60: nobody writes it, and long ones take long to read.
_PLAIN: Final = {
    "tag:yaml.org,2002:int": r"[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
    "tag:yaml.org,2002:float": r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
}
# What PyYAML raises, besides its own errors, for values that are not of their tags (`!!int x`).
_WRONG_VALUES: Final = (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError)


class ManifestInvalid(Exception):
    """A file is no manifest; the message names it and never quotes it, since it may be a Secret."""


class _Refused(yaml.MarkedYAMLError):
    """YAML that nests or expands without an end in sight, or says a thing twice."""


class _Loader(yaml.SafeLoader):
    """Plain values only; times, and numbers to base 60, stay the texts that they are in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [
            (tag, re.compile(rf"^(?:{_PLAIN[tag]})$") if tag in _PLAIN else pattern)
            for tag, pattern in resolvers
            if tag != _TIMESTAMP
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._depth = 0
        self._size = 0
        self._aliased = 0
        # What the nodes that have been read to their ends come to, by identity.
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Return the next node. Raises _Refused before it could cost too much."""
        alias = self.check_event(yaml.AliasEvent)
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        before = self._size
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _Refused(problem=f"is nested deeper than {MAX_DEPTH}", problem_mark=mark)
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        if alias and id(node) not in self._sizes:
            raise _Refused(problem="has an alias inside of what it stands for", problem_mark=mark)
        own = 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        self._size += self._sizes[id(node)] if alias else own
        self._aliased += self._sizes[id(node)] if alias else 0
        if self._aliased > MAX_ALIASED:
            raise _Refused(problem="has aliases that stand for too much", problem_mark=mark)
        self._sizes.setdefault(id(node), self._size - before)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as the base class has it
        """Return a mapping. Raises _Refused where a key stands twice: one of them would be lost."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    raise _Refused(problem="has this key twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def compose_document(self) -> Node | None:
        """Return the next document; another one's nodes may be where this one's were."""
        self._sizes = {}
        node: Node | None = super().compose_document()
        return node


def documents_of(content: bytes, place: str) -> Iterator[object]:
    """Yield the documents of a manifest. Raises ManifestInvalid, with the place and the line."""
    try:
        loader = _Loader(content)
        while loader.check_data():  # type: ignore[no-untyped-call]
            yield loader.get_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = "" if mark is None else f":{mark.line + 1}:{mark.column + 1}"
        problem = error.problem if isinstance(error, _Refused) else "is not YAML"
        raise ManifestInvalid(f"{place}{line}: {problem}") from None
    except yaml.reader.ReaderError as error:
        problem = "cannot be read: it is not UTF-8 text" if error.encoding == "utf-8" else "is not YAML"
        raise ManifestInvalid(f"{place}: {problem}") from None
    except (yaml.YAMLError, *_WRONG_VALUES):
        raise ManifestInvalid(f"{place}: has a value that is not of its type") from None
