"""Which cases live on which version of a definition."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from engine.errors import NotFound
from engine.store.cases import case_not_found
from engine.store.definitions import FOR_ALL
from engine.store.tables import CaseFile, DefinitionRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_ROWS = table_of(DefinitionRow)


def cases_on_other_versions(
    uow: UnitOfWork, organisation_id: int, workflow: str, digest: str, keys: Sequence[str] = ()
) -> list[int]:
    """The running cases of a workflow that are not on `digest`, by key; with `keys` those alone, ended ones too.

    Raises NotFound for a key that names no case on this workflow.
    """
    mine = [
        _CASES.c.organisation_id == organisation_id,
        uow.scope.covers(_CASES.c.organisation_id),
        _CASES.c.workflow == workflow,
    ]
    if not keys:
        running = (*mine, _CASES.c.definition != digest, _CASES.c.is_final.is_(False))
        return list(uow.execute(select(_CASES.c.id).where(*running).order_by(_CASES.c.key)).scalars())
    columns = (_CASES.c.id, _CASES.c.key, _CASES.c.definition)
    rows = {row.key: row for row in uow.execute(select(*columns).where(*mine, _CASES.c.key.in_(keys)))}
    for key in keys:
        if key not in rows:
            raise case_not_found(uow, organisation_id, key)
    return [rows[key].id for key in dict.fromkeys(keys) if rows[key].definition != digest]


def count_running(uow: UnitOfWork, workflow: str, digest: str) -> int:
    """How many running cases in scope live on another version of `workflow` than `digest`."""
    mine = (uow.scope.covers(_CASES.c.organisation_id), _CASES.c.workflow == workflow)
    others = (_CASES.c.definition != digest, _CASES.c.is_final.is_(False))
    return int(uow.execute(select(func.count()).where(*mine, *others)).scalar_one())


def texts_of_name(uow: UnitOfWork, organisation_key: str, kind: str, name: str) -> list[str]:
    """What was ever published under that name, for all or for the organisation, the newest first."""
    chosen = (_ROWS.c.kind == kind, _ROWS.c.name == name, _ROWS.c.scope.in_([organisation_key, FOR_ALL]))
    return list(uow.execute(select(_ROWS.c.text).where(*chosen).order_by(_ROWS.c.id.desc())).scalars())


def digest_of_version(uow: UnitOfWork, organisation_key: str, kind: str, name: str, version: int) -> str:
    """The newest published definition of that version, the organisation's own first. Raises NotFound."""
    chosen = (_ROWS.c.kind == kind, _ROWS.c.name == name, _ROWS.c.version == version)
    scopes = _ROWS.c.scope.in_([organisation_key, FOR_ALL])
    order = (_ROWS.c.scope == FOR_ALL, _ROWS.c.id.desc())
    found = uow.execute(select(_ROWS.c.digest).where(*chosen, scopes).order_by(*order)).scalars().first()
    if found is None:
        raise NotFound("version_not_found", kind=kind, name=name, version=version)
    return str(found)
