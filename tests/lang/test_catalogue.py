"""Every primitive and every annotation that there is, used once."""

from __future__ import annotations

import pytest

from schemasync import compile_schema
from schemasync.lang.catalogue import AnnotationSpec, Parameter, known_annotations, known_primitives

_GROUPS = ("db", "mongo")
_NEVER_STORED = ("never", "phantom")
_VALUES = {"string": "'x'", "number": "1", "boolean": "true", "ref": "Other", "query": "`Other.id = 1`"}
# Problems that one annotation alone must have: those of a database's rules, not of the catalogue.
_CATALOGUE = "AS30"


def _codes(source: str) -> list[str]:
    return [problem.code for problem in compile_schema({"m.as": source}).diagnostics]


def _value(parameter: Parameter) -> str:
    if parameter.values:
        return parameter.values[0] if parameter.type == "number" else f"'{parameter.values[0]}'"
    return "'gi'" if parameter.flags else _VALUES[parameter.type]


def _source(spec: AnnotationSpec, arguments: str) -> str:
    line = f"@{spec.name} {arguments}"
    places = spec.places or {"interface", "prop", "type"}
    lines = {place: line if place in places else "" for place in ("interface", "prop", "type")}
    kind = {"array": "string[]", "number": "number", "boolean": "boolean"}.get(
        min(spec.designs, default=""), "string"
    )
    return f"""
interface Other {{ id: number }}
{lines["type"]}
type Alias = string
{lines["interface"]}
interface One {{
  {lines["prop"]}
  name: {kind}
}}
"""


def test_there_are_as_many_as_in_the_language() -> None:
    assert len(known_annotations()) == 92
    assert len(known_primitives()) == 53


@pytest.mark.parametrize("name", [name for name in known_primitives() if name not in _GROUPS])
def test_every_primitive_can_be_the_type_of_a_column(name: str) -> None:
    compiled = compile_schema({"m.as": f"@db.table 't'\nexport interface T {{ value: {name} }}"})
    assert compiled.diagnostics == ()
    assert compiled.schema is not None
    stored = [field.name for field in compiled.schema.tables[0].fields]
    assert stored == ([] if name in _NEVER_STORED else ["value"])
    for engine in ("postgresql", "mysql", "sqlite", "mongodb"):
        assert compiled.hash(engine)


@pytest.mark.parametrize("spec", known_annotations().values(), ids=lambda spec: spec.name)
def test_every_annotation_is_accepted_where_it_belongs_with_all_its_arguments(spec: AnnotationSpec) -> None:
    arguments = ", ".join(_value(parameter) for parameter in spec.parameters)
    wrong = [
        code for code in _codes(_source(spec, arguments)) if code.startswith(_CATALOGUE) and code != "AS308"
    ]
    assert wrong == []


@pytest.mark.parametrize("spec", known_annotations().values(), ids=lambda spec: spec.name)
def test_every_annotation_counts_its_arguments(spec: AnnotationSpec) -> None:
    too_many = ", ".join(["'x'"] * (len(spec.parameters) + 1))
    assert "AS304" in _codes(_source(spec, too_many))
    assert ("AS303" in _codes(_source(spec, ""))) == (spec.required > 0)


@pytest.mark.parametrize(
    "spec", [spec for spec in known_annotations().values() if spec.places], ids=lambda spec: spec.name
)
def test_every_annotation_that_has_a_place_is_refused_elsewhere(spec: AnnotationSpec) -> None:
    arguments = ", ".join(_value(parameter) for parameter in spec.parameters)
    line = f"@{spec.name} {arguments}"
    elsewhere = {
        "interface": f"{line}\ninterface T {{ a: string }}",
        "prop": f"interface T {{\n{line}\na: string }}",
        "type": f"{line}\ntype T = string",
    }
    for place, source in elsewhere.items():
        assert ("AS302" in _codes("interface Other { id: number }\n" + source)) == (
            place not in (spec.places or ())
        )
