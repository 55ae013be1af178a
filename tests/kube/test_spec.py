"""A SchemaSync is read by the same rules from an API server and from a file."""

from typing import Any

import pytest

from schemasync.kube.reading import InvalidSpec, seconds
from schemasync.kube.spec import Item, Mode, Ref, config_map_names, read_object, read_spec

Json = dict[str, Any]


def spec(**changes: object) -> Json:
    return {
        "schema": {"configMaps": [{"name": "shop-schema"}]},
        "database": {"secretRef": {"name": "shop-db"}},
        **changes,
    }


def test_a_spec_of_two_names_has_every_default() -> None:
    read = read_spec(spec())
    assert [source.name for source in read.config_maps] == ["shop-schema"]
    assert (read.space, read.suspend, read.policy.mode) == ("default", False, Mode.APPLY)
    assert (read.database.secret.name, read.database.secret.key) == ("shop-db", None)
    assert (read.database.schema, read.database.role, read.database.connect_timeout) == (None, None, 10)
    assert (read.policy.timeouts.lock, read.policy.timeouts.statement) == (5, 0)
    assert (read.lock.ttl, read.lock.wait_timeout, read.lock.poll_interval) == (30, 60, 0.5)


def test_every_field_is_read() -> None:
    read = read_spec(
        {
            "schema": {
                "configMaps": [{"name": "a", "items": [{"key": "u", "path": "models/user.as"}]}],
                "space": "billing",
            },
            "database": {
                "secretRef": {"name": "s", "key": "dsn"},
                "schema": "app",
                "role": "owner",
                "connectTimeout": "3s",
            },
            "policy": {"mode": "Plan", "lockTimeout": "250ms", "statementTimeout": "1h"},
            "lock": {"ttl": "1m30s", "waitTimeout": "0s", "pollInterval": "1s"},
            "suspend": True,
        }
    )
    assert read.config_maps[0].items == (Item(key="u", path="models/user.as"),)
    assert (read.space, read.database.secret.key, read.policy.mode) == ("billing", "dsn", Mode.PLAN)
    assert (read.database.schema, read.database.role, read.database.connect_timeout) == ("app", "owner", 3)
    assert (read.policy.timeouts.lock, read.policy.timeouts.statement) == (0.25, 3600)
    assert (read.lock.ttl, read.lock.wait_timeout, read.lock.poll_interval) == (90, 0, 1)
    assert read.suspend


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"schema": None}, "spec.schema: is required"),
        ({"schema": {"configMaps": []}}, "spec.schema.configMaps: at least one"),
        ({"schema": {"configMaps": "x"}}, "spec.schema.configMaps: must be a list"),
        ({"schema": {"configMaps": [{}]}}, "spec.schema.configMaps[0].name: is required"),
        ({"schema": {"configMaps": [{"name": "a"}, {"name": "a"}]}}, "named once"),
        ({"schema": {"configMaps": ["a"]}}, "configMaps[0]: must be an object"),
        ({"database": {"secretRef": {"name": 3}}}, "spec.database.secretRef.name: must be a text"),
        ({"database": {"secretRef": {"name": "x" * 254}}}, "of 1 to 253 characters"),
        ({"policy": {"mode": "Maybe"}}, "spec.policy.mode: must be one of Apply, Plan"),
        ({"policy": {"safe": True}}, "spec.policy.safe: is not known to this version"),
        ({"policy": {"lockTimeout": 5}}, "spec.policy.lockTimeout: must be a duration from 100ms to 10m"),
        ({"policy": {"lockTimeout": "soon"}}, "spec.policy.lockTimeout: must be a duration"),
        ({"database": {"secretRef": {"name": "a"}, "connectTimeout": "6m"}}, "from 1s to 5m"),
        ({"lock": {"ttl": "5s", "pollInterval": "2s"}}, "at least three times pollInterval"),
        ({"suspend": "yes"}, "spec.suspend: must be true or false"),
        ({"suspended": True}, "spec.suspended: is not known to this version; did you mean suspend?"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_path(changed: Json, message: str) -> None:
    with pytest.raises(InvalidSpec) as error:
        read_spec(spec(**changed))
    assert message in str(error.value)


@pytest.mark.parametrize("path", ["/a.as", "../a.as", "a/../b.as", "./a.as", "a//b.as", "a.txt", ".as/"])
def test_a_path_of_a_file_stays_in_its_folder_and_ends_in_as(path: str) -> None:
    items = [{"key": "a", "path": path}]
    with pytest.raises(InvalidSpec, match=r"relative path that ends in \.as"):
        read_spec(spec(schema={"configMaps": [{"name": "a", "items": items}]}))


@pytest.mark.parametrize(
    "odd", ["\n", "\x1b", "\x07", "\x7f", "\x9b", "\u202e", "\u2066", "\u2028", "\ud800"]
)
def test_a_path_that_a_terminal_would_act_upon_is_refused(odd: str) -> None:
    items = [{"key": "a", "path": f"a{odd}.as"}]
    with pytest.raises(InvalidSpec, match=r"items\[0\]\.path: must have no control or formatting"):
        read_spec(spec(schema={"configMaps": [{"name": "a", "items": items}]}))


def test_other_letters_and_spaces_are_taken() -> None:
    items = [{"key": "a", "path": "größe\u00a0 1/日本.as"}]
    [source] = read_spec(spec(schema={"configMaps": [{"name": "a", "items": items}]})).config_maps
    assert source.items[0].path == items[0]["path"]


@pytest.mark.parametrize(
    ("text", "expected"), [("500ms", 0.5), ("10s", 10), ("1m30s", 90), ("1h1m1s1ms", 3661.001), ("0s", 0)]
)
def test_a_duration_is_written_as_go_writes_it(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5 s", "1d", "5s\n", "1.5s"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written as"):
        seconds(text)


def test_metadata_is_read_without_complaint_whatever_it_holds() -> None:
    read = read_object(
        {
            "metadata": {
                "namespace": "shop",
                "name": "shop",
                "generation": 3,
                "deletionTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"schemasync.dev/force": "1", "schemasync.dev/take-over": "a/b/c"},
            }
        }
    )
    assert (read.ref, read.generation, read.deleting) == (Ref("shop", "shop"), 3, True)
    assert (read.force, read.take_over) == ("1", "a/b/c")
    assert read_object({}).ref == Ref("", "")


def test_the_config_maps_of_a_broken_object_are_still_known() -> None:
    assert config_map_names({"spec": spec()}) == {"shop-schema"}
    assert config_map_names({"spec": {"schema": {"configMaps": 3}}}) == frozenset()
    assert config_map_names({}) == frozenset()
