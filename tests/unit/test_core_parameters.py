"""A parameter that nothing reads is refused: it would be hashed, and could never be erased."""

from __future__ import annotations

from engine.core.case import Field
from engine.core.decide import decide
from engine.core.refusal import Refusals, Unmet
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import Bench, in_progress

WHY = "工程队要等到放假才能进场"


def unmet(bench: Bench, **params: Field) -> list[Unmet]:
    said = MakeMove("extend", {"due": "2026-06-30", **params}, WHY, texts={"progress": WHY})
    answer = decide(Ask(bench.world, bench.person("vice_principal_teaching"), said, bench.now))
    return list(answer.unmet) if isinstance(answer, Refusals) else []


def test_a_parameter_that_nothing_reads_is_refused_with_the_nearest_one() -> None:
    [row] = unmet(in_progress(), subjet="1")
    known = ["due", "kind", "subject"]
    assert ("parameter_unknown", {"parameter": "subjet", "nearest": "subject", "known": known}) == (
        row.code,
        dict(row.facts),
    )


def test_a_word_in_a_parameter_is_short() -> None:
    assert "parameter_too_long" in [row.code for row in unmet(in_progress(), subject="张" * 41)]


def test_what_the_engine_reads_has_to_be_what_it_says() -> None:
    bench = in_progress()
    assert ["date_in_future"] == [row.code for row in unmet(bench, held_on="2026-05-01")]
    assert [] == unmet(bench, held_on="2026-03-01", post=bench.world.posts.posts["secretary"].id)
    assert ["parameter_unknown", "parameter_is_no_post"] == [
        row.code for row in unmet(bench, held_on="张三", post="张三")
    ]
