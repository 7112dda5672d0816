"""Refusals that help: alternatives as alternatives, cures, who could, and from when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from engine.core.decide import guard_requirements
from engine.core.definition import GuardUse
from engine.core.refusal import Refusals, Unmet, one_of
from engine.core.world import Ask, MakeMove
from engine.text.books import words
from engine.text.labels import label
from engine.text.sentences import refusal_lines
from tests.kit.worlds import Bench, assigned, in_progress, vocabulary

OWNER = "vice_principal_teaching"
TODAY, LATER = date(2026, 3, 2), date(2026, 3, 9)


def unmet(bench: Bench, use: object) -> tuple[Unmet, ...]:
    move = bench.workflow.definition.moves["plan"].model_copy(
        update={"guards": [GuardUse.model_validate(use)]}
    )
    return tuple(guard_requirements(Ask(bench.world, bench.person(OWNER), MakeMove("plan"), bench.now), move))


EITHER = {
    "any_of": [
        {"evidence_at_least": {"count": 1}},
        {"all_of": ["due_is_given", {"comment_at_least": {"length": 2}}]},
    ]
}


def test_alternatives_are_one_requirement_with_each_way_to_meet_it() -> None:
    (row,) = unmet(assigned(), EITHER)
    ways = [[each.code for each in rows] for rows in row.one_of]
    assert ("one_of_these", [["too_little_evidence"], ["due_missing", "comment_too_short"]]) == (
        row.code,
        ways,
    )


def test_the_sentences_number_the_alternatives_and_say_what_belongs_together() -> None:
    bench = assigned()
    assert [
        "2026-1 现在不能办理“报整改方案”，还差：",
        "1. 以下2项，做到其中一项即可：",
        "   （1）佐证材料不够，至少1份，现在0份。请补交佐证材料。（可找：责任领导）",
        "   （2）没有写明新的时限。请写一个今天以后的日期（--due）。",
        "        并且：理由太短，至少2个字，现在0个字。请写明理由和要求（--comment）。",
    ] == refusal_lines(Refusals("2026-1", "plan", unmet(bench, EITHER)))


def test_alternatives_within_alternatives_are_shown_to_the_last_one() -> None:
    nested = {"any_of": [{"any_of": ["due_is_given", "new_evidence"]}, "due_is_given"]}
    assert () == unmet(assigned(), nested)
    nested = {"any_of": [{"all_of": [EITHER]}, "due_is_given"]}
    assert 7 == len(refusal_lines(Refusals("2026-1", "plan", unmet(assigned(), nested))))


@pytest.mark.parametrize(
    ("days", "earliest"),
    [
        ([[LATER], [TODAY]], TODAY),
        ([[LATER, TODAY]], LATER),
        ([[LATER], [None]], None),
    ],
)
def test_the_first_way_to_open_says_from_when(days: list[list[date | None]], earliest: date | None) -> None:
    ways = [[Unmet("not_lapsed", earliest=day) for day in rows] for rows in days]
    assert earliest == one_of(ways).earliest


def test_a_way_that_is_ruled_out_neither_names_anybody_nor_saves_the_move() -> None:
    ruled_out, open_way = (
        Unmet("no_claim", who=("office",), curable=False),
        Unmet("due_missing", who=("owner",)),
    )
    assert (True, ("owner",)) == (
        one_of([[ruled_out], [open_way]]).curable,
        one_of([[ruled_out], [open_way]]).who,
    )
    assert False is one_of([[ruled_out]]).curable


def test_what_must_not_be_names_its_rule_in_the_words_of_the_office() -> None:
    bench = assigned()
    lines = refusal_lines(Refusals("2026-1", "plan", unmet(bench, {"not": "has_owner"})))
    assert "1. 现在是“已有责任领导”，这种情况下不能办理。请等情况改变后再办。" == lines[1]


def test_every_guard_has_words_for_what_it_means_that_it_holds() -> None:
    assert [] == [name for name in vocabulary().guards if label("guard", name) == name]


def test_json_only_gains_keys() -> None:
    (row,) = Refusals("2026-1", "plan", unmet(assigned(), EITHER)).as_json()["unmet"]  # type: ignore[misc]
    assert {"code", "facts", "cure", "who", "earliest", "curable", "one_of"} == set(row)
    assert ["too_little_evidence"] == [each["code"] for each in row["one_of"][0]]


def test_a_wrong_state_names_the_moves_that_lead_there() -> None:
    (row, *_) = refused(assigned().do(OWNER, "close"))
    assert ("wrong_state", ["plan", "start", "submit_evidence", "verify"]) == (row.code, row.facts["way"])


def test_the_moves_that_lead_there_are_none_that_this_case_can_never_make() -> None:
    (row, *_) = refused(assigned().do("secretary", "reopen"))
    assert ["plan", "start", "submit_evidence", "verify", "close"] == row.facts["way"]


def test_a_waiting_request_names_who_decides_it() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    (row,) = [each for each in refused(bench.do(OWNER, "plan")) if each.code == "request_pending"]
    assert ("await_or_withdraw", ("secretary",)) == (row.cure, row.who)


def test_a_conflict_names_who_else_could_or_that_somebody_has_to_be_appointed() -> None:
    bench = in_progress("discipline_commissioner")
    for number in (1, 2):
        bench.finish("discipline_commissioner", number)
    bench.attach("discipline_commissioner")
    bench.do("discipline_commissioner", "submit_evidence")
    (row,) = [
        each for each in refused(bench.do("discipline_commissioner", "verify")) if each.code == "four_eyes"
    ]
    assert ("let_others_decide", ("supervision_group", "deputy_secretary")) == (row.cure, row.who)


def test_an_open_measure_names_its_own_owner() -> None:
    bench = in_progress()
    post = bench.posts.posts["deputy_secretary"].id
    measures = tuple(replace(row, owner_post=post) if row.number == 1 else row for row in bench.case.measures)
    bench.case = replace(bench.case, measures=measures)
    (row,) = [each for each in refused(bench.do(OWNER, "submit_evidence")) if each.code == "measures_open"]
    assert ("deputy_secretary", "owner") == row.who


def test_every_requirement_of_every_move_is_cured_awaited_or_ruled_out() -> None:
    """A refusal that only says no helps nobody: what can be done about it is always said."""
    for bench in (Bench.issue(), assigned(), in_progress()):
        for name in bench.workflow.definition.moves:
            rows = refused(Bench.do(bench, "stranger", name))
            assert [] == [row.code for row in rows if not (row.cure or row.earliest or row.one_of)]


def test_every_cure_named_has_its_sentence() -> None:
    rows = refused(assigned().do("stranger", "submit_evidence"))
    assert [] == [row.cure for row in rows if not words("refusals", "cures", row.cure)]


def refused(answer: object) -> Iterable[Unmet]:
    assert isinstance(answer, Refusals), answer
    return answer.unmet
