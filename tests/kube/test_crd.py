"""The API server itself takes what is right, fills in what is left out, and says what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from testbed.apiserver import ApiServer
from testbed.deployment import CRD, manifests
from testbed.kubeapi import ApiError, Json
from tests.kube.support import Namespace, condition, schema_sync

DURATION = "as in 500ms, 10s or 1m30s"


def spec(path: str, value: object) -> Callable[[Json], None]:
    """Return a change of one field of a spec."""

    def change(manifest: Json) -> None:
        *parents, last = path.split(".")
        target: dict[str, Any] = manifest["spec"]
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value

    return change


def items(*paths: str) -> Callable[[Json], None]:
    """Return a change to a ConfigMap of keys with these paths."""
    found = [{"key": f"k{index}", "path": path} for index, path in enumerate(paths)]
    return spec("schema.configMaps", [{"name": "a", "items": found}])


def rename(manifest: Json) -> None:
    manifest["metadata"]["name"] = "x" * 64


WRONG: list[tuple[Callable[[Json], None], str]] = [
    (rename, "metadata.name may have at most 63 characters"),
    (spec("schema.configMaps", []), "should have at least 1 items"),
    (spec("schema.configMaps", [{"name": "a"}] * 17), "must have at most 16 items"),
    (spec("schema.configMaps", [{"name": "a"}, {"name": "a"}]), "a ConfigMap may be named once"),
    (spec("schema.configMaps", [{"name": "A b"}]), "must be the name of a ConfigMap"),
    (items("a.as", "a.as"), "two keys may not have one path"),
    (items("../a.as"), "must be a relative path that ends in .as, without . or .. in it"),
    (items("/a.as"), "must be a relative path that ends in .as"),
    (items("a//b.as"), "must be a relative path that ends in .as"),
    (items("a/./b.as"), "must be a relative path that ends in .as"),
    (items("a.txt"), "must be a relative path that ends in .as"),
    (items("a\nb.as"), "must have no control or formatting characters in it"),
    (items("\x1b]0;x\x07.as"), "must have no control or formatting characters in it"),
    (items("a\x9bb.as"), "must have no control or formatting characters in it"),
    (items("a\u202eb.as"), "must have no control or formatting characters in it"),
    (items("a\u2028b.as"), "must have no control or formatting characters in it"),
    (
        spec("schema.configMaps", [{"name": "a", "items": [{"key": "a b", "path": "a.as"}]}]),
        "must be a key of a ConfigMap",
    ),
    (spec("schema.space", "x" * 64), "Too long: may not be more than 63"),
    (spec("database.secretRef", {}), "spec.database.secretRef.name: Required value"),
    (spec("database.secretRef.name", "No_Name"), "must be the name of a Secret"),
    (spec("database.secretRef.key", "no key"), "must be a key of a Secret"),
    (spec("database.schema", "x" * 64), "Too long: may not be more than 63"),
    (spec("schema.space", "a\tb"), "must have no control or formatting characters in it"),
    (spec("database.schema", "a\nb"), "must have no control or formatting characters in it"),
    (spec("database.role", "a\u2066b"), "must have no control or formatting characters in it"),
    (spec("database.role", ""), "should be at least 1 chars long"),
    (spec("database.connectTimeout", "10m"), f"must be a duration from 1s to 5m, {DURATION}"),
    (spec("policy.mode", "Maybe"), 'supported values: "Apply", "Plan"'),
    (spec("policy.lockTimeout", "0s"), f"must be a duration from 100ms to 10m, {DURATION}"),
    (spec("policy.lockTimeout", "five"), f"must be a duration from 100ms to 10m, {DURATION}"),
    (spec("policy.statementTimeout", "25h"), f"must be a duration from 0s to 24h, {DURATION}"),
    (spec("policy.statementTimeout", "999999h999999h"), "must be a duration from 0s to 24h"),
    (spec("lock.ttl", "1s"), f"must be a duration from 5s to 10m, {DURATION}"),
    (spec("lock.waitTimeout", "2h"), f"must be a duration from 0s to 1h, {DURATION}"),
    (spec("lock.pollInterval", "10ms"), f"must be a duration from 100ms to 30s, {DURATION}"),
    (spec("lock", {"ttl": "5s", "pollInterval": "2s"}), "ttl must be at least three times pollInterval"),
    (spec("lock", {"pollInterval": "11s"}), "ttl must be at least three times pollInterval"),
    (spec("suspend", "yes"), ".spec.suspend: expected boolean"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_is_wrong_is_refused_with_a_message_that_helps(
    namespace: Namespace, change: Callable[[Json], None], message: str
) -> None:
    manifest = schema_sync()
    change(manifest)
    with pytest.raises(ApiError) as error:
        namespace.apply(manifest)
    assert message in str(error.value)


def test_what_is_left_out_is_filled_in(namespace: Namespace) -> None:
    manifest = schema_sync()
    del manifest["spec"]["lock"]
    made = namespace.apply(manifest)["spec"]
    assert made["schema"]["space"] == "default"
    assert made["database"]["connectTimeout"] == "10s"
    assert made["policy"] == {"mode": "Apply", "lockTimeout": "5s", "statementTimeout": "0s"}
    assert made["lock"] == {"ttl": "30s", "waitTimeout": "60s", "pollInterval": "500ms"}
    assert made["suspend"] is False


def test_everything_that_can_be_said_is_taken(namespace: Namespace) -> None:
    manifest = schema_sync()
    for change in (
        items("models/user.as", "größe 1.as"),
        spec("schema.space", "billing"),
        spec("database.schema", "app"),
        spec("database.role", "owner"),
        spec("database.connectTimeout", "1m30s"),
        spec("policy", {"mode": "Plan", "lockTimeout": "250ms", "statementTimeout": "24h"}),
        spec("lock", {"ttl": "10m", "waitTimeout": "0s", "pollInterval": "30s"}),
        spec("suspend", value=True),
    ):
        change(manifest)
    assert namespace.apply(manifest)["spec"] == manifest["spec"]


def test_a_field_that_does_not_exist_is_refused_when_asked_to_be(namespace: Namespace) -> None:
    manifest = schema_sync(policy={"saef": True})
    with pytest.raises(ApiError, match="saef"):
        namespace.apply(manifest)


def test_the_resource_is_structural_and_kept_as_written(apiserver: ApiServer, namespace: Namespace) -> None:
    del namespace
    [crd] = manifests(CRD)
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd['metadata']['name']}"
    conditions = {
        found["type"]: found["status"]
        for found in apiserver.client.request("GET", path)["status"]["conditions"]
    }
    assert conditions["Established"] == "True"
    assert conditions["NamesAccepted"] == "True"
    assert "NonStructuralSchema" not in conditions


def test_a_new_object_has_no_conditions_until_an_operator_looks(namespace: Namespace) -> None:
    assert condition(namespace.apply(schema_sync()), "Ready") == {}


def _described(schema: Json, path: str) -> list[str]:
    """Return the paths of fields that have no description, and of lists and texts without a bound."""
    kind, wrong = schema.get("type"), []
    bound = {"string": "maxLength", "array": "maxItems"}.get(str(kind))
    if bound and bound not in schema:
        wrong.append(f"{path}: {bound}")
    for name, inner in schema.get("properties", {}).items():
        if "description" not in inner and f"{path}.{name}" != ".metadata":
            wrong.append(f"{path}.{name}: description")
        wrong += _described(inner, f"{path}.{name}")
    if "items" in schema:
        wrong += _described(schema["items"], f"{path}[]")
    return wrong


def test_every_field_is_described_and_every_list_and_text_is_bounded() -> None:
    [crd] = manifests(CRD)
    [version] = crd["spec"]["versions"]
    assert _described(version["schema"]["openAPIV3Schema"], "") == []
