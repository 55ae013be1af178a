"""What can go wrong, as values: a place in a file, a diagnostic, and the few exceptions.

Nothing in here knows of databases, clusters or terminals. A diagnostic describes a
problem of the input; an exception is for what a caller cannot go on after.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of text: `file` as given by the caller, lines and columns from 1, the end exclusive.

    Columns count Unicode code points, as editors show them.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """Return `file:line:column`, the form that editors and terminals turn into a link."""
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad a diagnostic is: only an error keeps a schema from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that a diagnostic is about, with a sentence that says why."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem of a file set.

    `code` is stable (`AS1xx` syntax, `AS2xx` names, `AS3xx` annotations, `AS4xx` database
    rules); `message` says what was expected; `hint` says what to do, where that is known.
    """

    span: Span
    code: str
    message: str
    severity: Severity = Severity.ERROR
    hint: str | None = None
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        """Return the diagnostic on one line: place, code, message, hint."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.span}: {self.code} {self.message}{hint}"


class SchemaSyncError(Exception):
    """What a caller cannot go on after.

    `reason` is a stable CamelCase word for conditions and metrics; `transient` says whether
    the same call may succeed later without anybody changing anything. The text is for
    people and never holds a secret.
    """

    reason = "Error"
    transient = False

    def __init__(self, message: str, *, reason: str | None = None, transient: bool | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason
        if transient is not None:
            self.transient = transient


class InvalidTarget(SchemaSyncError):
    """The database URL, or what it was made of, cannot be used."""

    reason = "InvalidDatabaseURL"


class ConnectionFailed(SchemaSyncError):
    """The database could not be reached, or was lost."""

    reason = "ConnectionFailed"
    transient = True


class AuthenticationFailed(ConnectionFailed):
    """The database refused the login."""

    reason = "AuthenticationFailed"
    transient = False


class LockTimeout(SchemaSyncError):
    """Another process held the lock for longer than this one would wait."""

    reason = "LockTimeout"
    transient = True

    def __init__(self, message: str, *, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class LockLost(SchemaSyncError):
    """The lock was taken over while this process held it; nothing of its transaction was kept."""

    reason = "LockLost"
    transient = True


class StatementFailed(SchemaSyncError):
    """The database refused a statement; nothing of its transaction was kept."""

    reason = "StatementFailed"

    def __init__(
        self, message: str, *, statement: str, reason: str | None = None, transient: bool | None = None
    ) -> None:
        super().__init__(message, reason=reason, transient=transient)
        self.statement = statement


class Refused(SchemaSyncError):
    """A rule of the project forbids the run; nothing was written."""

    reason = "Refused"


class OwnedByAnother(Refused):
    """The control table belongs to another SchemaSync."""

    reason = "OwnedByAnother"

    def __init__(self, message: str, *, owner: str) -> None:
        super().__init__(message)
        self.owner = owner
