"""Logs of a process that runs for long: one line a thing, on standard error, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from schemasync.cli.render import inert

# The Kubernetes client logs whole responses at DEBUG, those of Secrets included; drivers log
# statements and connection strings. Ours is the only logger that may be turned up.
QUIET = ("kubernetes", "urllib3", "kopf", "asyncio", "aiohttp")


def configure(*, as_json: bool, debug: bool) -> None:
    """Send all logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("schemasync").setLevel(logging.DEBUG if debug else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.000Z INFO shop/shop: Synced`, and nothing after it.

    A traceback's last line is its error's text, which may hold a secret: the places are enough.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record on one line."""
        # What comes from a schema's file cannot make a line that looks like another.
        return f"{_time(record)} {record.levelname} {inert('; '.join(_message(record).splitlines()))}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        # In ASCII: what is read raw on a terminal does nothing there, and half a character is no error.
        return json.dumps(fields)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return f"{record.getMessage()} ({type(record.exc_info[1]).__name__})"
    return record.getMessage()
