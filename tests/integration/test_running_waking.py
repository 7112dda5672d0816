"""A calendar or a ladder that changes: what was planned by the old one is looked at again."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from engine.core.yaml_text import Loaded
from engine.services.publishing import Checked, publish_checked
from engine.store.scope import Scope
from engine.store.tables import DeadlineRow, table_of
from tests.kit.databases import OWNER, Home
from tests.kit.running import Running

_DEADLINES = table_of(DeadlineRow)


def next_moments(home: Home) -> set[datetime | None]:
    with home.database.begin(Scope.one(home.organisation), writing=False) as uow:
        mine = (
            _DEADLINES.c.organisation_id == home.organisation,
            _DEADLINES.c.ended == "",
            _DEADLINES.c.armed,
        )
        return set(uow.execute(select(_DEADLINES.c.next_moment_at).where(*mine)).scalars())


@pytest.mark.parametrize(("kind", "is_woken"), [("ladder", True), ("calendar", True), ("duty", False)])
def test_open_deadlines_are_looked_at_again_when_timing_changes(
    home: Home, kind: str, is_woken: bool
) -> None:
    running = Running(home).at("2026-03-02")
    home.open_issue()
    running.assign("2026-1", OWNER, "2026-06-30")
    running.tick()
    assert running.now not in next_moments(home)
    with home.database.begin(Scope.whole()) as uow:
        own = Checked(kind, "of_its_own", 1, "d" * 64, "text", Loaded({}, {}, "f"))
        publish_checked(uow, [own], running.now)
        uow.commit()
    assert is_woken == (next_moments(home) == {running.now})
