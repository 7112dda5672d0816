"""Dates that move by a decision: extended, paused, set anew after one was missed. Late stays arithmetic throughout."""

from __future__ import annotations

from datetime import date, timedelta

from engine.core.case import Deadline
from engine.core.deadlines import add_months, is_late, late_deadlines
from engine.core.decide import decide
from engine.core.plan import Plan
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import Bench, assigned, codes, in_progress

OWNER = "vice_principal_teaching"
WHY = "工程队要等到放假才能进场"
HOW_FAR = "已完成材料采购，施工方案已定"
GO_LIVE = date(2026, 1, 1)


def ask(bench: Bench, move: str, texts: dict[str, str] | None = None, **params: str) -> None:
    said = MakeMove(move, params, WHY, texts={"progress": HOW_FAR} if texts is None else texts)
    bench._take(decide(Ask(bench.world, bench.person(OWNER), said, bench.now)))


def extend(bench: Bench, due: str, **params: str) -> None:
    ask(bench, "extend", due=due, **params)


def on(bench: Bench, day: str) -> None:
    bench.later((date.fromisoformat(day) - today(bench)).days)


def today(bench: Bench) -> date:
    return bench.world.place.local_day(bench.now)


def versions(bench: Bench, kind: str = "rectify", subject: str = "") -> list[Deadline]:
    return [row for row in bench.case.deadlines if (row.kind, row.subject) == (kind, subject)]


def dates(bench: Bench, kind: str = "rectify", subject: str = "") -> list[tuple[str | None, str, str]]:
    rows = versions(bench, kind, subject)
    return [(row.due_on.isoformat() if row.due_on else None, row.ended, row.basis) for row in rows]


def test_an_extension_is_a_new_version_and_both_dates_stay() -> None:
    bench = in_progress()
    extend(bench, "2026-06-30")
    bench.decide("secretary")
    # The plan's own date came from its latest measure.
    assert [
        ("2026-08-27", "replaced", "feedback"),
        ("2026-05-29", "replaced", "measures"),
        ("2026-06-30", "", "extended"),
    ] == dates(bench)
    assert "in_progress" == bench.case.state


def test_what_was_written_stays_with_the_request_and_never_in_its_parameters() -> None:
    bench = in_progress()
    extend(bench, "2026-06-30")
    pending = bench.case.pending
    assert pending is not None
    assert ({"progress": HOW_FAR}, {"due": "2026-06-30"}) == (pending.texts, pending.params)
    asked = bench.events[-2]
    assert ("requested", {"comment", "progress"}) == (asked.type, set(asked.payload["texts"]))
    assert HOW_FAR not in asked.payload_json


def test_an_extension_asked_on_the_last_day_may_be_granted_after_it() -> None:
    bench = in_progress()
    on(bench, "2026-05-29")
    extend(bench, "2026-06-30")
    on(bench, "2026-06-02")
    assert ["2026-05-29"] == [
        row.due_on.isoformat()
        for row in late_deadlines(bench.case, today(bench), GO_LIVE)
        if row.due_on and row.kind == "rectify"
    ]
    bench.decide("secretary")
    assert ("2026-06-30", "", "extended") == dates(bench)[-1]
    assert "rectify" not in {row.kind for row in late_deadlines(bench.case, today(bench), GO_LIVE)}


def test_an_extension_is_not_asked_for_after_the_day() -> None:
    bench = in_progress()
    on(bench, "2026-05-30")
    extend(bench, "2026-06-30")
    assert ("due_has_passed",) == codes(bench.answer)


def test_every_reason_against_an_extension_is_told_at_once() -> None:
    bench = in_progress()
    on(bench, "2026-05-30")
    said = MakeMove("extend", {"due": "2026-05-01"}, "短")
    answer = decide(Ask(bench.world, bench.person(OWNER), said, bench.now))
    assert ("due_has_passed", "due_not_later", "comment_too_short", "text_too_short") == codes(answer)


def test_an_extension_needs_a_later_date() -> None:
    for due, code in (
        ("2026-05-29", "due_not_later"),
        ("", "due_missing"),
        ("next week", "parameter_is_no_day"),
    ):
        bench = in_progress()
        extend(bench, due)
        assert (code,) == codes(bench.answer)


def test_an_extension_is_at_most_twelve_months_ahead() -> None:
    bench = in_progress()
    extend(bench, "2099-01-01")
    assert ("due_too_far",) == codes(bench.answer)
    extend(bench, add_months(bench.world.place.local_day(bench.now), 12).isoformat())
    assert () == codes(bench.answer)


def test_a_deadline_is_extended_twice_and_not_a_third_time() -> None:
    bench = in_progress()
    for due in ("2026-06-30", "2026-07-31"):
        extend(bench, due)
        bench.decide("secretary")
    extend(bench, "2026-08-31")
    assert ("extended_too_often",) == codes(bench.answer)


def test_each_deadline_has_extensions_of_its_own() -> None:
    bench = in_progress()
    for due in ("2026-06-30", "2026-07-31"):
        extend(bench, due)
        bench.decide("secretary")
    extend(bench, "2026-06-12", kind="measure", subject="2")
    bench.decide("secretary")
    assert [("2026-05-29", "replaced", "measure"), ("2026-06-12", "", "extended")] == dates(
        bench, "measure", "2"
    )
    assert date(2026, 6, 12) == (bench.case.measure(2) or bench.case.measures[0]).due_on


def test_a_measure_is_not_extended_beyond_the_whole() -> None:
    bench = in_progress()
    extend(bench, "2026-06-30", kind="measure", subject="1")
    assert ("due_after_whole",) == codes(bench.answer)


def test_only_a_deadline_that_counts_can_be_extended() -> None:
    bench = assigned()
    extend(bench, "2026-12-31", kind="measure", subject="1")
    assert "deadline_not_running" in codes(bench.answer)
    extend(bench, "2026-12-31", kind="request", subject="1")
    assert ("deadline_not_running",) == codes(bench.answer)


def test_a_returned_extension_leaves_the_date_and_may_be_asked_again() -> None:
    bench = in_progress()
    extend(bench, "2026-06-30")
    bench.decide("secretary", "return", "进展写得太简单，请写明还差哪些")
    assert "2026-05-29" == dates(bench)[-1][0]
    extend(bench, "2026-06-15")
    bench.decide("secretary")
    assert ("2026-06-15", "", "extended") == dates(bench)[-1]


def test_what_was_erased_has_to_be_asked_for_again() -> None:
    from dataclasses import replace

    bench = in_progress()
    extend(bench, "2026-06-30")
    request = bench.case.requests[-1]
    erased = replace(request, texts={"progress": None})
    bench.case = replace(bench.case, requests=(*bench.case.requests[:-1], erased))
    assert ("text_too_short",) == codes(bench.decide("secretary"))


# after the day


def redate(bench: Bench, who: str, due: str, **params: str) -> None:
    bench.do(who, "redate", "原时限已过，请抓紧完成剩余事项", due=due, **params)


def test_a_new_date_after_a_missed_one_keeps_the_first_one_late() -> None:
    bench = in_progress()
    on(bench, "2026-06-03")
    redate(bench, "secretary", "2026-06-30")
    assert [("2026-05-29", "missed", "measures"), ("2026-06-30", "", "redated")] == dates(bench)[1:]
    first, second = versions(bench)[1:]
    assert (True, False) == (is_late(first, today(bench), GO_LIVE), is_late(second, today(bench), GO_LIVE))


def test_the_first_date_stays_late_when_the_work_is_done_by_the_second() -> None:
    bench = in_progress()
    on(bench, "2026-06-03")
    redate(bench, "secretary", "2026-06-30")
    for number in (1, 2):
        bench.finish(OWNER, number)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    on(bench, "2026-06-10")
    bench.decide("secretary")
    first, second = versions(bench)[1:]
    assert (date(2026, 6, 10), date(2026, 6, 10)) == (first.met_on, second.met_on)
    assert (True, False) == (is_late(first, today(bench), GO_LIVE), is_late(second, today(bench), GO_LIVE))


def test_before_the_day_is_over_no_new_date_is_set_by_order() -> None:
    bench = in_progress()
    redate(bench, "secretary", "2026-06-30")
    assert ("not_overdue_yet",) == codes(bench.answer)
    refusal = bench.answer
    assert not isinstance(refusal, Plan) and refusal is not None
    assert date(2026, 5, 30) == refusal.unmet[0].earliest


def test_who_owns_the_case_does_not_set_it_a_new_date() -> None:
    bench = assigned("secretary")
    on(bench, "2026-06-03")
    redate(bench, "secretary", "2026-06-30", kind="plan")
    assert ("four_eyes",) == codes(bench.answer)
    redate(bench, "deputy_secretary", "2026-06-30", kind="plan")
    assert ("2026-06-30", "", "redated") == dates(bench, "plan")[-1]


def test_a_returned_plan_does_not_take_back_a_missed_measure() -> None:
    """Dropping what is open never drops what was missed before it."""
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    on(bench, "2026-06-03")
    redate(bench, "secretary", "2026-06-20")
    redate(bench, "secretary", "2026-06-20", kind="measure", subject="1")
    bench.do("secretary", "return_plan", "措施不具体，请重新拟定后再报")
    assert ["missed", "dropped"] == [row.ended for row in versions(bench, "measure", "1")]


# pauses


def pause(bench: Bench, until: str) -> None:
    ask(bench, "pause", {}, until=until)


def test_a_pause_moves_every_open_date_by_its_days() -> None:
    bench = in_progress()
    on(bench, "2026-04-01")
    pause(bench, "2026-05-01")
    on(bench, "2026-04-03")
    bench.decide("secretary")
    assert ("2026-06-26", "", "paused") == dates(bench)[-1]
    assert ("2026-06-26", "", "paused") == dates(bench, "measure", "2")[-1]
    assert {"leader_in_charge", "upper_party"} == {
        prompt.who
        for prompt in bench.answer.prompts
        if prompt.kind == "paused"  # type: ignore[union-attr]
    }


def test_resuming_early_gives_back_the_days_that_are_left() -> None:
    bench = in_progress()
    on(bench, "2026-04-01")
    pause(bench, "2026-05-01")
    bench.decide("secretary")
    assert "2026-06-28" == dates(bench)[-1][0]
    on(bench, "2026-04-11")
    bench.do(OWNER, "resume")
    assert ("2026-06-08", "", "resumed") == dates(bench)[-1]
    assert date(2026, 5, 29) + timedelta(days=10) == versions(bench)[-1].due_on


def test_a_pause_that_ran_out_needs_no_resuming() -> None:
    bench = in_progress()
    on(bench, "2026-04-01")
    pause(bench, "2026-05-01")
    bench.decide("secretary")
    on(bench, "2026-05-01")
    bench.do(OWNER, "resume")
    assert ("not_paused",) == codes(bench.answer)
    assert "2026-06-28" == dates(bench)[-1][0]


def test_a_date_that_was_extended_in_the_pause_is_not_moved_back() -> None:
    bench = in_progress()
    on(bench, "2026-04-01")
    pause(bench, "2026-05-01")
    bench.decide("secretary")
    extend(bench, "2026-07-31")
    bench.decide("secretary")
    bench.do(OWNER, "resume")
    assert ("2026-07-31", "", "extended") == dates(bench)[-1]
    assert ("2026-05-29", "", "resumed") == dates(bench, "measure", "1")[-1]


def test_a_missed_measure_does_not_move_with_the_pause() -> None:
    bench = in_progress()
    extend(bench, "2026-06-30")
    bench.decide("secretary")
    on(bench, "2026-06-01")
    pause(bench, "2026-06-11")
    bench.decide("secretary")
    assert ("2026-05-29", "", "measure") == dates(bench, "measure", "1")[-1]
    assert ("2026-07-10", "", "paused") == dates(bench)[-1]


def test_no_pause_mutes_what_is_late() -> None:
    bench = in_progress()
    on(bench, "2026-05-29")
    pause(bench, "2026-06-10")
    on(bench, "2026-05-30")
    assert ("due_has_passed",) == codes(bench.decide("secretary"))


def test_a_pause_has_an_end_and_a_longest_one_and_there_are_not_many() -> None:
    bench = in_progress()
    for until, code in (
        ("", "until_missing"),
        ("2026-03-02", "until_not_ahead"),
        ("2026-06-01", "pause_too_long"),
    ):
        pause(bench, until)
        assert (code,) == codes(bench.answer)
    for until in ("2026-03-20", "2026-04-20"):
        pause(bench, until)
        bench.decide("secretary")
        pause(bench, "2026-05-20")
        assert "paused_already" in codes(bench.answer)
        on(bench, until)
    pause(bench, "2026-05-20")
    assert ("paused_too_often",) == codes(bench.answer)
