"""What the control table shares with other writers, and the digests that are our own.

Snapshots, hash and tracked list have the form that `@atscript/db` gives them, byte for
byte. Pure: no database, no engine but by name; the type map of an engine is passed in.
"""

from __future__ import annotations

from schemasync.wire.collation import collation_key
from schemasync.wire.digest import files_digest, model_digest
from schemasync.wire.fnv import fnv_hash
from schemasync.wire.snapshot import Snapshot, TypeMap, read_snapshot, schema_hash, serialise, snapshots
from schemasync.wire.tracked import Tracked, parse_tracked, tracked_list

__all__ = [
    "Snapshot",
    "Tracked",
    "TypeMap",
    "collation_key",
    "files_digest",
    "fnv_hash",
    "model_digest",
    "parse_tracked",
    "read_snapshot",
    "schema_hash",
    "serialise",
    "snapshots",
    "tracked_list",
]
