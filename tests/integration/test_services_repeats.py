"""A finding of an earlier round, found again: shown by the rule, said by a person, kept by both histories."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.fold import replay
from engine.core.refusal import Refused
from engine.services.inspections import NewInspection, add_inspection, open_issue
from engine.services.opening import NewIssue
from engine.services.repeats import alike, link_earlier
from engine.services.views import show_case
from engine.store.histories import history
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY, Home

TITLE = "“三会一课”落实不到位"


def two_rounds(home: Home) -> None:
    with home.begin() as uow:
        who = home.principal("office")
        for feedback in (date(2023, 1, 19), date(2025, 12, 1)):
            add_inspection(uow, who, NewInspection(feedback_on=feedback), MONDAY)
        open_issue(uow, who, "2023", NewIssue(TITLE, "a problem", number=27), MONDAY)
        open_issue(uow, who, "2023", NewIssue("食堂管理不规范", "a problem", number=28), MONDAY)
        open_issue(uow, who, "2025", NewIssue("三会一课落实还不到位", "a problem", number=3), MONDAY)
        uow.commit()


def test_what_is_worded_alike_is_shown_from_the_later_side(home: Home) -> None:
    two_rounds(home)
    with home.begin(writing=False) as uow:
        rows = alike(uow, home.organisation)
        view = show_case(uow, home.principal("office"), "2025-3", MONDAY)
    assert [("2025-3", "2023-27")] == [(row.later.key, row.earlier.key) for row in rows]
    assert ["2023-27"] == [row.earlier.key for row in view.alike]


def test_a_link_stands_in_both_histories_and_ends_the_question(home: Home) -> None:
    two_rounds(home)
    with home.begin() as uow:
        later, earlier = link_earlier(uow, home.principal("office"), "2025-3", "2023-27", MONDAY)
        uow.commit()
    assert (("2023-27",), ("2025-3",)) == (later.earlier, earlier.later)
    with home.begin(writing=False) as uow:
        for case in (later, earlier):
            assert case == load_world(uow, home.organisation, case.key, lock=False).case
            assert case == replay(case.id, home.organisation, history(uow, case.id))
        assert "rule" == history(uow, later.id)[-1].payload["by"]
        assert () == show_case(uow, home.principal("office"), "2025-3", MONDAY).alike


@pytest.mark.parametrize(
    ("case", "earlier", "code"),
    [
        ("2025-3", "2025-3", "earlier_is_itself"),
        ("2023-27", "2025-3", "earlier_is_later"),
        ("2023-27", "2023-28", "earlier_is_later"),
    ],
)
def test_only_something_earlier_was_found_before(home: Home, case: str, earlier: str, code: str) -> None:
    two_rounds(home)
    with home.begin() as uow, pytest.raises(Refused) as refused:
        link_earlier(uow, home.principal("office"), case, earlier, MONDAY)
    assert (code,) == refused.value.refusals.codes


def test_only_clerks_link(home: Home) -> None:
    two_rounds(home)
    with home.begin() as uow, pytest.raises(Refused) as refused:
        link_earlier(uow, home.principal("member"), "2025-3", "2023-27", MONDAY)
    assert ("wrong_role",) == refused.value.refusals.codes


def test_what_was_linked_is_not_linked_twice(home: Home) -> None:
    two_rounds(home)
    with home.begin() as uow:
        link_earlier(uow, home.principal("office"), "2025-3", "2023-28", MONDAY)
        assert "hand" == history(uow, load_world(uow, home.organisation, "2025-3").case.id)[-1].payload["by"]
        with pytest.raises(Refused) as refused:
            link_earlier(uow, home.principal("office"), "2025-3", "2023-28", MONDAY)
    assert ("linked_already",) == refused.value.refusals.codes
