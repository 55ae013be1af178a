"""What schemasync does, shown without a cluster: a schema is made, changed, and found up to date."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Container, Iterable

import psycopg
import yaml
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from testbed.deployment import ROOT, SCHEMASYNC
from testbed.postgres import PostgresServer
from testbed.processes import ServerFailed

EXAMPLE = ROOT / "examples" / "shop"
SHOP = "shop"
SECRET = "shop-db"  # noqa: S105  (its name)

# One row a column: table, column, type with a `?` where it may be null, default, what else is
# known of it. Casts and long names of types are left out: they are the server's way to print, and wide.
COLUMNS = r"""
SELECT c.relname, a.attname,
       replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar')
         || CASE WHEN a.attnotnull THEN '' ELSE '?' END,
       CASE WHEN a.attidentity <> '' THEN 'identity'
            ELSE regexp_replace(coalesce(pg_get_expr(d.adbin, d.adrelid), ''), '::[a-z ]+', '', 'g') END,
       concat_ws(', ',
         (SELECT string_agg(DISTINCT CASE k.contype
                   WHEN 'p' THEN 'primary key'
                   WHEN 'f' THEN '→ ' || k.confrelid::regclass::text END, ', ')
            FROM pg_constraint k
           WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey) AND k.contype IN ('p', 'f')),
         (SELECT string_agg(DISTINCT CASE WHEN i.indisunique THEN 'unique' ELSE 'index' END, ', ')
            FROM pg_index i
           WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey) AND NOT i.indisprimary))
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\_\_%'
 ORDER BY c.relname, a.attnum
"""
DEFAULT_WIDTH = 12  # an expression tells by its beginning
Column = tuple[str, str, str, str, str]


class DemoFailed(Exception):
    """A command of the demonstration did not do what it shows."""


class Demo:
    """One demonstration on a running server."""

    def __init__(self, server: PostgresServer, console: Console) -> None:
        self._server = server
        self._console = console
        self._database = server.create_database(SHOP)
        self._secret = server.directory / "secret.yaml"
        self._seen: set[tuple[str, str]] = set()
        url = server.url(self._database)
        metadata = {"name": SECRET, "namespace": SHOP}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"url": url}}
        self._secret.touch(mode=0o600)
        self._secret.write_text(yaml.safe_dump(manifest))

    def show(self) -> None:
        """Run all of it; DemoFailed where a command fails."""
        self._title("1. An empty database and the first version of the shop")
        self._reconcile("v1")
        self._tables()
        self._title("2. The second version")
        self._reconcile("v2")
        self._tables()
        self._title("3. The second version again: there is nothing to do")
        self._reconcile("v2")

    def _title(self, text: str) -> None:
        self._console.print()
        self._console.rule(text, align="left")

    def _reconcile(self, version: str) -> None:
        manifests = (EXAMPLE / version).relative_to(ROOT)
        command = [SCHEMASYNC.name, "reconcile", "-f", str(manifests), "-f", str(self._secret)]
        self._console.print(f"$ {shlex.join(command)}", style="bold", soft_wrap=True, highlight=False)
        ended = subprocess.run(command, executable=SCHEMASYNC, cwd=ROOT, check=False)
        if ended.returncode:
            raise DemoFailed(f"`schemasync reconcile` ended with {ended.returncode}")

    def _tables(self) -> None:
        """Show the tables, after the first time only those with columns not shown before."""
        with self._server.connect(self._database) as connection:
            columns: list[Column] = connection.execute(COLUMNS).fetchall()
        new = {column[:2] for column in columns} - self._seen
        changed = {table for table, _ in new}
        marked = new if self._seen else set()
        self._console.print(_drawn([column for column in columns if column[0] in changed], marked))
        self._seen |= new


def _drawn(columns: Iterable[Column], marked: Container[tuple[str, str]]) -> Table:
    """Draw columns as rows under their tables, the marked ones in green."""
    drawn = Table(title="In the database now", title_justify="left", box=SIMPLE, pad_edge=False)
    for heading in ("Table", "Column", "Type", "Default", "Keys and indexes"):
        drawn.add_column(heading, no_wrap=True, max_width=DEFAULT_WIDTH if heading == "Default" else None)
    previous = ""
    for table, column, kind, default, keys in columns:
        if previous and table != previous:
            drawn.add_section()
        mark = (table, column) in marked
        name = "" if table == previous else table
        drawn.add_row(
            name, f"+ {column}" if mark else column, kind, default, keys, style="green" if mark else ""
        )
        previous = table
    return drawn


def main() -> int:
    """Run the demonstration; return the exit code."""
    console = Console(highlight=False)
    # Told to end, it cleans up as after a Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        console.print("Starting PostgreSQL …")
        with PostgresServer() as server:
            Demo(server, console).show()
    except (DemoFailed, ServerFailed, psycopg.Error) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    console.print()
    console.print("Done, the server and its data are gone. In Kubernetes: `make cluster`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
