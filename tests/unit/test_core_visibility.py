"""Papers for the verifiers alone: shown to them and to whoever brought them, covered for everybody else."""

from __future__ import annotations

import pytest

from engine.core.principal import Credential, Principal, Via, system
from engine.core.visibility import history_seen_by, seen_by
from tests.kit.worlds import Bench, in_progress

OWNER = "vice_principal_teaching"


@pytest.fixture
def bench() -> Bench:
    bench = in_progress(OWNER)
    bench.attach("office", name="谈话记录", level="verifier")
    bench.attach("office", name="签到表")
    return bench


def names(bench: Bench, principal: Principal) -> list[str | None]:
    today = bench.world.place.local_day(bench.now)
    return [paper.name for paper in seen_by(bench.world, principal, today).evidence]


@pytest.mark.parametrize("who", ["discipline_commissioner", "secretary", "office"])
def test_verifiers_deciders_and_who_brought_it_see_a_confidential_paper(bench: Bench, who: str) -> None:
    assert ["谈话记录", "签到表"] == names(bench, bench.person(who))


@pytest.mark.parametrize("who", [9])
def test_a_stranger_sees_that_there_is_one_and_not_what_it_is(bench: Bench, who: int) -> None:
    assert [None, "签到表"] == names(bench, bench.person(who))


@pytest.mark.parametrize("proof", [Credential.NONE, Credential.SYSTEM_TOKEN, Credential.PAPER])
@pytest.mark.parametrize("who", ["secretary", "office"])
def test_a_name_without_proof_sees_as_little_as_a_stranger(bench: Bench, who: str, proof: Credential) -> None:
    """The secretary judges the case, the office brought the paper."""
    assert [None, "签到表"] == names(bench, bench.person(who, proof))


@pytest.mark.parametrize("proof", [Credential.SESSION, Credential.TOKEN, Credential.DEMO])
def test_any_proof_of_ones_own_shows_it(bench: Bench, proof: Credential) -> None:
    assert ["谈话记录", "签到表"] == names(bench, bench.person("secretary", proof))


def test_nobody_in_particular_sees_as_little_as_a_stranger(bench: Bench) -> None:
    operator = Principal(1, None, Via.CLI, Credential.NONE, "clerk")
    assert [None, "签到表"] == names(bench, operator)


def test_the_history_tells_no_more_than_the_case(bench: Bench) -> None:
    today = bench.world.place.local_day(bench.now)
    shown = seen_by(bench.world, bench.person("stranger"), today)
    told = history_seen_by(tuple(bench.events), shown)
    texts = [text for event in told for text in event.texts.values()]
    assert "谈话记录" not in texts
    assert "签到表" in texts


def test_what_is_covered_keeps_its_number_and_kind_and_nothing_else(bench: Bench) -> None:
    today = bench.world.place.local_day(bench.now)
    bench.attach("office", name="心理记录", level="verifier", digest="a" * 64, size=9, offline={"box": "3"})
    covered = seen_by(bench.world, bench.person("stranger"), today).evidence[-1]
    assert (None, None, None, None) == (covered.name, covered.digest, covered.size, covered.offline)
    assert (3, "minutes") == (covered.number, covered.kind)


def test_the_payload_of_a_covered_paper_says_no_digest(bench: Bench) -> None:
    today = bench.world.place.local_day(bench.now)
    bench.attach("office", name="心理记录", level="verifier", digest="a" * 64, size=9)
    shown = seen_by(bench.world, bench.person("stranger"), today)
    told = history_seen_by(tuple(bench.events), shown)
    assert {"evidence": 3, "kind": "minutes"} == told[-1].payload


def test_the_scheduler_and_the_verifiers_see_everything(bench: Bench) -> None:
    assert ["谈话记录", "签到表"] == names(bench, system(1))
    assert ["谈话记录", "签到表"] == names(bench, bench.person("supervision_group"))
