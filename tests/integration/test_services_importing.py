"""A report comes in: once, again, in a later version; and what a person decided stays."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from engine.core.deadlines import late_deadlines
from engine.core.record import ChangeMeasure, NewMeasure
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.documents.reading import read_report
from engine.documents.report import Report
from engine.errors import BadInput, Conflict, NotFound
from engine.services.importing import Imported, Preview, apply_import, preview
from engine.services.inspections import (
    IssueEdit,
    NewInspection,
    Split,
    add_inspection,
    edit_issue,
    open_issue,
    split_issue,
)
from engine.services.linking import link_name
from engine.services.measures import CountedPromise, add_measure, count_deliverable, edit_measure
from engine.services.moves import Assign, assign, make_move
from engine.services.opening import NewIssue
from engine.services.people import NewPerson, add_person, list_people
from engine.store.cases import list_cases
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.reports import FEEDBACK, report
from tests.kit.verbs import codes, do, neighbour, operator, see, world_of

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "report.txt"
TITLE = ("1.学习次数少。", "1.学习次数太少。")
KEY = "2026b-1"


def bring_in(home: Home, read: Report, **more: object) -> Imported:
    return do(home, apply_import, operator(home), read, **more)


def look(home: Home, read: Report, **more: object) -> Preview:
    return see(home, preview, operator(home), read, MONDAY, **more)


def outcomes(seen: Preview) -> dict[int, str]:
    return {line.number: line.outcome for line in seen.lines}


def kept(seen: Preview, number: int = 1) -> dict[str, str]:
    """Part → why it is not taken over ("" = it is)."""
    line = next(line for line in seen.lines if line.number == number)
    return {row.part: row.why for row in line.differences}


def revisions(home: Home) -> dict[str, int]:
    with home.begin(writing=False) as uow:
        return {line.key: line.revision for line in list_cases(uow, home.organisation)}


def ask_for_the_plan(home: Home) -> None:
    do(home, assign, home.principal("office"), KEY, Assign(home.posts[OWNER]))
    do(home, make_move, home.principal(OWNER), KEY, MakeMove("plan"))


def test_a_report_becomes_an_inspection_with_issues(home: Home) -> None:
    done = bring_in(home, report())
    assert (done.inspection, done.opened, done.changed) == ("2026b", ("2026b-1", "2026b-2", "2026b-3"), ())
    case = world_of(home, KEY).case
    assert (case.title, case.texts["aspect"], case.fields["section_number"]) == ("学习次数少", "党的建设", 1)
    assert [row.text for row in case.measures] == ["制定学习计划", "每月集中学习"]
    assert [(row.name, row.count) for row in case.deliverables] == [("计划", 1)]
    assert (case.claim.status if case.claim else None, case.state, case.waits_for) == (
        "closed",
        "assigned",
        "office",
    )


def test_what_the_report_does_not_count_is_unknown(home: Home) -> None:
    bring_in(home, report())
    assert [(row.name, row.count) for row in world_of(home, "2026b-3").case.deliverables] == [(None, None)]


def test_nothing_imported_is_armed_or_late(home: Home) -> None:
    bring_in(home, report())
    case = world_of(home, KEY).case
    assert {row.kind: (row.armed, row.due_on) for row in case.deadlines} == {
        "plan": (False, None),
        "rectify": (False, None),
    }
    assert late_deadlines(case, date(2030, 1, 1), date(2020, 1, 1)) == ()


def test_the_preview_writes_nothing_and_says_what_the_import_does(home: Home) -> None:
    seen = look(home, report())
    assert (outcomes(seen), seen.inspection, seen.has_changes) == ({1: "new", 2: "new", 3: "new"}, None, True)
    assert revisions(home) == {}
    done = bring_in(home, report(), seen=seen.digest)
    assert done.preview == seen


def test_the_preview_is_one_json_document_of_the_contract(home: Home) -> None:
    shown = json.loads(json.dumps(look(home, report()).as_json()))
    assert list(shown) == ["inspection", "issues", "reconciliation", "merge"]
    assert shown["inspection"]["feedback_on"] == "2026-01-19"
    assert shown["merge"]["counts"] == {"new": 3, "same": 0, "changed": 0, "kept": 0, "missing": 0}


def test_a_confirmed_preview_that_is_out_of_date_is_a_conflict(home: Home) -> None:
    seen = look(home, report())
    bring_in(home, report())
    with pytest.raises(Conflict, match="preview_stale"):
        bring_in(home, report(), seen=seen.digest)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_same_file_again_changes_nothing(home: Home, encoding: str) -> None:
    bring_in(home, report())
    before = revisions(home)
    again = bring_in(home, report(encoding=encoding))
    assert (again.preview.has_changes, again.opened, again.changed) == (False, (), ())
    assert outcomes(again.preview) == {1: "same", 2: "same", 3: "same"}
    assert revisions(home) == before


def test_a_file_whose_lines_only_moved_is_the_same(home: Home) -> None:
    bring_in(home, report())
    assert look(home, report(("第一方面", "\n\n第一方面"))).has_changes is False


def test_a_later_version_changes_what_nobody_decided(home: Home) -> None:
    bring_in(home, report())
    later = report(
        TITLE,
        ("一是制定学习计划；二是每月集中学习", "一是制定年度学习计划；二是每月集中学习；三是写感悟"),
        ("完善了计划1项", "完善了计划2项"),
    )
    assert set(kept(look(home, later)).values()) == {""}
    done = bring_in(home, later)
    case = world_of(home, KEY).case
    assert (done.changed, outcomes(done.preview)) == ((KEY,), {1: "changed", 2: "same", 3: "same"})
    assert case.title == "学习次数太少"
    assert [row.text for row in case.live_measures] == ["制定年度学习计划", "每月集中学习", "写感悟"]
    assert [(row.name, row.count) for row in case.deliverables] == [("计划", 2)]
    assert bring_in(home, later).preview.has_changes is False


def test_a_later_version_may_have_fewer_measures(home: Home) -> None:
    bring_in(home, report())
    bring_in(home, report(("；二是每月集中学习", "")))
    case = world_of(home, KEY).case
    assert [(row.number, row.state) for row in case.measures] == [(1, "open"), (2, "dropped")]


def test_a_promise_that_was_unknown_is_filled_in(home: Home) -> None:
    bring_in(home, report())
    bring_in(home, report(("每季度盘点库存", "完善了盘点表4份。一是每季度盘点库存；二是上墙公示")))
    assert [(row.name, row.count) for row in world_of(home, "2026b-3").case.deliverables] == [("盘点表", 4)]


def test_a_promise_is_never_taken_back_by_a_file(home: Home) -> None:
    bring_in(home, report(("完善了计划1项", "完善了计划1项、制度2项")))
    seen = look(home, report())
    assert kept(seen)["deliverables"] == "cannot"


def test_a_plan_that_waits_for_a_decision_keeps_its_texts(home: Home) -> None:
    bring_in(home, report())
    ask_for_the_plan(home)
    before = world_of(home, KEY).case
    later = report(TITLE, ("二是每月集中学习", "二是每周集中学习"))
    done = bring_in(home, later)
    assert kept(done.preview) == {"title": "decided", "problem": "decided", "measures": "decided"}
    assert (outcomes(done.preview)[1], done.preview.has_changes) == ("kept", False)
    assert world_of(home, KEY).case == before


def test_wording_corrected_by_hand_stays(home: Home) -> None:
    bring_in(home, report())
    do(home, edit_issue, home.principal("office"), KEY, IssueEdit({"title": "学得少"}, {}))
    done = bring_in(home, report(TITLE))
    case = world_of(home, KEY).case
    assert kept(done.preview) == {"title": "edited", "problem": ""}
    assert (case.title, case.texts["problem"]) == ("学得少", "学习次数太少。全年只学一次。")


def test_measures_worked_on_by_hand_stay(home: Home) -> None:
    bring_in(home, report())
    do(home, edit_measure, home.principal("office"), KEY, ChangeMeasure(1, due_on=date(2026, 6, 1)))
    do(home, count_deliverable, home.principal("office"), KEY, CountedPromise(3, number=1))
    before = world_of(home, KEY).case
    later = report(("二是每月集中学习", "二是每周集中学习"), ("完善了计划1项", "完善了计划2项"))
    done = bring_in(home, later)
    assert {name: kept(done.preview)[name] for name in ("measures", "deliverables")} == {
        "measures": "edited",
        "deliverables": "edited",
    }
    after = world_of(home, KEY).case
    assert (after.measures, after.deliverables) == (before.measures, before.deliverables)


def test_a_changed_claim_is_claimed_anew_unless_it_was_settled(home: Home) -> None:
    bring_in(home, report())
    bring_in(home, report(("没有教案。（正在整改）", "没有教案。（整改完成）")))
    claim = world_of(home, "2026b-2").case.claim
    assert (claim.status, claim.settled) == ("closed", "open") if claim else claim


def test_an_issue_that_a_later_version_lacks_is_told_and_kept(home: Home) -> None:
    bring_in(home, report())
    before = revisions(home)
    shorter = report(
        (
            "第二方面：后勤管理\n（一）账目不清\n3.库存没有盘点。账实不符。（整改完成）\n整改落实情况：每季度盘点库存。\n",
            "",
        )
    )
    done = bring_in(home, shorter)
    assert outcomes(done.preview)[3] == "missing"
    assert revisions(home) == before


def test_a_new_issue_of_a_later_version_is_opened(home: Home) -> None:
    bring_in(home, report())
    more = report(
        (
            "青石桥小学\n2026年2月20日",
            "4.账册没有签字。（整改完成）\n整改落实情况：补签账册。\n青石桥小学\n2026年2月25日",
        )
    )
    done = bring_in(home, more)
    assert (done.opened, outcomes(done.preview)) == (
        ("2026b-4",),
        {1: "same", 2: "same", 3: "same", 4: "new"},
    )


def test_a_split_issue_stays_split(home: Home) -> None:
    bring_in(home, report())
    split = Split("没有计划", "", measures=(1,), remaining={"title": "只学一次"})
    do(home, split_issue, home.principal("office"), KEY, split)
    before = revisions(home)
    done = bring_in(home, report())
    assert kept(done.preview) == {"title": "edited", "measures": "edited"}
    assert revisions(home) == before


def test_issues_by_hand_keep_their_words_and_gain_what_they_lack(home: Home) -> None:
    """The clerk's year: a feedback letter in January, the report in June."""
    office = home.principal("office")
    do(home, add_inspection, office, NewInspection(date(2026, 1, 19), key="X"))
    do(home, open_issue, office, "X", NewIssue("学习少", number=1))
    done = bring_in(home, report())
    case = world_of(home, "X-1").case
    assert (done.inspection, done.opened, done.changed) == ("X", ("X-2", "X-3"), ("X-1",))
    assert (case.title, case.texts["problem"]) == ("学习少", "学习次数少。全年只学一次。")
    assert [row.text for row in case.measures] == ["制定学习计划", "每月集中学习"]
    assert [row.part for row in done.preview.round_changes if not row.why] == [
        "unit",
        "inspected_from",
        "inspected_to",
        "published_on",
        "stated_total",
    ]


def test_measures_promised_by_hand_are_not_doubled(home: Home) -> None:
    office = home.principal("office")
    do(home, add_inspection, office, NewInspection(date(2026, 1, 19), key="X"))
    do(home, open_issue, office, "X", NewIssue("学习少", number=1))
    do(home, add_measure, office, "X-1", NewMeasure("自己写的"))
    bring_in(home, report())
    assert [row.text for row in world_of(home, "X-1").case.measures] == ["自己写的"]


def test_names_that_nobody_goes_by_are_kept_until_somebody_links_them(home: Home) -> None:
    for name, post in (("方小满", "office"), ("何教之", OWNER)):
        do(home, add_person, operator(home), NewPerson(name, posts=(post,)))
    seen = look(home, report())
    assert seen.unresolved == (("某不识", (2,)),)
    bring_in(home, report())
    assert world_of(home, KEY).case.fields["leader"] == "office"
    assert world_of(home, "2026b-2").case.fields["leader"] == OWNER
    assert see(home, list_people, operator(home), MONDAY).unresolved == (("某不识", ("2026b-2",)),)
    assert do(home, link_name, operator(home), "某不识", "secretary") == ("2026b-2",)
    assert see(home, list_people, operator(home), MONDAY).unresolved == ()
    assert bring_in(home, report()).preview.has_changes is False
    assert see(home, list_people, operator(home), MONDAY).unresolved == ()


def test_a_linked_name_proposes_the_post_to_whoever_assigns(home: Home) -> None:
    bring_in(home, report())
    do(home, link_name, operator(home), "方小满", "secretary")
    assert world_of(home, KEY).case.fields["leader"] == "secretary"


def test_a_name_that_does_not_wait_is_not_linked(home: Home) -> None:
    bring_in(home, report())
    with pytest.raises(NotFound) as missing:
        do(home, link_name, operator(home), "某不认", "secretary")
    assert (missing.value.code, missing.value.facts["nearest"]) == ("name_not_unresolved", "某不识")


def test_a_report_without_feedback_date_needs_one(home: Home) -> None:
    undated = report((FEEDBACK, "区委巡察组反馈了巡察意见。"))
    assert undated.inspection.feedback_on is None
    with pytest.raises(BadInput, match="feedback_date_missing"):
        bring_in(home, undated)
    assert bring_in(home, undated, feedback_on=date(2025, 12, 1)).inspection == "2025"


def test_feedback_of_tomorrow_is_refused(home: Home) -> None:
    with pytest.raises(BadInput, match="feedback_date_in_future"):
        bring_in(home, report(), feedback_on=date(2026, 3, 3))


def test_a_number_that_stands_twice_is_refused_and_nothing_is_written(home: Home) -> None:
    with pytest.raises(BadInput) as wrong:
        bring_in(home, report(("2.党课不落实", "1.党课不落实")))
    assert (wrong.value.facts, revisions(home)) == ({"numbers": [1]}, {})


def test_only_clerks_import(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, apply_import, home.principal("stranger"), report())
    assert codes(refused.value) == ["wrong_role"]


def test_two_schools_import_the_same_report_each_for_itself(home: Home) -> None:
    bring_in(home, report())
    done = do(home, apply_import, neighbour(home), report())
    assert (done.inspection, done.opened) == ("2026", ("2026-1", "2026-2", "2026-3"))


@pytest.fixture
def real() -> Report:
    if not REAL.is_file():
        assert os.environ.get("CI") != "true", f"the real report is missing: {REAL}"
        pytest.skip("the real report does not lie beside this copy of the repository")
    return read_report(REAL.read_bytes(), REAL.name)


def test_the_real_report_comes_in_whole_and_once(home: Home, real: Report) -> None:
    done = bring_in(home, real)
    cases = [world_of(home, key).case for key in done.opened]
    assert (done.inspection, len(cases)) == ("2023", 33)
    assert {case.claim.status if case.claim else None for case in cases} == {"closed"}
    assert [row for case in cases for row in case.deadlines if row.armed] == []
    assert bring_in(home, real).preview.has_changes is False
