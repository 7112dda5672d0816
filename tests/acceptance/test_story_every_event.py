"""A year in which everything happens that can: each type of event is written, and all of it can be proved."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from engine.bootstrap import DefinitionFile
from engine.core.case import Case
from engine.core.erasing import Erasure, Purge
from engine.core.fold import EVENT_TYPES, replay
from engine.core.paper import AnswerPaper
from engine.core.principal import Credential, Principal, Via
from engine.documents.bundles import write_bundle
from engine.services.as_of import show_case_on
from engine.services.bundles import NewBundle, make_bundles, take_out
from engine.services.bundling import bundle_case
from engine.services.decisions import Meeting, Word, confirm, decide_by_minutes, decide_together
from engine.services.duties import Sign, sign, switch_on
from engine.services.erasing import erase, finish_purge, purge
from engine.services.evidence import About
from engine.services.inspections import IssueEdit, NewInspection, add_inspection, edit_issue, open_issue
from engine.services.intake import Received, receive
from engine.services.migrating import Migration, find_cases, migrate_batch
from engine.services.opening import NewIssue
from engine.services.people import Appointment, appoint, end_holding, leave
from engine.services.publishing import check_definitions, publish_checked
from engine.services.repeats import link_earlier
from engine.services.sealing import line_of, seal_now
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import history
from engine.store.scope import Scope
from engine.store.worlds import load_worlds
from tests.kit.chains import first_break
from tests.kit.reports import TEXT
from tests.kit.stories import PARTY_COMMITTEE, Story, shipped
from tests.kit.third_party import check_bundle
from tests.kit.worlds import vocabulary

CAST = (*PARTY_COMMITTEE, "supervision_group", "office", "teaching_director", "moral_education_director")
CLAIMED, WORKED, COMMITTEES, EARLIER = "2026-1", "2026-2", "2026-3", "2023-1"
PLEDGE = "ethics_pledge@2026-2027"
OWNER = "teaching_director"
AGAIN = "又发现了没有教案的党课"
REASON = "原因已经当面说明清楚"
Evening = Mapping[str, Case]


@dataclass(frozen=True)
class Year:
    """A story that was told to its end, and how every case looked on each evening of it."""

    story: Story
    evenings: Mapping[date, Evening]


def told(story: Story) -> Iterator[None]:
    """Chapter after chapter; each `yield` is a night."""
    chapters = (beginning, planning, closing, reopening, deciding_by_minutes, pledging, removing, migrating)
    for chapter in chapters:
        yield from chapter(story)


def beginning(story: Story) -> Iterator[None]:
    """A report comes in, one of its issues is worded anew and is known from an earlier round, one is done already."""
    story.imports(TEXT)
    yield
    with story.work() as uow:
        clerk = story.person("office")
        edit_issue(uow, clerk, WORKED, IssueEdit({"title": "党课没有落实"}, {"source_line": 9}), story.now)
        add_inspection(uow, clerk, NewInspection(feedback_on=date(2023, 1, 19)), story.now)
        open_issue(uow, clerk, "2023", NewIssue("党课不落实", "没有教案", number=1), story.now)
    yield
    with story.work() as uow:
        link_earlier(uow, story.person("office"), WORKED, EARLIER, story.now)
    yield
    story.accepts_claims("secretary", CLAIMED)
    yield


def planning(story: Story) -> Iterator[None]:
    """A plan is asked for, laid into a bundle and taken out, passed on when its decider goes, and approved by others."""
    story.assigns(WORKED, OWNER)
    story.schedules(OWNER, WORKED, 1, "2026-12-01")
    story.counts(OWNER, WORKED, 1, "教案", 1)
    story.does(OWNER, WORKED, "plan", "报送方案")
    yield
    with story.work() as uow:
        (bundle,) = make_bundles(uow, story.person("office"), NewBundle("2026", "plan"), story.now)
    with story.work() as uow:
        take_out(uow, story.person("office"), bundle.bundle.key, [WORKED], story.now)
    yield
    with story.work() as uow:
        end_holding(uow, story.person(None), "secretary", "secretary", story.now)
    story.tick()
    assert story.case(WORKED).pending.decider == "party_committee"  # type: ignore[union-attr]
    yield
    with story.work() as uow:
        appoint(uow, story.person(None), Appointment("secretary", "secretary"), story.now)
    for member in ("deputy_secretary", "organisation_commissioner", "publicity_commissioner"):
        story.decides(member, WORKED)
    yield


def closing(story: Story) -> Iterator[None]:
    """The work is done and proved; what closes it was signed on paper, and confirmed."""
    story.does(OWNER, WORKED, "start")
    story.finishes(OWNER, WORKED)
    story.files(OWNER, WORKED, "三份教案", About(deliverable=1))
    story.does(OWNER, WORKED, "submit_evidence")
    yield
    story.does("discipline_commissioner", WORKED, "verify")
    story.does(OWNER, WORKED, "close")
    signs(story, WORKED, 2)
    yield
    answers(story, WORKED, 2, AnswerPaper(0, True))
    yield


def reopening(story: Story) -> Iterator[None]:
    """It comes back, gets a new date, is asked about and returned; the last paper was not theirs."""
    due = (story.today + timedelta(days=1)).isoformat()
    story.does("secretary", WORKED, "reopen", AGAIN, due=due)
    yield
    yield
    late = (story.today + timedelta(days=60)).isoformat()
    story.does("secretary", WORKED, "redate", REASON, kind="rectify", due=late)
    story.does(OWNER, WORKED, "pause", REASON, until=(story.today + timedelta(days=20)).isoformat())
    signs(story, WORKED, 3)
    yield
    answers(story, WORKED, 3, AnswerPaper(0, False, "这份签批单不是我签的"))
    yield


def deciding_by_minutes(story: Story) -> Iterator[None]:
    """What the secretary owns is decided by a meeting of the committee."""
    story.assigns(COMMITTEES, "secretary")
    story.does("secretary", COMMITTEES, "plan", "报送方案")
    seats = len(PARTY_COMMITTEE) - 1
    word = Word((f"{COMMITTEES}-R1",), "approve", scan=scanned(story, "会议纪要"))
    with story.work() as uow:
        meeting = Meeting(story.today, seats, seats, seats)
        decide_by_minutes(uow, story.person("deputy_secretary"), word, meeting, story.now)
    yield


def pledging(story: Story) -> Iterator[None]:
    """Everybody signs a pledge; one of them leaves."""
    with story.work() as uow:
        switch_on(uow, story.person("office"), "ethics_pledge", story.today, story.now)
    story.tick()
    yield
    with story.work() as uow:
        sign(uow, story.person("office"), PLEDGE, Sign((story.people["office"],), story.today), story.now)
        leave(uow, story.person(None), "publicity_commissioner", story.now)
    yield
    story.tick()
    yield


def removing(story: Story) -> Iterator[None]:
    """A remark is erased, and a file cleared, by two people each."""
    with story.look() as uow:
        said = next(
            event for event in history(uow, story.case(WORKED).id) if event.texts.get("comment") == AGAIN
        )
    yield
    for who in ("office", "secretary"):
        with story.work() as uow:
            erase(uow, story.person(who), WORKED, Erasure(said.seq, "comment"), "写有学生姓名", story.now)
        with story.work() as uow:
            cleared = purge(uow, story.person(who), WORKED, Purge(1), "写有学生姓名", story.now)
        yield
    assert finish_purge(story.database, story.blobs, story.organisation, cleared.case, 1)


def migrating(story: Story) -> Iterator[None]:
    """A new version of the workflow is published, and what runs goes on by it."""
    files = [
        newer(row) if (row.kind, row.name) == ("workflow", "rectification") else row for row in shipped()
    ]
    with story.database.begin(Scope.whole()) as uow:
        publish_checked(uow, check_definitions(files, vocabulary()), story.now)
        uow.commit()
    with story.work() as uow:
        migration = Migration("rectification")
        wanted = find_cases(uow, story.organisation, migration)
        done = migrate_batch(uow, story.person("office"), wanted.cases, wanted, migration, story.now)
    assert [row for row in done if row.refusals is None] != []
    yield


def newer(file: DefinitionFile) -> DefinitionFile:
    """The next version of a workflow: a plan needs two measures."""
    text = file.text.replace("- measures_at_least: {count: 1}", "- measures_at_least: {count: 2}")
    return replace(file, text=re.sub(r"\nversion: \d+\n", "\nversion: 99\n", text, count=1))


def scanned(story: Story, text: str) -> Received:
    return receive(story.blobs, story.organisation, BytesIO(text.encode()), "scan.pdf", largest=1 << 20)


def signs(story: Story, case: str, number: int) -> None:
    """The office registers what the secretary signed on paper."""
    signed = Principal(story.organisation, story.people["secretary"], Via.PAPER, Credential.PAPER, "clerk")
    scan = scanned(story, f"签批单 {case} {number}")
    word = Word((f"{case}-R{number}",), "approve", scan=scan, recorder=story.person("office"))
    with story.work() as uow:
        decide_together(uow, signed, word, story.now)


def answers(story: Story, case: str, number: int, answer: AnswerPaper) -> None:
    with story.work() as uow:
        confirm(uow, story.person("secretary"), f"{case}-R{number}", answer, story.now)


def evening(story: Story) -> Evening:
    with story.look() as uow:
        ids = [row.id for row in list_cases(uow, story.organisation)]
        return {world.case.key: world.case for world in load_worlds(uow, ids, lock=False)}


@pytest.fixture
def year(database: Database, tmp_path: Path) -> Year:
    story, evenings = Story.begin(database, tmp_path, "2026-09-01", cast=CAST), {}
    for _ in told(story):
        evenings[story.today] = evening(story)
        story.now += timedelta(days=1)
    return Year(story, evenings)


def test_everything_that_can_happen_can_be_proved(year: Year, tmp_path: Path) -> None:
    story = year.story
    with story.look() as uow:
        cases = evening(story)
        histories = {key: history(uow, case.id) for key, case in cases.items()}
    assert {event.type for events in histories.values() for event in events} == EVENT_TYPES
    assert {key: first_break(events) for key, events in histories.items()} == dict.fromkeys(cases)
    again = {key: replay(cases[key].id, story.organisation, events) for key, events in histories.items()}
    assert again == cases
    assert story.proves()
    assert [(day, key) for day, key, is_so in looked_back(year) if not is_so] == []
    bundles_convince(story, list(cases), tmp_path)


def looked_back(year: Year) -> Iterator[tuple[date, str, bool]]:
    """Of every evening and case whether today's view of that day shows what was there then."""
    story = year.story
    with story.look() as uow:
        for day, then in year.evenings.items():
            for key, case in then.items():
                view = show_case_on(uow, story.person("secretary"), key, day, story.now)
                yield day, key, view.row.case == case


def bundles_convince(story: Story, keys: list[str], folder: Path) -> None:
    with story.work() as uow:
        line = line_of(seal_now(uow, story.organisation, story.now), "Asia/Shanghai")
    for at, key in enumerate(keys):
        path = folder / f"{at}.zip"
        with story.look() as uow:
            pieces = bundle_case(uow, story.person("secretary"), key, "verifier", story.blobs, story.now)
            write_bundle(path, pieces, story.now)
        with zipfile.ZipFile(path) as bundle:
            bundle.extractall(folder / str(at))
        code, said = check_bundle(folder / str(at), "--seal", line)
        assert (code, said.startswith(f"OK: {key}, ")) == (0, True), said
