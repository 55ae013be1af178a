"""An event counts only where it tells of something that was not read before."""

from typing import Any

import pytest

from schemasync.kube.interest import Interest
from schemasync.kube.spec import Ref

SHOP = Ref("shop", "shop")
FILES = Ref("shop", "files")


def body(**metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"uid": "1", "generation": 1, **metadata},
        "spec": {"schema": {"configMaps": [{"name": "files"}]}},
    }


@pytest.fixture
def interest() -> Interest:
    made = Interest()
    assert made.changed(SHOP, body())
    made.told(SHOP, body())
    made.read_object(SHOP, body())
    return made


def test_what_was_read_is_no_news(interest: Interest) -> None:
    assert not interest.changed(SHOP, body(resourceVersion="2", annotations={"other.dev/x": "1"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"generation": 2},
        {"uid": "2"},
        {"deletionTimestamp": "2026-01-01T00:00:00Z"},
        {"annotations": {"schemasync.dev/force": "1"}},
    ],
)
def test_what_a_reconcile_depends_on_is_news(interest: Interest, changed: dict[str, object]) -> None:
    assert interest.changed(SHOP, body(**changed))


def test_a_config_map_that_nobody_refers_to_concerns_nobody(interest: Interest) -> None:
    assert interest.users(Ref("shop", "other")) == []
    assert interest.users(Ref("elsewhere", "files")) == []


def test_a_config_map_concerns_those_who_have_not_read_that_version(interest: Interest) -> None:
    other = Ref("shop", "other")
    interest.told(other, body(uid="2"))
    interest.read_config_map(SHOP, "files", "7")
    assert interest.users(FILES) == [SHOP, other]
    assert [interest.stale(ref, "files", "7") for ref in (SHOP, other)] == [False, True]
    assert interest.stale(SHOP, "files", "8")


def test_a_config_map_that_is_deleted_concerns_those_who_had_read_it(interest: Interest) -> None:
    interest.read_config_map(SHOP, "files", "7")
    assert interest.stale(SHOP, "files", None)
    interest.read_config_map(SHOP, "files", None)
    assert not interest.stale(SHOP, "files", None)


def test_what_is_gone_is_forgotten(interest: Interest) -> None:
    interest.read_config_map(SHOP, "files", "7")
    interest.forget(SHOP)
    assert interest.users(FILES) == []
    assert interest.stale(SHOP, "files", "7")
    assert interest.changed(SHOP, body())
