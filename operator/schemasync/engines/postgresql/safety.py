"""What safe mode leaves out: whatever destroys or loosens something."""

from __future__ import annotations

from schemasync.changes import (
    AlterColumn,
    AlterPrimaryKey,
    Change,
    DropColumn,
    DropForeignKey,
    DropTable,
    DropView,
)
from schemasync.engines.postgresql.casts import cast


def destroys(change: Change) -> bool:
    """Return whether safe mode leaves a change out.

    Drops of columns, tables, views and foreign keys; changes of nullability and of defaults; types that
    lose something. What is only taken down to be put up again is not dropped.
    """
    match change:
        case DropColumn():
            return True
        case DropTable() | DropView() | DropForeignKey():
            return not change.replaced or isinstance(change, DropTable)
        case AlterColumn(before=before, after=after):
            if (before.nullable, before.default) != (after.nullable, after.default):
                return True
            return cast(before.type, after.type).lossy
        case AlterPrimaryKey():
            return True
        case _:
            return False
