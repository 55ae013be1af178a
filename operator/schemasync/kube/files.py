"""A cluster out of manifests in files: what is applied, and a status that lives in memory."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from schemasync.kube.cluster import ConfigMap, Conflict, Event, Gone
from schemasync.kube.manifest import ManifestInvalid, documents_of
from schemasync.kube.spec import API_VERSION, KIND, Ref

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
# What UTF-8 cannot hold.
_LONE = re.compile("[\ud800-\udfff]")
DEFAULT_NAMESPACE = "default"
KINDS = {(API_VERSION, KIND), ("v1", "ConfigMap"), ("v1", "Secret")}

Body = dict[str, object]


class FilesCluster:
    """The objects of some manifests: SchemaSyncs, ConfigMaps and Secrets; all others are ignored."""

    def __init__(self, documents: Iterable[tuple[str, object]], *, name: str = "local") -> None:
        """Take documents with the places they came from, for messages. Raises ManifestInvalid."""
        self.name = name
        self.events: list[tuple[Ref, Event]] = []
        self._objects: dict[tuple[str, Ref], Body] = {}
        self._version = 0
        for place, document in documents:
            for body in _objects(place, document):
                self._add(place, body)

    @classmethod
    def load(cls, paths: Iterable[Path], *, name: str = "local") -> FilesCluster:
        """Read files, and of directories those that are YAML or JSON. Raises ManifestInvalid."""
        return cls((document for path in paths for document in _documents(path)), name=name)

    @property
    def refs(self) -> list[Ref]:
        """The SchemaSyncs, in the order of the files."""
        return [ref for kind, ref in self._objects if kind == KIND]

    def schema_sync(self, ref: Ref) -> Mapping[str, object] | None:
        """Return a SchemaSync as it is now, or None."""
        return self._objects.get((KIND, ref))

    def exists(self, ref: Ref) -> bool:
        """Return True: files are a part of what there is, so no owner is known to be gone."""
        del ref
        return True

    def config_map(self, ref: Ref) -> ConfigMap | None:
        """Return a ConfigMap, or None."""
        body = self._objects.get(("ConfigMap", ref))
        if body is None:
            return None
        place = f"ConfigMap {ref}"
        files = _encoded(_entries(body, "binaryData", place), place) | _plain(_entries(body, "data", place))
        return ConfigMap(version=_version(body), files=files)

    def secret(self, ref: Ref) -> Mapping[str, bytes] | None:
        """Return a Secret's data, decoded, or None."""
        body = self._objects.get(("Secret", ref))
        if body is None:
            return None
        place = f"Secret {ref}"
        return _encoded(_entries(body, "data", place), place) | _plain(_entries(body, "stringData", place))

    def patch_status(self, ref: Ref, patch: Mapping[str, object], version: str) -> Mapping[str, object]:
        """Merge a patch into the status of the object as read at `version`; return the object."""
        body = self._objects.get((KIND, ref))
        if body is None:
            raise Gone(f"{KIND} {ref} is gone")
        if _version(body) != version:
            raise Conflict(f"{KIND} {ref} has changed")
        status = body.get("status")
        patched = {**body, "status": _merged(status if isinstance(status, dict) else {}, patch)}
        return self._store(ref, patched)

    def emit(self, ref: Ref, uid: str, event: Event) -> None:
        """Keep the event in `events`."""
        del uid
        self.events.append((ref, event))

    def _add(self, place: str, body: Body) -> None:
        if (body.get("apiVersion"), body.get("kind")) not in KINDS:
            return
        metadata = body.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if not isinstance(metadata, dict) or not isinstance(name, str):
            raise ManifestInvalid(f"{place}: a {body['kind']} has no metadata.name")
        namespace = metadata.get("namespace") or DEFAULT_NAMESPACE
        if (
            not isinstance(namespace, str)
            or not f"{namespace}{name}".isprintable()
            or "/" in namespace + name
        ):
            raise ManifestInvalid(
                f"{place}: the name and the namespace of a {body['kind']} are texts without '/' and "
                "control characters"
            )
        ref = Ref(namespace, name)
        if (str(body["kind"]), ref) in self._objects:
            raise ManifestInvalid(f"{place}: {body['kind']} {ref} is there twice")
        for section in ("data", "stringData", "binaryData"):
            _entries(body, section, f"{place}: {body['kind']} {ref}")
        if body["kind"] == "Secret":
            _encoded(_entries(body, "data", ""), f"{place}: Secret {ref}")
        body = {key: value for key, value in body.items() if key != "status"}
        body["metadata"] = {**metadata, "namespace": ref.namespace, "generation": 1, "uid": f"file:{ref}"}
        self._store(ref, body)

    def _store(self, ref: Ref, body: Body) -> Body:
        self._version += 1
        metadata = body["metadata"]
        fixed = metadata if isinstance(metadata, dict) else {}
        stored = {**body, "metadata": {**fixed, "resourceVersion": str(self._version)}}
        self._objects[str(body["kind"]), ref] = stored
        return stored


def _documents(path: Path) -> Iterator[tuple[str, object]]:
    """Yield the documents of a file, or of those in a directory by name, with their places."""
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.suffix in SUFFIXES and inner.is_file():
                yield from _documents(inner)
        return
    if path.exists() and not path.is_file():
        raise ManifestInvalid(f"{path}: is neither a file nor a directory")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestInvalid(f"{path}: cannot be read: {error.strerror}") from None
    for document in documents_of(content, str(path)):
        yield str(path), document


def _objects(place: str, document: object) -> Iterator[Body]:
    """Yield the objects of one document: itself, or a List's items."""
    if document is None:
        return
    if not isinstance(document, dict):
        raise ManifestInvalid(f"{place}: a document is no Kubernetes object")
    kind, version, items = (document.get(name) for name in ("kind", "apiVersion", "items"))
    if not all(isinstance(text, str) for text in (kind, version) if text is not None):
        raise ManifestInvalid(f"{place}: kind and apiVersion must be texts")
    if kind != "List":
        yield document
    elif not isinstance(items or [], list):
        raise ManifestInvalid(f"{place}: the items of a List must be a list")
    else:
        for item in items or []:
            yield from _objects(place, item)


def _entries(body: Mapping[str, object], section: str, place: str) -> dict[str, str]:
    entries = body.get(section)
    if entries is None:
        return {}
    if not isinstance(entries, dict) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in entries.items()
    ):
        raise ManifestInvalid(f"{place}: {section} must map texts to texts; quote numbers")
    if any(_LONE.search(text) for entry in entries.items() for text in entry):
        raise ManifestInvalid(f"{place}: {section} has half a character of UTF-16 (\\ud800 to \\udfff)")
    return entries


def _plain(entries: Mapping[str, str]) -> dict[str, bytes]:
    return {key: value.encode() for key, value in entries.items()}


def _encoded(entries: Mapping[str, str], place: str) -> dict[str, bytes]:
    try:
        return {
            key: base64.b64decode("".join(value.split()), validate=True) for key, value in entries.items()
        }
    except (binascii.Error, ValueError):
        raise ManifestInvalid(f"{place}: a value is not base64; plain text belongs in stringData") from None


def _merged(value: Mapping[str, object], patch: Mapping[str, object]) -> Body:
    """Return a JSON merge patch (RFC 7386) applied."""
    merged = dict(value)
    for key, wanted in patch.items():
        if wanted is None:
            merged.pop(key, None)
        elif isinstance(wanted, Mapping):
            before = merged.get(key)
            merged[key] = _merged(before if isinstance(before, Mapping) else {}, wanted)
        else:
            merged[key] = wanted
    return merged


def _version(body: Mapping[str, object]) -> str:
    metadata = body.get("metadata")
    return str(metadata.get("resourceVersion")) if isinstance(metadata, Mapping) else ""
