"""One period of a duty by its rules: held, proved, ticked, judged by others, missed and entered late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.core.case import Deadline, Evidence, RosterLine
from engine.core.deadlines import is_late
from engine.core.decide import decide
from engine.core.fold import Told, blank
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan
from engine.core.principal import Credential, Principal, Via, system
from engine.core.record import tick_roster
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import MONDAY, Bench, cast_posts, codes, shipped

HOLDER, JUDGE = "vice_principal_teaching", "discipline_commissioner"
TODAY, DUE, LAPSES = date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 31)
REASON = "签到表缺两个人，请补齐后再录入"


def period(**fields: str | int) -> Bench:
    """An open period of the teaching vice principal, accepted by the commissioner, due on Friday."""
    workflow = shipped("occurrence")
    facts = {
        "key": "d@2026-03",
        "kind": "occurrence",
        "workflow": "occurrence",
        "state": "open",
        "owner": 15,
        "opened_on": "2026-03-02",
        "fields": {"accepted_by": JUDGE, "lapses_on": LAPSES.isoformat(), **fields},
    }
    opened = NewEvent("case_opened", facts)
    deadline = {"kind": "occurrence", "subject": "", "version": 1, "due_on": DUE.isoformat(), "armed": True}
    told = Told(0, opened.type, opened.payload, {}, Stamp.of(system(1)), MONDAY, workflow.digest)
    bench = Bench(workflow, cast_posts(), blank(1, 1, told))
    bench.apply([opened, NewEvent("deadline_set", deadline)], Stamp.of(system(1)))
    return bench


def by_clock(bench: Bench, move: str) -> tuple[str, ...]:
    answer = decide(Ask(bench.world, system(1), MakeMove(move), bench.now))
    bench._take(answer)
    return codes(answer)


def submitted(**params: str) -> Bench:
    bench = period()
    assert () == codes(bench.do(HOLDER, "submit", held_on=TODAY.isoformat(), **params))
    return bench


def test_what_was_entered_waits_for_the_one_who_accepts_it() -> None:
    bench = submitted()
    assert ("submitted", f"post:{JUDGE}") == (bench.case.state, bench.case.waits_for)


def test_whoever_enters_for_the_accepting_post_leaves_it_to_the_next() -> None:
    bench = period(accepted_by="office")
    bench.do("office", "submit", held_on=TODAY.isoformat())
    assert f"post:{JUDGE}" == bench.case.waits_for


def test_held_and_entered_are_two_days_and_the_first_one_counts() -> None:
    bench = period()
    bench.later(10)
    bench.do(HOLDER, "submit", held_on="2026-03-05")
    fields, deadline = bench.case.fields, bench.case.deadline("occurrence")
    assert ("2026-03-05", "2026-03-12") == (fields["held_on"], fields["entered_on"])
    assert date(2026, 3, 5) == deadline.met_on  # type: ignore[union-attr]
    assert not is_late(deadline, date(2026, 12, 31), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("move", ["submit", "enter_late"])
def test_a_period_is_entered_with_its_day_its_papers_and_everybody(move: str) -> None:
    bench = period(evidence_photos=1)
    bench.case = replace(
        bench.case,
        state="open" if move == "submit" else "missed",
        evidence=(Evidence(1, "minutes", "minutes"),),
        roster=(
            RosterLine(5, TODAY),
            RosterLine(7, TODAY, left_on=TODAY),
            RosterLine(9, TODAY, ticked_on=TODAY),
        ),
    )
    expected = ("held_on_missing", "too_little_evidence", "roster_incomplete")
    assert expected == codes(bench.do(HOLDER, move))
    assert "date_in_future" in codes(bench.do(HOLDER, move, held_on="2026-03-03"))


@pytest.mark.parametrize("move", ["accept", "return"])
def test_who_entered_a_period_judges_it_in_no_way(move: str) -> None:
    bench = submitted()
    bench.posts = cast_posts(discipline_commissioner=5)
    assert ("four_eyes",) == codes(bench.do(HOLDER, move, REASON))
    assert "person_missing" in codes(
        decide(
            Ask(
                bench.world,
                Principal(1, None, Via.CLI, Credential.NONE),
                MakeMove(move, {}, REASON),
                bench.now,
            )
        )
    )


@pytest.mark.parametrize("move", ["accept", "return"])
def test_who_entered_a_period_late_judges_it_in_no_way(move: str) -> None:
    bench = period()
    bench.later(40)
    assert () == by_clock(bench, "miss")
    assert () == codes(bench.do("office", "enter_late", held_on="2026-03-05"))
    assert "four_eyes" in codes(bench.do("office", move, REASON))


@pytest.mark.parametrize(("days", "due"), [(0, date(2026, 3, 9)), (10, date(2026, 3, 19))])
def test_a_returned_period_is_due_in_five_working_days(days: int, due: date) -> None:
    bench = submitted()
    bench.later(days)
    assert ("comment_too_short",) == codes(bench.do(JUDGE, "return", "不行"))
    assert () == codes(bench.do(JUDGE, "return", REASON))
    assert [("occurrence_returned", "owner")] == [
        (prompt.kind, prompt.who)
        for prompt in bench.answer.prompts  # type: ignore[union-attr]
    ]
    deadline = bench.case.deadline("occurrence")
    assert (2, due, "occurrence") == (deadline.version, deadline.due_on, deadline.ladder)  # type: ignore[union-attr]


def test_a_returned_period_keeps_its_first_date_where_that_is_later() -> None:
    bench = submitted()
    bench.case = replace(bench.case, deadlines=(replace(bench.case.deadlines[0], due_on=date(2026, 5, 29)),))
    bench.do(JUDGE, "return", REASON)
    assert date(2026, 5, 29) == bench.case.deadline("occurrence").due_on  # type: ignore[union-attr]


def test_a_period_is_missed_by_the_clock_alone_after_its_last_day() -> None:
    bench = period()
    bench.later((LAPSES - TODAY).days)
    assert ("not_lapsed",) == by_clock(bench, "miss")
    bench.later(1)
    assert "wrong_role" in codes(bench.do("office", "miss"))
    assert () == by_clock(bench, "miss")
    assert ("missed", "missed") == (bench.case.state, bench.case.deadlines[0].ended)


def test_a_period_without_a_last_day_is_never_missed() -> None:
    assert ("never_lapses",) == by_clock(period(lapses_on=""), "miss")


def test_a_missed_period_that_is_entered_was_late() -> None:
    bench = period()
    bench.later(40)
    by_clock(bench, "miss")
    bench.do(HOLDER, "enter_late", held_on="2026-03-09")
    (deadline,) = bench.case.deadlines
    assert ("met", date(2026, 3, 9)) == (deadline.ended, deadline.met_on)
    assert is_late(deadline, date(2026, 3, 9), None)


@pytest.mark.parametrize(
    ("change", "today", "late"),
    [
        ({}, DUE, False),
        ({}, DUE + timedelta(days=1), True),
        ({"met_on": DUE}, LAPSES, False),
        ({"armed": False}, LAPSES, False),
        ({"ended": "replaced"}, LAPSES, False),
        ({"ended": "dropped"}, LAPSES, False),
        ({"due_on": date(2026, 2, 27)}, date(2026, 2, 28), False),
        ({"due_on": date(2026, 3, 1)}, LAPSES, True),
    ],
)
def test_late_is_arithmetic(change: dict[str, object], today: date, late: bool) -> None:
    deadline = replace(Deadline("occurrence", "", 1, DUE, armed=True), **change)  # type: ignore[arg-type]
    assert late == is_late(deadline, today, date(2026, 3, 1))


def test_only_who_is_on_the_roster_is_ticked_and_the_first_day_stays() -> None:
    bench = period()
    bench.case = replace(bench.case, roster=(RosterLine(5, TODAY), RosterLine(7, TODAY, left_on=TODAY)))
    who, tomorrow = bench.person(HOLDER), TODAY + timedelta(days=1)
    refused = tick_roster(bench.world, who, [5, 7, 9], tomorrow, bench.now)
    assert ("not_on_roster", "date_in_future") == codes(refused)
    assert [7, 9] == refused.unmet[0].facts["people"]  # type: ignore[union-attr]
    bench._take(tick_roster(bench.world, who, [5], TODAY, bench.now))
    bench.later(1)
    bench._take(tick_roster(bench.world, who, [5], tomorrow, bench.now))
    assert [TODAY, None] == [line.ticked_on for line in bench.case.roster]


def test_accepting_accepts_the_papers() -> None:
    bench = period()
    bench.case = replace(bench.case, evidence=(Evidence(1, "minutes", "minutes"),))
    bench.do(HOLDER, "submit", held_on=TODAY.isoformat())
    assert isinstance(bench.do(JUDGE, "accept"), Plan)
    assert ["accepted"] == [row.status for row in bench.case.evidence]
