"""From a SchemaSync's ConfigMaps to the files that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemasync.errors import SchemaSyncError
from schemasync.kube.cluster import Cluster, ConfigMap
from schemasync.kube.spec import ConfigMapSource, Ref

EXTENSION = ".as"


class FilesInvalid(SchemaSyncError):
    """The ConfigMaps do not give a set of files."""

    reason = "FilesInvalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Files by path, and the resourceVersion of each ConfigMap that they came from."""

    files: Mapping[str, bytes]
    versions: Mapping[str, str]


def gather(cluster: Cluster, namespace: str, sources: Sequence[ConfigMapSource]) -> Gathered:
    """Read the ConfigMaps and merge their files.

    Raises FilesInvalid where one or a key of it is missing, where two files have one path, and
    where there is no file at all.
    """
    found = [(source, _read(cluster, Ref(namespace, source.name))) for source in sources]
    files: dict[str, bytes] = {}
    for source, config_map in found:
        for path, content in _files(source, config_map, namespace):
            if path in files:
                raise FilesInvalid(
                    f"ConfigMap {Ref(namespace, source.name)}: the file {path} is in another one as well",
                    reason="DuplicateFile",
                )
            files[path] = content
    if not files:
        names = _listed(source.name for source in sources)
        raise FilesInvalid(f"no key of {names} ends in {EXTENSION}; add schema files", reason="NoFiles")
    return Gathered(files=files, versions={source.name: found.version for source, found in found})


def _read(cluster: Cluster, ref: Ref) -> ConfigMap:
    config_map = cluster.config_map(ref)
    if config_map is None:
        raise FilesInvalid(
            f"ConfigMap {ref} does not exist; it is looked for again", reason="ConfigMapNotFound"
        )
    return config_map


def _files(source: ConfigMapSource, config_map: ConfigMap, namespace: str) -> Iterator[tuple[str, bytes]]:
    if not source.items:
        yield from ((key, data) for key, data in config_map.files.items() if key.endswith(EXTENSION))
    for item in source.items:
        if item.key not in config_map.files:
            raise FilesInvalid(
                f"ConfigMap {Ref(namespace, source.name)} has no key {item.key}",
                reason="ConfigMapKeyNotFound",
            )
        yield item.path, config_map.files[item.key]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"ConfigMap {name}" for name in names)
