"""What a SchemaSync asks for, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemasync.engines.base import Timeouts
from schemasync.kube.reading import Fields, InvalidSpec

GROUP = "schemasync.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "SchemaSync"
PLURAL = "schemasyncs"

FORCE = f"{GROUP}/force"
TAKE_OVER = f"{GROUP}/take-over"

# What the status remembers of their values.
LONGEST_HANDLED = 1024


class Ref(NamedTuple):
    """A namespaced object's name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `namespace/name`."""
        return f"{self.namespace}/{self.name}"


class Mode(StrEnum):
    """Whether changes are applied or only shown."""

    APPLY = "Apply"
    PLAN = "Plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A ConfigMap's key, and the path of the file that it is."""

    key: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMapSource:
    """A ConfigMap that holds files; without `items` every key that ends in .as is one."""

    name: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where the database's address and login are; without `key` the usual keys are looked for."""

    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSpec:
    """The database; `connect_timeout` in seconds."""

    secret: SecretRef
    schema: str | None
    role: str | None
    connect_timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be done, and how long one statement may take."""

    mode: Mode
    timeouts: Timeouts


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSpec:
    """The control table's lock, all in seconds."""

    ttl: float
    wait_timeout: float
    poll_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A SchemaSync's spec, with every default filled in."""

    config_maps: tuple[ConfigMapSource, ...]
    space: str
    database: DatabaseSpec
    policy: Policy
    lock: LockSpec
    suspend: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSync:
    """The object around the spec, as far as a reconcile needs it.

    `version` is its resourceVersion, `force` and `take_over` are the annotations' values, `annotations`
    all that are ours.
    """

    ref: Ref
    uid: str
    version: str
    generation: int
    deleting: bool
    force: str | None
    take_over: str | None
    status: Mapping[str, object]
    spec: object
    annotations: Mapping[str, object]

    @property
    def asks(self) -> tuple[object, ...]:
        """What somebody asks for by this object: another value is another thing to do."""
        return (self.generation, self.deleting, self.annotations)


def read_object(body: Mapping[str, object]) -> SchemaSync:
    """Read an object's metadata and status; its spec is read by `read_spec`, which may complain."""
    metadata = _mapping(body.get("metadata"))
    annotations = _mapping(metadata.get("annotations"))
    return SchemaSync(
        ref=Ref(_text(metadata.get("namespace")), _text(metadata.get("name"))),
        uid=_text(metadata.get("uid")),
        version=_text(metadata.get("resourceVersion")),
        generation=generation if isinstance(generation := metadata.get("generation"), int) else 0,
        deleting=metadata.get("deletionTimestamp") is not None,
        force=_text(annotations.get(FORCE))[:LONGEST_HANDLED] or None,
        take_over=_text(annotations.get(TAKE_OVER))[:LONGEST_HANDLED] or None,
        status=_mapping(body.get("status")),
        spec=body.get("spec"),
        annotations={key: value for key, value in annotations.items() if str(key).startswith(f"{GROUP}/")},
    )


def check_annotations(subject: SchemaSync) -> None:
    """Raise InvalidSpec for an annotation of ours that is no text, as a file may have it."""
    for key, value in subject.annotations.items():
        if not isinstance(value, str):
            raise InvalidSpec(f"metadata.annotations.{key}: must be a text: put it in quotes")


def read_spec(value: object) -> Spec:
    """Read a spec. Raises InvalidSpec, which names the field."""
    fields = Fields(value, "spec")
    schema = fields.section("schema", required=True)
    spec = Spec(
        config_maps=_config_maps(schema),
        space=schema.text("space", longest=63) or "default",
        database=_database(fields.section("database", required=True)),
        policy=_policy(fields.section("policy")),
        lock=_lock(fields.section("lock")),
        suspend=fields.flag("suspend"),
    )
    schema.done()
    fields.done()
    return spec


def config_map_names(body: Mapping[str, object]) -> frozenset[str]:
    """Return the names of the ConfigMaps that an object refers to, whatever else may be wrong with it."""
    schema = _mapping(_mapping(body.get("spec")).get("schema"))
    sources = schema.get("configMaps")
    if not isinstance(sources, Iterable):
        return frozenset()
    return frozenset(_text(_mapping(source).get("name")) for source in sources)


def _config_maps(schema: Fields) -> tuple[ConfigMapSource, ...]:
    sources = tuple(_config_map(fields) for fields in schema.sections("configMaps"))
    if not sources:
        raise InvalidSpec(f"{schema.at('configMaps')}: at least one ConfigMap must be named")
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise InvalidSpec(f"{schema.at('configMaps')}: a ConfigMap may be named once")
    return sources


def _config_map(fields: Fields) -> ConfigMapSource:
    items = tuple(_item(item) for item in fields.sections("items"))
    paths = {item.path for item in items}
    if len(paths) < len(items):
        raise InvalidSpec(f"{fields.at('items')}: two keys have one path")
    source = ConfigMapSource(name=fields.required("name"), items=items)
    fields.done()
    return source


def _item(fields: Fields) -> Item:
    item = Item(key=fields.required("key"), path=fields.required("path"))
    parts = item.path.split("/")
    if {"", ".", ".."} & set(parts) or not item.path.endswith(".as"):
        raise InvalidSpec(
            f"{fields.at('path')}: must be a relative path that ends in .as, without . or .. in it"
        )
    fields.done()
    return item


def _database(fields: Fields) -> DatabaseSpec:
    secret = fields.section("secretRef", required=True)
    database = DatabaseSpec(
        secret=SecretRef(name=secret.required("name"), key=secret.text("key")),
        schema=fields.text("schema", longest=63),
        role=fields.text("role", longest=63),
        connect_timeout=fields.duration("connectTimeout", "10s", ("1s", "5m")),
    )
    secret.done()
    fields.done()
    return database


def _policy(fields: Fields) -> Policy:
    policy = Policy(
        mode=fields.choice("mode", {mode.value: mode for mode in Mode}, Mode.APPLY),
        timeouts=Timeouts(
            lock=fields.duration("lockTimeout", "5s", ("100ms", "10m")),
            statement=fields.duration("statementTimeout", "0s", ("0s", "24h")),
        ),
    )
    fields.done()
    return policy


def _lock(fields: Fields) -> LockSpec:
    lock = LockSpec(
        ttl=fields.duration("ttl", "30s", ("5s", "10m")),
        wait_timeout=fields.duration("waitTimeout", "60s", ("0s", "1h")),
        poll_interval=fields.duration("pollInterval", "500ms", ("100ms", "30s")),
    )
    if lock.ttl < 3 * lock.poll_interval:
        raise InvalidSpec(f"{fields.at('ttl')}: must be at least three times pollInterval")
    fields.done()
    return lock


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
