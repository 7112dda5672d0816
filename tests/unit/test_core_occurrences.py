"""One period of a duty: whoever entered it, or stands in for them, does not confirm it."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.decide import decide
from engine.core.fold import Told, blank
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan
from engine.core.posts import Holding, Post, Posts
from engine.core.principal import Credential, Principal, Via, system
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import MONDAY, Bench, codes, shipped

SINCE = date(2020, 1, 1)
HOLDER, CLERK, STAND_IN, COMMISSIONER = 1, 4, 8, 2


def entered_by(who: int | None) -> Bench:
    """A period that was entered by `who` (None: the operator in nobody's name); the clerk holds the post, too."""
    posts = {
        key: Post(at, key, key)
        for at, key in enumerate(("secretary", "office", "discipline_commissioner"), 1)
    }
    holdings = (
        Holding(1, HOLDER, SINCE),
        Holding(2, CLERK, SINCE),
        Holding(2, STAND_IN, SINCE, substitute_for=CLERK),
        Holding(3, COMMISSIONER, SINCE),
    )
    workflow = shipped("occurrence")
    facts = {"key": "d@2026-03", "kind": "occurrence", "workflow": "occurrence", "state": "open", "owner": 1}
    opened = NewEvent(
        "case_opened", {**facts, "opened_on": "2026-03-02", "fields": {"accepted_by": "office"}}
    )
    told = Told(0, opened.type, opened.payload, {}, Stamp.of(system(1)), MONDAY, workflow.digest)
    bench = Bench(workflow, Posts(1, 1, posts, holdings), blank(1, 1, told))
    bench.apply([opened], Stamp.of(system(1)))
    bench._take(asked(bench, who, "submit", held_on="2026-03-02"))
    assert bench.case.state == "submitted"
    return bench


def asked(bench: Bench, who: int | None, move: str, **params: str) -> object:
    principal = Principal(1, who, Via.CLI, Credential.NONE)
    return decide(Ask(bench.world, principal, MakeMove(move, params), bench.now))


def test_somebody_else_confirms_what_was_entered() -> None:
    assert isinstance(asked(entered_by(HOLDER), CLERK, "accept"), Plan)
    assert isinstance(asked(entered_by(CLERK), COMMISSIONER, "accept"), Plan)


@pytest.mark.parametrize("who", [CLERK, STAND_IN])
def test_neither_who_entered_it_nor_their_stand_in_confirms_it(who: int) -> None:
    assert ("four_eyes",) == codes(asked(entered_by(CLERK), who, "accept"))  # type: ignore[arg-type]


def test_the_operator_confirms_nothing_in_nobodys_name() -> None:
    assert ("person_missing",) == codes(asked(entered_by(None), None, "accept"))  # type: ignore[arg-type]
