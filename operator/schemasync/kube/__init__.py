"""SchemaSync objects: read, reconciled, reported.

`reconcile` orchestrates between two interfaces, a `Cluster` and the pipe of `schemasync.sync`;
what it decides and shows is pure (`spec`, `status`). Only `handlers` knows kopf, and uses it as a
source of events alone; only `resources` talks to an API server. Nothing here talks to a database.
"""
