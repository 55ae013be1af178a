"""Which name means what: the declarations and imports of each file."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from schemasync.errors import Diagnostic, Related, Span
from schemasync.lang import ast, problems
from schemasync.lang.catalogue import known_primitives
from schemasync.lang.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemasync.lang.problems import Problem
    from schemasync.lang.source import Source

_HINTS = 100


@dataclass(slots=True, eq=False)
class Symbol:
    """A declared name. `overlays` are the annotate blocks, of any file, that change it in place."""

    name: str
    module: Module
    node: ast.Declaration
    overlays: list[tuple[Module, ast.Annotate]] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """The place of the name."""
        name = self.node.name
        return self.module.span(name) if name else self.module.span(ast.Name("", 0, 0))


@dataclass(slots=True, eq=False)
class Module:
    """A file with the names that can be used in it. An import that failed is None: reported once."""

    path: str
    source: Source
    tree: ast.Module
    symbols: dict[str, Symbol] = field(default_factory=dict)
    imported: dict[str, Symbol | None] = field(default_factory=dict)

    def span(self, node: ast.Name | ast.Reference | ast.Type | ast.Annotation | ast.Value) -> Span:
        """Return the place of a node of this file."""
        return self.source.span(node.start, node.end)

    def names(self) -> Iterator[str]:
        """Yield every name that means something here."""
        yield from (name for name in known_primitives() if "." not in name)
        yield from self.symbols
        yield from self.imported


class Scope:
    """All files of a set, their names resolved, and what was wrong with them."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.problems: list[Diagnostic] = []
        self._hints = _HINTS
        for module in modules.values():
            self._declare(module)
        for module in modules.values():
            self._import(module)
        for module in modules.values():
            self._overlay(module)

    def report(
        self,
        problem: Problem,
        span: Span,
        message: str,
        hint: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:
        """Note a problem."""
        self.problems.append(problem.at(span, message, hint=hint, related=related))

    def find(self, module: Module, name: ast.Name) -> Symbol | None:
        """Return what `name` means in `module`; None, once reported, if nothing."""
        symbol = module.symbols.get(name.text)
        if symbol is not None:
            return symbol
        if name.text in module.imported:
            return module.imported[name.text]
        hint = _extension(name.text) or self.suggest(name.text, module.names())
        self.report(
            problems.UNKNOWN_NAME, module.span(name), f"{name.text!r} is not declared or imported here", hint
        )
        return None

    def suggest(self, name: str, known: Iterable[str]) -> str | None:
        """Return a hint with the nearest known name; for the first problems of a run only: it takes time."""
        if self._hints <= 0:
            return None
        self._hints -= 1
        return did_you_mean(name, known)

    def _declare(self, module: Module) -> None:
        """Collect the declarations of a file."""
        for node in module.tree.declarations:
            if node.name is None:
                continue
            first = module.symbols.setdefault(node.name.text, Symbol(node.name.text, module, node))
            if first.node is not node:
                related = (Related(span=first.span, message="the first declaration"),)
                message = f"{node.name.text!r} is declared twice in this file"
                self.report(problems.DUPLICATE_NAME, module.span(node.name), message, related=related)

    def _import(self, module: Module) -> None:
        """Connect the imports of a file with what they name."""
        for statement in module.tree.imports:
            origin = self._origin(module, statement.specifier) if statement.specifier else None
            for name in statement.names:
                if name.text in module.symbols or name.text in module.imported:
                    message = f"{name.text!r} already means something in this file"
                    self.report(problems.DUPLICATE_NAME, module.span(name), message)
                    continue
                module.imported[name.text] = self._exported(module, origin, name) if origin else None

    def _origin(self, module: Module, specifier: ast.Name) -> Module | None:
        """Return the file that an import names; None, reported, if it was not given."""
        for path in _candidates(module.path, specifier.text):
            found = self.modules.get(path)
            if found is not None:
                return found
        hint = (
            "leave '.as' off"
            if specifier.text.endswith(".as")
            else self.suggest(specifier.text, (_relative(module.path, path) for path in self.modules))
        )
        looked = next(_candidates(module.path, specifier.text))
        message = f"there is no file {looked!r} to import from"
        self.report(problems.MISSING_FILE, module.span(specifier), message, hint)
        return None

    def _exported(self, module: Module, origin: Module, name: ast.Name) -> Symbol | None:
        """Return the symbol that `origin` exports as `name`; None, reported, if it does not."""
        symbol = origin.symbols.get(name.text)
        if symbol is not None and symbol.node.exported:
            return symbol
        if symbol is None:
            exported = (known for known, found in origin.symbols.items() if found.node.exported)
            hint = self.suggest(name.text, exported)
            message = f"{origin.path} does not declare {name.text!r}"
            self.report(problems.NOT_EXPORTED, module.span(name), message, hint)
        else:
            related = (Related(span=symbol.span, message="declared here"),)
            message = f"{name.text!r} is declared in {origin.path}, but not exported"
            self.report(problems.NOT_EXPORTED, module.span(name), message, "put 'export' before it", related)
        return None

    def _overlay(self, module: Module) -> None:
        """Hand the annotate blocks of a file to the symbols that they change."""
        for node in module.tree.declarations:
            if isinstance(node, ast.Annotate) and node.name is None:
                symbol = self.find(module, node.target)
                if symbol is not None:
                    symbol.overlays.append((module, node))


def _extension(name: str) -> str | None:
    """Return a hint where a primitive has an extension of this name: `int` is `number.int`."""
    full = next((known for known in known_primitives() if known.endswith("." + name)), None)
    return f"did you mean {full!r}?" if full else None


def _candidates(importer: str, specifier: str) -> Iterator[str]:
    """Yield the paths that `specifier` may mean in the file `importer`."""
    folder = dirname(importer)
    if specifier.startswith("."):
        yield normpath(join(folder, specifier)) + ".as"
        return
    # As Node does it: the node_modules of the folder, then those of the folders around it.
    while True:
        yield normpath(join(folder, "node_modules", specifier)) + ".as"
        around = dirname(folder)
        if around == folder:
            return
        folder = around


def _relative(importer: str, path: str) -> str:
    """Return how `importer` would name `path` in an import."""
    folder = dirname(importer)
    inside = path.removeprefix(folder + "/") if folder else path
    return "./" + inside.removesuffix(".as")
