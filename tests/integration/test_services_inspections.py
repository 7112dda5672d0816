"""Inspections and issues by hand: opened, corrected, split in two, with their measures."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.deadlines import late_deadlines
from engine.core.fold import replay
from engine.core.record import ChangeMeasure, NewMeasure
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, EngineError, NotFound, WrongUsage
from engine.services.decisions import Word, decide_together
from engine.services.inspections import (
    IssueEdit,
    NewInspection,
    Split,
    add_inspection,
    edit_issue,
    find_inspection,
    open_issue,
    split_issue,
)
from engine.services.measures import (
    CountedPromise,
    add_measure,
    count_deliverable,
    edit_measure,
    finish_measures,
)
from engine.services.moves import Assign, assign, make_move
from engine.services.opening import NewIssue, Promise
from engine.store.histories import history
from tests.kit.databases import OWNER, Home
from tests.kit.verbs import codes, do, neighbour, operator, world_of

ISSUE = NewIssue(
    "学习不经常",
    "学习不经常。全年只学一次。",
    aspect="党的建设",
    measures=(NewMeasure("制定计划"), NewMeasure("每月学习")),
    deliverables=(Promise("计划", 1),),
)


def opened(home: Home, issue: NewIssue = ISSUE) -> str:
    return do(home, open_issue, home.principal("office"), None, issue).key


def assigned(home: Home, key: str) -> None:
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))


def test_the_key_of_an_inspection_is_the_year_of_its_feedback(home: Home) -> None:
    added = [
        do(home, add_inspection, operator(home), NewInspection(day)).key
        for day in (date(2025, 1, 19), date(2025, 7, 1), date(2026, 1, 5))
    ]
    assert added == ["2025", "2025b", "2026b"]


def test_the_feedback_date_is_the_identity_of_an_inspection(home: Home) -> None:
    with pytest.raises(Conflict) as twice:
        do(home, add_inspection, operator(home), NewInspection(date(2026, 2, 27), key="again"))
    assert (twice.value.code, twice.value.facts["key"]) == ("inspection_exists", "2026")


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewInspection(date(2026, 3, 3)), "date_in_future"),
        (NewInspection(date(2026, 1, 1), inspected_from=date(2026, 1, 2)), "dates_out_of_order"),
        (NewInspection(date(2026, 1, 1), key="2026-1"), "inspection_key_wrong"),
        (NewInspection(date(2026, 1, 1), key="2026"), "inspection_key_taken"),
        (NewInspection(date(2026, 1, 1), stated_total=-1), "count_too_small"),
    ],
)
def test_an_inspection_that_cannot_be_is_refused(home: Home, new: NewInspection, code: str) -> None:
    with pytest.raises(EngineError) as wrong:
        do(home, add_inspection, operator(home), new)
    assert wrong.value.code == code


def test_the_neighbour_may_have_an_inspection_of_the_same_day(home: Home) -> None:
    assert do(home, add_inspection, neighbour(home), NewInspection(date(2026, 2, 27))).key == "2026"


def test_an_unknown_inspection_is_told_with_the_nearest_key(home: Home) -> None:
    with home.begin() as uow, pytest.raises(NotFound) as missing:
        find_inspection(uow, home.organisation, "2025")
    assert missing.value.facts == {"inspection": "2025", "nearest": "2026"}


def test_an_issue_opens_unassigned_with_limits_that_are_not_armed(home: Home) -> None:
    case = world_of(home, opened(home)).case
    assert (case.key, case.state, case.waits_for, case.owner_post) == ("2026-1", "assigned", "office", None)
    assert {row.kind: (row.armed, row.due_on) for row in case.deadlines} == {
        "plan": (False, None),
        "rectify": (False, None),
    }
    assert [row.text for row in case.measures] == ["制定计划", "每月学习"]
    assert [(row.name, row.count) for row in case.deliverables] == [("计划", 1)]


def test_numbers_go_on_and_one_that_is_taken_is_a_conflict(home: Home) -> None:
    keys = [opened(home), opened(home, NewIssue("第九个", number=9)), opened(home, NewIssue("再一个"))]
    assert keys == ["2026-1", "2026-9", "2026-10"]
    with pytest.raises(Conflict, match="issue_number_taken"):
        opened(home, NewIssue("又一个", number=9))


@pytest.mark.parametrize("title", ["", "  ", "\u200b", " \u202e\u00a0\ufeff", "\u3164", "长" * 501])
def test_an_issue_has_a_title_of_bearable_length(home: Home, title: str) -> None:
    with pytest.raises(WrongUsage, match="title_wrong"):
        opened(home, NewIssue(title))


@pytest.mark.parametrize("who", ["stranger", OWNER, "discipline_commissioner"])
def test_only_clerks_open_issues(home: Home, who: str) -> None:
    with pytest.raises(Refused) as refused:
        do(home, open_issue, home.principal(who), None, ISSUE)
    assert (codes(refused.value), refused.value.exit_code) == (["wrong_role"], 3)


def test_the_secretary_and_the_operator_are_clerks(home: Home) -> None:
    keys = [
        do(home, open_issue, who, None, ISSUE).key for who in (home.principal("secretary"), operator(home))
    ]
    assert keys == ["2026-1", "2026-2"]


def test_corrected_wording_is_marked_as_a_persons(home: Home) -> None:
    key = opened(home)
    do(home, edit_issue, home.principal("office"), key, IssueEdit({"title": "学习少", "problem": ""}, {}))
    case = world_of(home, key).case
    assert (case.title, case.texts["problem"], case.fields["edited"]) == ("学习少", "", "problem,title")


def test_the_same_wording_again_writes_nothing(home: Home) -> None:
    key = opened(home)
    before = world_of(home, key).case.revision
    do(home, edit_issue, home.principal("office"), key, IssueEdit({"title": ISSUE.title}, {}))
    assert world_of(home, key).case.revision == before


def test_an_unknown_text_is_refused_and_nothing_is_changed(home: Home) -> None:
    key = opened(home)
    before = world_of(home, key).case
    with pytest.raises(Refused) as refused:
        do(home, edit_issue, home.principal("office"), key, IssueEdit({"title": "x", "titel": "x"}, {}))
    assert codes(refused.value) == ["text_unknown"]
    assert world_of(home, key).case == before


@pytest.mark.parametrize("key", ["2026-99", "2027-1", "nonsense", ""])
def test_an_unknown_case_is_not_found(home: Home, key: str) -> None:
    opened(home)
    with pytest.raises(NotFound) as missing:
        do(home, edit_issue, home.principal("office"), key, IssueEdit({}, {}))
    assert (missing.value.code, missing.value.exit_code) == ("case_not_found", 6)


def test_a_case_of_the_neighbour_is_not_found(home: Home) -> None:
    key = opened(home)
    with pytest.raises(NotFound) as missing:
        do(home, edit_issue, neighbour(home), key, IssueEdit({"title": "x"}, {}))
    assert missing.value.facts == {"case": key, "nearest": None}


def test_one_issue_becomes_two_and_both_histories_say_so(home: Home) -> None:
    key = opened(home)
    split = Split("没有计划", "没有计划。", measures=(1,), remaining={"title": "只学一次"})
    old, new = do(home, split_issue, home.principal("office"), key, split)
    assert (old.key, new.key) == ("2026-1", "2026-1b")
    assert (old.fields["split_into"], new.fields["split_from"]) == ("2026-1b", "2026-1")
    assert (old.title, new.title, new.texts["aspect"]) == ("只学一次", "没有计划", "党的建设")
    assert [row.text for row in old.live_measures] == ["每月学习"]
    assert [row.text for row in new.live_measures] == ["制定计划"]
    assert [row.armed for row in new.deadlines] == [False, False]


def test_what_is_split_off_is_as_late_as_what_it_was_split_from(home: Home) -> None:
    key = opened(home)
    office = home.principal("office")
    do(home, assign, office, key, Assign(home.posts[OWNER], due=date(2026, 5, 29)))
    old, new = do(home, split_issue, office, key, Split("没有计划", "没有计划。", measures=(1,)))
    late = [late_deadlines(case, date(2026, 6, 20), None) for case in (old, new)]
    assert [["plan", "rectify"]] * 2 == [[row.kind for row in rows] for rows in late]
    assert [row.due_on for row in old.running_deadlines] == [row.due_on for row in new.running_deadlines]
    assert (home.posts[OWNER], "owner") == (new.owner_post, new.waits_for)


def test_a_measure_that_runs_goes_on_running_where_it_is_split_to(home: Home) -> None:
    key = opened(home)
    office, owner, secretary = (home.principal(who) for who in ("office", OWNER, "secretary"))
    do(home, assign, office, key, Assign(home.posts[OWNER], due=date(2026, 5, 29)))
    for number in (1, 2):
        do(home, edit_measure, office, key, ChangeMeasure(number, due_on=date(2026, 2, 27)))
    do(home, make_move, owner, key, MakeMove("plan"))
    do(home, decide_together, secretary, Word((f"{key}-R1",), "approve"))
    do(home, make_move, secretary, key, MakeMove("return_plan", comment="措施不具体，请逐项写明责任人"))
    old, new = do(home, split_issue, office, key, Split("没有计划", "没有计划。", measures=(2,)))
    assert {"", "1"} == {row.subject for row in old.running_deadlines}
    (measure,) = (row for row in new.running_deadlines if row.kind == "measure")
    assert ("1", date(2026, 2, 27), "split") == (measure.subject, measure.due_on, measure.basis)
    assert "dropped" == old.deadline("measure", "2").ended  # type: ignore[union-attr]


def test_what_is_split_is_what_its_history_says(home: Home) -> None:
    key = opened(home)
    pair = do(home, split_issue, home.principal("office"), key, Split("没有计划", "", measures=(1,)))
    with home.begin(writing=False) as uow:
        told = [replay(case.id, home.organisation, history(uow, case.id)) for case in pair]
    assert told == [world_of(home, case.key).case for case in pair]


def test_an_issue_can_be_split_again_and_no_number_moves(home: Home) -> None:
    key = opened(home)
    keys = [
        do(home, split_issue, home.principal("office"), key, Split(f"部分{n}", ""))[1].key for n in (1, 2)
    ]
    assert keys == ["2026-1b", "2026-1c"]
    assert world_of(home, key).case.fields["split_into"] == "2026-1b,2026-1c"
    assert opened(home, NewIssue("下一个")) == "2026-2"


def test_what_was_decided_is_not_split(home: Home) -> None:
    key = opened(home)
    assigned(home, key)
    do(home, count_deliverable, home.principal(OWNER), key, CountedPromise(2, number=1))
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    with pytest.raises(Refused) as refused:
        do(home, split_issue, home.principal("office"), key, Split("x", "", measures=(7,)))
    assert codes(refused.value) == ["request_pending", "measure_unknown"]


def test_measures_are_added_changed_and_dropped(home: Home) -> None:
    key = opened(home)
    office = home.principal("office")
    do(home, add_measure, office, key, NewMeasure("公示", home.posts[OWNER], date(2026, 5, 1)))
    do(home, edit_measure, office, key, ChangeMeasure(1, "制定年度计划"))
    do(home, edit_measure, office, key, ChangeMeasure(2, is_dropped=True))
    case = world_of(home, key).case
    assert [(row.number, row.text, row.owner_post, row.due_on) for row in case.live_measures] == [
        (1, "制定年度计划", None, None),
        (3, "公示", home.posts[OWNER], date(2026, 5, 1)),
    ]


def test_several_measures_are_reported_done_or_none(home: Home) -> None:
    key = opened(home)
    assigned(home, key)
    with pytest.raises(Refused) as refused:
        do(home, finish_measures, home.principal(OWNER), key, (1, 9))
    assert "plan_not_approved" in codes(refused.value)
    assert {row.state for row in world_of(home, key).case.measures} == {"open"}


def test_a_new_promise_is_counted(home: Home) -> None:
    key = opened(home)
    do(home, count_deliverable, home.principal("office"), key, CountedPromise(6, "会议记录"))
    promises = world_of(home, key).case.deliverables
    assert [(row.number, row.name, row.count) for row in promises] == [(1, "计划", 1), (2, "会议记录", 6)]
