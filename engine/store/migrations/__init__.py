"""The migrations of the tables; their revisions are listed, so that a start need not load Alembic."""

REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]
