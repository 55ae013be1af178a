"""Each annotation against the catalogue, each name in a type: what can be told without a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from schemasync.errors import Related
from schemasync.lang import ast, problems
from schemasync.lang.catalogue import RESERVED, AnnotationSpec, Parameter, known_annotations
from schemasync.lang.regex import check_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemasync.lang.problems import Problem
    from schemasync.lang.scope import Module
    from schemasync.lang.types import Types

_FLAGS: Final = re.compile(r"g?i?m?s?u?y?")
# Annotations whose numbers are whole, with the least and the most that each argument may be:
# what a 32-bit length holds, the precision of the most generous database, what a number counts exactly.
_LENGTHS: Final = (0, 2**31 - 1)
_EXACT: Final = 2**53
_WHOLE: Final = {
    "expect.minLength": (_LENGTHS,),
    "expect.maxLength": (_LENGTHS,),
    "db.depth.limit": (_LENGTHS,),
    "db.column.precision": ((1, 1000), (0, 1000)),
    "db.default.increment": ((-_EXACT, _EXACT),),
    "db.mongo.capped": ((1, _EXACT), (1, _EXACT)),
}
_NAMED: Final = {
    "interface": "an interface",
    "type": "a type",
    "prop": "a prop",
    "annotate": "an annotate block",
}
_KINDS: Final = {
    "string": "a string",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "undefined": "undefined",
    "ref": "a reference",
    "query": "a query in backticks",
}
_PLACES: Final = {ast.Interface: "interface", ast.Alias: "type", ast.Annotate: "annotate"}


def check_annotations(types: Types) -> None:
    """Report what is wrong with the annotations and type names of every file."""
    for module in types.scope.modules.values():
        checker = _Checker(types, module)
        for node in module.tree.declarations:
            checker.declaration(node)


class _Checker:
    """Checks one file."""

    def __init__(self, types: Types, module: Module) -> None:
        self.types = types
        self.scope = types.scope
        self.module = module
        self.specs = known_annotations()

    def declaration(self, node: ast.Declaration) -> None:
        """Check a statement and all that is in it."""
        if node.annotations:
            self.annotations(node.annotations, _PLACES[type(node)])
        if isinstance(node, ast.Interface):
            self.object_(node.body)
        elif isinstance(node, ast.Alias):
            self.type_(node.type)
        else:
            self.block(node)

    def block(self, node: ast.Annotate) -> None:
        """Check an annotate block: its target must have the props that it names."""
        again: dict[tuple[str, ...], dict[str, list[ast.Annotation]]] = {}
        for entry in node.entries:
            path = tuple(name.text for name in entry.path)
            self.annotations(entry.annotations, "prop", again.setdefault(path, {}))
        symbol = self.scope.find(self.module, node.target)
        if symbol is None:
            return
        if self.types.object_members(symbol) is None:
            if node.entries and self.types.named(symbol).design != "broken":
                message = f"{node.target.text!r} has no props to annotate"
                self.scope.report(problems.NOT_AN_INTERFACE, self.module.span(node.target), message)
            return
        for entry in node.entries:
            self.types.follow(self.module, symbol, list(entry.path))

    def object_(self, node: ast.Object) -> None:
        """Check the props between two braces."""
        seen: dict[str, ast.Prop] = {}
        for prop in node.props:
            if prop.annotations:
                self.annotations(prop.annotations, "prop")
            self.type_(prop.type)
            first = seen.setdefault(prop.name.text, prop)
            if first is not prop and not prop.pattern:
                related = (Related(span=self.module.span(first.name), message="declared here first"),)
                message = f"{prop.name.text!r} is declared twice"
                self.scope.report(
                    problems.DUPLICATE_PROP, self.module.span(prop.name), message, related=related
                )

    def type_(self, node: ast.Type) -> None:
        """Check the names in a type."""
        if isinstance(node, ast.Reference):
            self.types.check_reference(self.module, node)
        elif isinstance(node, ast.Object):
            self.object_(node)
        elif isinstance(node, ast.Array):
            self.type_(node.item)
        elif isinstance(node, ast.Group):
            for item in node.items:
                self.type_(item)
            if node.op == "intersection":
                self.types.shape(self.module, node)

    def annotations(
        self,
        nodes: Iterable[ast.Annotation],
        place: str,
        before: dict[str, list[ast.Annotation]] | None = None,
    ) -> None:
        """Check the annotations that stand at one place; `before` are those seen there, by name."""
        seen: dict[str, list[ast.Annotation]] = {} if before is None else before
        for node in nodes:
            spec = self.specs.get(node.name)
            if spec is None:
                self.unknown(node)
                continue
            same = seen.setdefault(node.name, [])
            same.append(node)
            if len(same) > 1 and not spec.repeatable:
                self.repeated(same)
            if spec.places is not None and place not in spec.places:
                places = " or ".join(_NAMED[kind] for kind in sorted(spec.places))
                self.report(
                    problems.WRONG_PLACE,
                    node,
                    f"@{node.name} belongs before {places}, not before {_NAMED[place]}",
                )
            if not node.broken:
                self.arguments(node, spec)

    def unknown(self, node: ast.Annotation) -> None:
        """Report an unknown name, if it is in a namespace that is fixed."""
        if node.name.split(".", 1)[0] in RESERVED:
            hint = self.scope.suggest(node.name, self.specs)
            self.report(problems.UNKNOWN_ANNOTATION, node, f"there is no annotation @{node.name}", hint)

    def repeated(self, same: list[ast.Annotation]) -> None:
        """Report an annotation that stands once more at one place, and with the second one the first."""
        message = f"@{same[0].name} can stand once"
        pairs = [(same[-1], same[0])]
        if len(same) == 2:  # noqa: PLR2004 - the second one
            pairs.append((same[0], same[1]))
        for here, other in pairs:
            related = (Related(span=other.span, message="the other one"),)
            self.scope.report(problems.REPEATED, here.span, message, related=related)

    def arguments(self, node: ast.Annotation, spec: AnnotationSpec) -> None:
        """Check the arguments of an annotation."""
        given = len(node.args)
        if given < spec.required:
            missing = spec.parameters[given]
            message = f"@{node.name} needs an argument: {missing.name} ({_KINDS[missing.type]})"
            self.report(problems.MISSING_ARGUMENT, node, message)
        if given > len(spec.parameters):
            extra = node.args[len(spec.parameters)]
            count = len(spec.parameters)
            takes = "no argument" if count == 0 else "one argument" if count == 1 else f"{count} arguments"
            self.at(problems.TOO_MANY_ARGUMENTS, extra, f"@{node.name} takes {takes}")
        for position, (value, parameter) in enumerate(zip(node.args, spec.parameters, strict=False)):
            self.argument(node, value, parameter, position)

    def argument(self, node: ast.Annotation, value: ast.Value, parameter: Parameter, position: int) -> None:
        """Check one argument."""
        if value.kind != parameter.type:
            message = f"expected {_KINDS[parameter.type]} for {parameter.name}, found {_KINDS[value.kind]}"
            self.at(problems.WRONG_ARGUMENT, value, message)
        elif parameter.values and value.value not in parameter.values:
            allowed = ", ".join(parameter.values)
            hint = self.scope.suggest(str(value.value), parameter.values)
            self.at(problems.WRONG_VALUE, value, f"{parameter.name} is one of {allowed}", hint)
        elif parameter.flags and not _FLAGS.fullmatch(str(value.value)):
            self.at(problems.WRONG_VALUE, value, "flags are some of g, i, m, s, u, y, in this order")
        elif isinstance(value.value, ast.Reference):
            self.reference(value.value)
        elif parameter.type == "number" and node.name in _WHOLE:
            self.whole(node, value, position)
        elif node.name == "expect.pattern" and position == 0:
            wrong = check_body(str(value.value), _flags(node))
            if wrong:
                self.at(problems.BAD_REGEX, value, f"this regular expression cannot be used: {wrong}")

    def whole(self, node: ast.Annotation, value: ast.Value, position: int) -> None:
        """Check a number that must be whole, neither too small nor too large."""
        least, most = _WHOLE[node.name][position]
        number = float(str(value.value))
        if not (number.is_integer() and least <= number <= most):
            self.at(problems.ARGUMENT_RANGE, value, f"expected a whole number from {least} to {most}")
        elif node.name == "db.column.precision" and position == 1 and number > (node.number(0) or number):
            self.at(problems.ARGUMENT_RANGE, value, "the scale cannot be larger than the precision")

    def reference(self, reference: ast.Reference) -> None:
        """Check an argument that names a table or a view."""
        head, *rest = reference.parts()
        symbol = self.scope.find(self.module, head)
        if symbol is not None and rest:
            message = f"expected the name of an interface, without {rest[0].text!r}"
            self.scope.report(problems.WRONG_ARGUMENT, self.module.span(reference), message)

    def report(self, problem: Problem, node: ast.Annotation, message: str, hint: str | None = None) -> None:
        """Report a problem at the name of an annotation."""
        self.scope.report(problem, node.span, message, hint)

    def at(self, problem: Problem, value: ast.Value, message: str, hint: str | None = None) -> None:
        """Report a problem at an argument."""
        self.scope.report(problem, self.module.span(value), message, hint)


def _flags(pattern: ast.Annotation) -> str:
    """Return the flags of a regular expression; none if they are not flags, which is reported there."""
    flags = str(pattern.args[1].value) if len(pattern.args) > 1 else ""
    return flags if _FLAGS.fullmatch(flags) else ""
