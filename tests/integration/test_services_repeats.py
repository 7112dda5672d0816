"""A finding of an earlier round, found again: shown by the rule, said by a person, kept by both histories."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from engine.core.fold import replay
from engine.core.refusal import Refused
from engine.documents.reading import read_report
from engine.services.importing import apply_import
from engine.services.inspections import NewInspection, add_inspection, open_issue
from engine.services.milestones import plan_milestones
from engine.services.opening import NewIssue
from engine.services.repeats import alike, alike_in, link_earlier
from engine.services.views import show_case
from engine.store.database import Database
from engine.store.findings import MOST, findings_about
from engine.store.histories import history
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY, Home
from tests.kit.populations import LEAN, copies
from tests.kit.reports import TEXT
from tests.kit.stories import Story

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
        rows = alike(uow, home.organisation).rows
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
        assert () == alike(uow, home.organisation).rows


def test_it_is_told_where_older_findings_were_not_compared(home: Home) -> None:
    two_rounds(home)
    with home.begin(writing=False) as uow:
        some, all_of_them = (alike(uow, home.organisation, most=most) for most in (2, 3))
    assert (some.compared, some.left_out) == (2, True)
    assert (all_of_them.compared, all_of_them.left_out, len(all_of_them.rows)) == (3, False, 1)


def test_a_finding_is_linked_however_many_newer_ones_there_are(home: Home) -> None:
    two_rounds(home)
    with home.begin(writing=False) as uow:
        newest = load_world(uow, home.organisation, "2025-3", lock=False).case
    copies(home, newest, MOST + 100, tables=LEAN)
    with home.begin() as uow:
        later, _ = link_earlier(uow, home.principal("office"), "2025-3", "2023-27", MONDAY)
    assert later.earlier == ("2023-27",)


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


def many_rounds(home: Home, count: int) -> None:
    """`count` rounds of one finding each, all worded alike."""
    with home.begin() as uow:
        who = home.principal("office")
        for year in range(count):
            add_inspection(uow, who, NewInspection(feedback_on=date(2001 + year, 1, 19)), MONDAY)
            open_issue(uow, who, str(2001 + year), NewIssue(TITLE, "a problem", number=1), MONDAY)
        uow.commit()


@pytest.mark.parametrize("rounds", [2, 24])
def test_showing_a_case_reads_the_few_rounds_before_it_however_many_there_are(
    home: Home, rounds: int
) -> None:
    many_rounds(home, rounds)
    key = f"{2000 + rounds}-1"
    with home.begin(writing=False) as uow:
        case = load_world(uow, home.organisation, key, lock=False).case
        assert case.inspection is not None
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(home.database.engine, "after_cursor_execute", note)
        rows = findings_about(uow, home.organisation, case.inspection)
        event.remove(home.database.engine, "after_cursor_execute", note)
        found = alike_in(uow, home.organisation, case.inspection, {key})
    assert (2, min(rounds, 6)) == (len(seen), len(rows))
    assert [f"{year}-1" for year in range(1999 + rounds, 1999 + rounds - min(rounds - 1, 3), -1)] == [
        row.earlier.key for row in found
    ]


def test_an_import_says_once_what_was_found_before(home: Home) -> None:
    with home.begin() as uow:
        who = home.principal("office")
        add_inspection(uow, who, NewInspection(feedback_on=date(2023, 1, 19)), MONDAY)
        open_issue(uow, who, "2023", NewIssue("党课不落实到位", "a problem", number=4), MONDAY)
        report = read_report(TEXT.encode(), "report.txt")
        first = apply_import(uow, who, report, MONDAY)
        again = apply_import(uow, who, report, MONDAY)
    assert [("2026b-2", "2023-4")] == [(row.later.key, row.earlier.key) for row in first.repeated]
    assert () == again.repeated


def test_the_steps_of_a_round_are_no_findings(database: Database, tmp_path: Path) -> None:
    """They are called the same in every round."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=("office",))
    with story.work() as uow:
        who = story.person("office")
        for feedback in (date(2023, 1, 19), date(2025, 12, 1)):
            file = add_inspection(uow, who, NewInspection(feedback_on=feedback), story.now)
            assert plan_milestones(uow, who, file.key, None, story.now)[1]
        assert () == alike(uow, story.organisation).rows
