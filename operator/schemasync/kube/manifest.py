"""Reading manifests: YAML as Kubernetes reads it, of a size and depth that nothing stumbles over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.nodes import Node

# Far beyond any manifest. Nesting costs stack, and an alias costs what it stands for: values and characters.
MAX_DEPTH: Final = 100
MAX_ALIASED: Final = 1_000_000
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"
# What PyYAML raises, besides its own errors, for values that are not of their tags (`!!int x`).
_WRONG_VALUES: Final = (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError)


class ManifestInvalid(Exception):
    """A file is no manifest; the message names it and never quotes it, since it may be a Secret."""


class _TooMuch(yaml.MarkedYAMLError):
    """YAML that is nested or expands without an end in sight."""


class _Loader(yaml.SafeLoader):
    """Plain values only; times stay the texts that they are in JSON."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
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
        """Return the next node. Raises _TooMuch before it could cost too much."""
        alias = self.check_event(yaml.AliasEvent)
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        before = self._size
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooMuch(problem=f"is nested deeper than {MAX_DEPTH}", problem_mark=mark)
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        if alias and id(node) not in self._sizes:
            raise _TooMuch(problem="has an alias inside of what it stands for", problem_mark=mark)
        own = 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        self._size += self._sizes[id(node)] if alias else own
        self._aliased += self._sizes[id(node)] if alias else 0
        if self._aliased > MAX_ALIASED:
            raise _TooMuch(problem="has aliases that stand for too much", problem_mark=mark)
        self._sizes.setdefault(id(node), self._size - before)
        return node

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
        problem = error.problem if isinstance(error, _TooMuch) else "is not YAML"
        raise ManifestInvalid(f"{place}{line}: {problem}") from None
    except yaml.reader.ReaderError as error:
        problem = "cannot be read: it is not UTF-8 text" if error.encoding == "utf-8" else "is not YAML"
        raise ManifestInvalid(f"{place}: {problem}") from None
    except (yaml.YAMLError, *_WRONG_VALUES):
        raise ManifestInvalid(f"{place}: has a value that is not of its type") from None
