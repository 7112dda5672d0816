"""A request whose approval is ruled as a test says, with the committee that a test wants, and its meetings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from engine.core.definition import Approval, WorkflowDefinition
from engine.core.machine import compile_workflow
from engine.core.minutes import Minutes, register_minutes
from engine.core.plan import Plan
from engine.core.posts import Holding, Posts
from engine.core.principal import Credential, system
from engine.core.refusal import Refusals
from engine.core.requests import attend_request
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, vocabulary

OWNER = "vice_principal_teaching"
SECRETARY, DEPUTY, CLERK = CAST["secretary"], CAST["deputy_secretary"], CAST["office"]
BODY = "party_committee"
REASON = "请补充每项措施的具体完成时限"
SINCE = date(2020, 1, 1)
SCAN = "ab" * 32


def committee(*members: int, posts: Posts | None = None) -> Posts:
    """The cast, with exactly these members in the committee."""
    posts = posts or cast_posts()
    kept = [row for row in posts.holdings if row.post != 99]
    return replace(posts, holdings=(*kept, *(Holding(99, who, SINCE) for who in members)))


def stands_in(posts: Posts, person: int, post: str, holder: int) -> Posts:
    row = Holding(posts.posts[post].id, person, SINCE, substitute_for=holder)
    return replace(posts, holdings=(*posts.holdings, row))


def ruled(approval: dict[str, Any], posts: Posts | None = None) -> Bench:
    """An issue whose plan is approved as `approval` says, asked for by its owner."""
    bench = assigned(posts=posts or cast_posts())
    definition = bench.workflow.definition
    plan = definition.moves["plan"].model_copy(update={"approval": Approval.model_validate(approval)})
    moves = {**definition.moves, "plan": plan}
    changed: WorkflowDefinition = definition.model_copy(update={"moves": moves})
    bench.workflow = compile_workflow(changed, vocabulary())
    assert () == codes(bench.do(OWNER, "plan"))
    return bench


def by_body(**more: Any) -> dict[str, Any]:
    votes = {name: more.pop(name) for name in ("votes", "minutes") if name in more}
    return {"by": [{"post": BODY, **votes}, "deputy_secretary"], **more}


def attend(bench: Bench) -> Plan | None:
    plan = attend_request(bench.world, system(1), len(bench.case.requests), bench.now)
    if plan is not None:
        bench.apply(plan.events, plan.stamp)
    return plan


def status(bench: Bench) -> str:
    assert bench.replayed == bench.case
    return bench.case.requests[-1].status


def votes(bench: Bench, members: Iterable[int], verdict: str = "approve") -> None:
    for member in members:
        assert () == codes(bench.decide(member, verdict, REASON))


def meeting(bench: Bench, who: int = CLERK, **more: Any) -> Plan | Refusals:
    facts = {"held_on": date(2026, 3, 2), "of": 5, "present": 4, "in_favour": 3, **more}
    credential = facts.pop("credential", Credential.PIN)
    minutes = Minutes(len(bench.case.requests), facts.pop("verdict", "approve"), paper=SCAN, **facts)
    return bench._take(register_minutes(bench.world, bench.person(who, credential), minutes, bench.now))


def minuted(**more: Any) -> Bench:
    return ruled(by_body(minutes=True, **more), committee(1, 2, 3, 6, 7))
