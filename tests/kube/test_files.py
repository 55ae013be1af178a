"""Manifests in files are a cluster like any other, but for what they may hold wrongly."""

import base64
import os
import re
from pathlib import Path
from typing import Any

import pytest

from schemasync.kube.cluster import Conflict, Event, Gone
from schemasync.kube.files import FilesCluster
from schemasync.kube.manifest import ManifestInvalid
from schemasync.kube.spec import Ref
from tests.kube.support import schema_sync

SHOP = Ref("default", "shop")


def manifest(kind: str, name: str = "a", **fields: object) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **fields}


def cluster(*documents: object) -> FilesCluster:
    return FilesCluster(("m.yaml", document) for document in documents)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def test_files_and_folders_are_read_and_other_kinds_ignored(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "kind: Deployment\n---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    )
    (tmp_path / "a.json").write_text(
        '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "n"}}'
    )
    (tmp_path / "notes.txt").write_text("{")
    loaded = FilesCluster.load([tmp_path])
    found = loaded.config_map(Ref("default", "x"))
    assert found is not None
    assert found.files == {}
    assert loaded.secret(Ref("n", "x")) == {}
    assert loaded.refs == []


def test_a_list_is_its_items() -> None:
    made = cluster({"apiVersion": "v1", "kind": "List", "items": [schema_sync(), manifest("ConfigMap")]})
    assert made.refs == [SHOP]
    assert made.config_map(Ref("default", "a")) is not None


def test_a_config_map_holds_texts_and_bytes() -> None:
    made = cluster(manifest("ConfigMap", data={"a.as": "é"}, binaryData={"b.as": encoded(b"\x00\xff")}))
    found = made.config_map(Ref("default", "a"))
    assert found is not None
    assert found.files == {"a.as": "é".encode(), "b.as": b"\x00\xff"}


def test_plain_text_of_a_secret_comes_before_what_is_encoded() -> None:
    made = cluster(
        manifest("Secret", data={"url": encoded(b"old"), "x": encoded(b"y")}, stringData={"url": "new"})
    )
    assert made.secret(Ref("default", "a")) == {"url": b"new", "x": b"y"}


def test_what_is_not_there_is_none() -> None:
    made = cluster()
    assert (made.schema_sync(SHOP), made.config_map(SHOP), made.secret(SHOP)) == (None, None, None)


def test_a_status_in_a_file_is_not_believed() -> None:
    made = cluster({**schema_sync(), "status": {"phase": "Synced"}})
    assert "status" not in (made.schema_sync(SHOP) or {})


def test_a_status_is_patched_as_an_api_server_does() -> None:
    made = cluster(schema_sync())
    body: Any = made.schema_sync(SHOP)
    body = made.patch_status(SHOP, {"a": {"b": 1, "c": 2}, "l": [1]}, body["metadata"]["resourceVersion"])
    body = made.patch_status(SHOP, {"a": {"b": None}, "l": [2]}, body["metadata"]["resourceVersion"])
    assert body["status"] == {"a": {"c": 2}, "l": [2]}
    with pytest.raises(Conflict):
        made.patch_status(SHOP, {}, "1")
    with pytest.raises(Gone):
        made.patch_status(Ref("default", "other"), {}, "1")


def test_events_are_kept() -> None:
    made = cluster(schema_sync())
    event = Event(reason="SyncDone", message="done")
    made.emit(SHOP, "uid", event)
    assert made.events == [(SHOP, event)]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (["s3cr3t"], "m.yaml: a document is no Kubernetes object"),
        ([manifest("ConfigMap", name="") | {"metadata": {}}], "m.yaml: a ConfigMap has no metadata.name"),
        ([schema_sync(), schema_sync()], "m.yaml: SchemaSync default/shop is there twice"),
        ([manifest("ConfigMap", data={"a": 1})], "ConfigMap default/a: data must map texts to texts"),
        ([manifest("Secret", data={"a": "s3cr3t!"})], "Secret default/a: a value is not base64"),
        ([manifest("Secret", stringData=["s3cr3t"])], "stringData must map texts to texts"),
    ],
)
def test_what_is_no_manifest_is_refused_without_being_quoted(documents: list[object], message: str) -> None:
    with pytest.raises(ManifestInvalid) as error:
        cluster(*documents)
    assert message in str(error.value)
    assert "s3cr3t" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a: [s3cr3t\nb: }", "m.yaml:2:2: is not YAML"), (b"\xff s3cr3t", "it is not UTF-8 text")],
)
def test_a_file_that_is_no_yaml_is_told_by_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    with pytest.raises(ManifestInvalid) as error:
        FilesCluster.load([path])
    assert message in str(error.value)
    assert "s3cr3t" not in str(error.value)


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestInvalid, match="No such file"):
        FilesCluster.load([tmp_path / "none.yaml"])


ALIASES_OF_ALIASES = "a: &a0 [1, 1]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: &a [*a]\n", ":1:8: has an alias inside of what it stands for"),
        ("a: &a\n  <<: *a\n", ":2:7: has an alias inside of what it stands for"),
        ("[" * 20_000, ":1:101: is nested deeper than 100"),
        ("- " * 20_000, ":1:201: is nested deeper than 100"),
        (ALIASES_OF_ALIASES, ":7:20: has aliases that stand for too much"),
        (
            f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 20)}]\n",
            ":2:41: has aliases that stand for too much",
        ),
        ("a: *b\n", ":1:4: is not YAML"),
        ("? [a]\n: 1\n", ":1:3: is not YAML"),
        ("a: \1\n", ": is not YAML"),
        ("a: !!int hidden\n", ": has a value that is not of its type"),
        ("a: !!bool hidden\n", ": has a value that is not of its type"),
    ],
)
def test_yaml_that_is_broken_or_would_not_end_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(content)
    with pytest.raises(ManifestInvalid) as refused:
        FilesCluster.load([path])
    assert str(refused.value) == f"{path}{message}"


def test_aliases_are_what_they_stand_for_in_each_document(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    document = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, labels: &all {x: y}, annotations: *all}\n"
    )
    path.write_text("---\n".join(document.replace("NAME", f"m{each}") for each in range(100)))
    loaded = FilesCluster.load([path])
    assert loaded.config_map(Ref("default", "m99")) is not None


def test_a_time_without_quotes_is_the_text_that_it_is_in_a_cluster(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a.as: 2026-01-31}\n")
    found = FilesCluster.load([path]).config_map(Ref("default", "a"))
    assert found is not None
    assert found.files == {"a.as": b"2026-01-31"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "List", "items": 5}, "the items of a List must be a list"),
        ({"kind": [], "apiVersion": []}, "kind and apiVersion must be texts"),
        ({"kind": {"a": "b"}}, "kind and apiVersion must be texts"),
        (manifest("ConfigMap", "a\x1b[31m\n/../b"), "the name and the namespace of a ConfigMap"),
        (
            {**manifest("ConfigMap"), "metadata": {"name": "a", "namespace": [1, 2]}},
            "the name and the namespace",
        ),
        (
            manifest("ConfigMap", data={"m.as": "\ud800"}),
            "ConfigMap default/a: data has half a character of UTF-16",
        ),
    ],
)
def test_what_no_api_server_would_take_is_refused(document: object, message: str) -> None:
    with pytest.raises(ManifestInvalid, match=re.escape(f"m.yaml: {message}")):
        cluster(document).config_map(Ref("default", "a"))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ManifestInvalid, match="neither a file nor a directory"):
        FilesCluster.load([tmp_path / "pipe.yaml"])
