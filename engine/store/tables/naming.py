"""Names of constraints, fixed before any table is declared: a migration can only change what has a name."""

from typing import Any

from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


def table_of(model: type[SQLModel]) -> Any:
    """The Core table behind a model: what pre-built statements are made of."""
    return model.__table__  # type: ignore[attr-defined]
