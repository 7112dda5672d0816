"""The real report from import to the last signature: all 33 issues close, and every message is counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from engine.core.case import Case
from engine.services.evidence import About
from engine.store.database import Database
from tests.kit.stories import Story

PATH = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "report.txt"
NUMBERS = range(1, 34)
OFFICE_BEGINS, QUIET = time(8, 10), time(18, 0)
COMMITTEE = ("deputy_secretary", "organisation_commissioner", "publicity_commissioner")
OWNERS = {
    **dict.fromkeys((4, 22, 24, 27), "secretary"),
    **dict.fromkeys((17, 23), "discipline_commissioner"),
    **dict.fromkeys((1, 2, 3, 25, 26), "deputy_secretary"),
    **dict.fromkeys((5, 6, 28, 29), "organisation_commissioner"),
    **dict.fromkeys((7, 11, 12, 14, 15), "vice_principal_teaching"),
    **dict.fromkeys((8, 18, 19, 20), "vice_principal_logistics"),
    **dict.fromkeys((9, 10, 16), "moral_education_director"),
    **dict.fromkeys((13, 21, 30, 31), "principal"),
    32: "youth_league_secretary",
    33: "union_chair",
}
# Deciding passes on where the owner is the one who would decide or verify (domain.md §1).
DECIDERS = {"secretary": COMMITTEE}
VERIFIERS = {"discipline_commissioner": "supervision_group"}


@pytest.fixture
def report() -> bytes:
    if not PATH.exists():
        assert not os.environ.get("CI"), f"the real report is missing: {PATH}"
        pytest.skip("the real report lies beside the repository, not in it")
    return PATH.read_bytes()


@pytest.fixture
def story(database: Database, tmp_path: Path, report: bytes) -> Story:
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-02", "08:05")
    imported = story.imports(report)
    assert imported.opened == tuple(key(number) for number in NUMBERS)
    return story


def key(number: int) -> str:
    return f"2023-{number}"


def test_nothing_is_late_and_nobody_is_told_on_the_first_ticks(story: Story) -> None:
    story.run("2026-03-06", "08:45", "12:00")
    assert story.letters == []
    assert story.told() == ()
    armed = [row for number in NUMBERS for row in story.case(key(number)).deadlines if row.armed]
    assert armed == []


def test_claims_that_somebody_looked_at_are_closed_and_the_rest_stays_open(story: Story) -> None:
    story.at("2026-03-03").accepts_claims("secretary", "2023-3", "2023-10")
    story.rejects_claims("office", "2023-9")
    states = {number: story.case(key(number)).state for number in NUMBERS}
    assert {number for number, state in states.items() if state == "closed"} == {3, 10}
    settled = {number: story.case(f"2023-{number}").claim.settled for number in (3, 9, 11)}  # type: ignore[union-attr]
    assert settled == {3: "accepted", 9: "rejected", 11: "open"}


@dataclass(frozen=True)
class Journey:
    """One issue on its way: what is done on which day, each step by whoever may."""

    number: int

    @property
    def owner(self) -> str:
        return OWNERS[self.number]

    @property
    def due(self) -> str:
        return ("2026-04-30", "2026-05-15", "2026-05-29")[self.number % 3]

    @property
    def is_late(self) -> bool:
        return self.number == 18

    def steps(self) -> Iterator[tuple[date, Callable[[Story], None]]]:
        spread = timedelta(days=self.number % 5)
        yield date(2026, 3, 4), self.assign
        yield date(2026, 3, 9) + spread, self.plan
        if self.number == 7:
            yield date(2026, 3, 17), self.return_plan
            yield date(2026, 3, 19), self.plan_again
        yield date(2026, 3, 23) + spread, self.approve
        yield date(2026, 3, 24) + spread, self.start
        work = date.fromisoformat(self.due) + timedelta(days=12 if self.is_late else -14 - self.number % 4)
        yield work, self.prove
        if self.number == 14:
            yield work + timedelta(days=3), self.return_evidence
            yield work + timedelta(days=5), self.prove_more
        yield work + timedelta(days=6), self.verify
        yield work + timedelta(days=8), self.ask_to_close
        yield work + timedelta(days=10), self.approve

    def assign(self, story: Story) -> None:
        if self.number % 2:
            story.rejects_claims("office", key(self.number))
        story.assigns(key(self.number), self.owner, due=self.due)

    def plan(self, story: Story) -> None:
        if self.number % 4 == 0:
            story.schedules(self.owner, key(self.number), 1, self.due)
        story.does(self.owner, key(self.number), "plan")

    def return_plan(self, story: Story) -> None:
        story.decides("secretary", key(7), "return", "请写明每条措施由谁负责、什么时候办完")

    def plan_again(self, story: Story) -> None:
        story.schedules(self.owner, key(7), 1, self.due)
        story.does(self.owner, key(7), "plan")

    def approve(self, story: Story) -> None:
        for who in DECIDERS.get(self.owner, ("secretary",)):
            story.decides(who, key(self.number))

    def start(self, story: Story) -> None:
        story.does(self.owner, key(self.number), "start")

    def prove(self, story: Story) -> None:
        """Measures done, what the report left uncounted is named, every promise is proved."""
        name = key(self.number)
        story.finishes(self.owner, name)
        case = story.case(name)
        for row in case.deliverables:
            if row.count is None:
                story.counts("office", name, 1, row.name or "整改材料", row.number)
        if not case.deliverables:
            story.counts("office", name, 1, "整改材料")
        for at, row in enumerate(story.case(name).deliverables):
            about = About(deliverable=row.number)
            if at == 0 and row.count == 1:
                story.files(self.owner, name, f"{name}: {row.number}", about)
            else:
                story.keeps_offline(self.owner, name, "存档材料", row.count or 1, about)
        story.does(self.owner, name, "submit_evidence")

    def return_evidence(self, story: Story) -> None:
        story.does("discipline_commissioner", key(14), "return_evidence", "培训记实没有签到，请补上再交")

    def prove_more(self, story: Story) -> None:
        story.files(self.owner, key(14), "签到表", About(deliverable=1))
        story.does(self.owner, key(14), "submit_evidence")

    def verify(self, story: Story) -> None:
        story.does(VERIFIERS.get(self.owner, "discipline_commissioner"), key(self.number), "verify")

    def ask_to_close(self, story: Story) -> None:
        story.does(self.owner, key(self.number), "close")


def drive(story: Story, until: str, *hours: str) -> None:
    """Everybody works on working days, each step on its day or the next; the clock ticks all the time."""
    todo = [[(day, step) for day, step in Journey(number).steps()] for number in NUMBERS]
    for today in story.each_day(until, *hours):
        if not story.workday(today):
            continue
        for steps in todo:
            # Two people don't act on one issue on one day.
            if steps and steps[0][0] <= today:
                steps.pop(0)[1](story.at(today.isoformat(), "14:00"))
    assert all(not steps for steps in todo)


def test_all_33_issues_are_driven_to_closed_and_the_messages_counted(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    drive(story, "2026-06-19", "07:00", "08:45", "21:00")
    cases = {number: story.case(key(number)) for number in NUMBERS}
    assert {case.state for case in cases.values()} == {"closed"}
    assert [number for number in NUMBERS if story.broken(key(number))] == []
    assert [number for number, case in cases.items() if _was_late(case)] == [18]
    with capsys.disabled():
        _print_messages(story)
    assert_nobody_was_worn_out(story)
    assert_each_owner_was_told_once(story, cases)
    assert_only_the_late_one_turned_red(story)


def _was_late(case: Case) -> bool:
    last = max(row.version for row in case.deadlines if row.kind == "rectify")
    (rectify,) = (row for row in case.deadlines if row.kind == "rectify" and row.version == last)
    assert rectify.met_on is not None and rectify.due_on is not None
    return rectify.met_on > rectify.due_on


def _print_messages(story: Story) -> None:
    counted = story.letters_by_week()
    weeks = sorted({week for _, week in counted})
    print(f"\n{len(story.letters)} messages: {dict(Counter(row.category for row in story.letters))}")
    print(f"{'':26}{' '.join(week[-3:] for week in weeks)}")
    for person in sorted({person for person, _ in counted}):
        numbers = [f"{counted[person, week] or '':>3}" for week in weeks]
        print(f"{person:26}{' '.join(numbers)}  {sum(counted[person, week] for week in weeks):>3}")


def assert_nobody_was_worn_out(story: Story) -> None:
    """One digest, one red and one prompt a day at most, on working days, inside the hours."""
    a_day = Counter((row.to, row.wall.date(), row.category) for row in story.letters)
    assert {times for times in a_day.values()} == {1}
    outside = [
        row.wall
        for row in story.letters
        if not (story.workday(row.wall.date()) and OFFICE_BEGINS <= row.wall.time() < QUIET)
    ]
    assert outside == []
    assert max(story.letters_by_week().values()) <= 10


def assert_each_owner_was_told_once(story: Story, cases: dict[int, Case]) -> None:
    told = {
        number: [
            (row.state, row.sent.delivery.person)
            for row in story.told(case.key)
            if row.notice.rung == "assigned" and row.sent
        ]
        for number, case in cases.items()
    }
    assert told == {number: [("sent", story.people[OWNERS[number]])] for number in NUMBERS}


def assert_only_the_late_one_turned_red(story: Story) -> None:
    red = {row.notice.case for row in story.told() if row.notice.red and row.state == "sent"}
    assert red == {"2023-18"}
