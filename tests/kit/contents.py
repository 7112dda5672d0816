"""What a database holds, as one digest: equal before and after means that nothing at all was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from engine.store.database import Database
from engine.store.tables import metadata


def content_digest(database: Database, *, without: Iterable[str] = ()) -> str:
    """SHA-256 over every row of every table, in no order but its own; `without` names tables to leave out."""
    digest = hashlib.sha256()
    for name, rows in sorted(contents(database, without=without).items()):
        digest.update(f"{name}\n".encode())
        for row in rows:
            digest.update(f"{row}\n".encode())
    return digest.hexdigest()


def contents(database: Database, *, without: Iterable[str] = ()) -> dict[str, list[str]]:
    """Table → its rows as sorted text."""
    left_out = frozenset(without)
    # Past the scope law on purpose: this looks at everything, as nothing in the product may.
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        found = {}
        for table in metadata.sorted_tables:
            if table.name not in left_out:
                cursor.execute(f'SELECT * FROM "{table.name}"')
                found[table.name] = sorted(repr(tuple(row)) for row in cursor.fetchall())
        cursor.close()
        connection.rollback()
        return found
    finally:
        connection.close()
