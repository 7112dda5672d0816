"""One event of each type, with texts wherever there may be some: for what must be the same in rows, history and memory."""

from __future__ import annotations

from engine.core.history import NewEvent
from engine.store.definitions import current
from tests.kit.databases import OWNER, Home

TOLD_ONLY = NewEvent("erasure_asked", {"seq": 1, "name": "title"}, {"comment": "不应写的话"})
"""What changes nothing in the case that it is written to."""


def every_event(home: Home) -> list[NewEvent]:
    """One event of each type at least, all on one case, with texts wherever there may be some."""
    return [*of_work(home), *of_requests(home), *of_people_and_traces(home)]


def of_work(home: Home) -> list[NewEvent]:
    owner = home.posts[OWNER]
    return [
        NewEvent("texts_edited", {}, {"problem": "另一种说法\n两行", "goal": "整改目标"}),
        NewEvent("fields_set", {"fields": {"aspect_number": 2, "rate": 0.5, "flag": False, "none": None, "词": "字"}}),
        NewEvent("owner_set", {"post": owner}),
        NewEvent("measure_added", {"measure": 3, "owner": owner, "due_on": "2026-06-01"}, {"text": "第三条"}),
        NewEvent(
            "measure_changed",
            {"measure": 1, "state": "done", "done_on": "2026-03-01", "entered_on": "2026-06-01"},
            {"text": "改了"},
        ),
        NewEvent("measure_changed", {"measure": 2, "state": "dropped"}),
        NewEvent("deliverable_promised", {"deliverable": 2, "per_person": True, "measure": 1}, {"name": "计划"}),
        NewEvent("deliverable_counted", {"deliverable": 2, "count": 5}),
        NewEvent("deadline_set", deadline("plan", 2, "2026-03-27")),
        NewEvent("deadline_set", deadline("measure", 1, "2026-06-01", subject="3")),
        NewEvent("deadline_set", deadline("measure", 1, "2026-06-02", subject="1")),
        NewEvent("deadline_met", {"kind": "plan", "on": "2026-03-02"}),
        NewEvent("deadline_dropped", {"kind": "measure", "subject": "1"}),
        NewEvent("deadline_missed", {"kind": "measure", "subject": "3"}),
        NewEvent("evidence_attached", {"evidence": 1, "kind": "minutes", "digest": "a" * 64, "size": 9}, {"name": "纪要"}),
        NewEvent("evidence_attached", {"evidence": 2, "kind": "photo", "offline": {"place": "柜", "pages": 3}, "copies": 4,
                                       "proves_from": "2026-02-01", "proves_to": "2026-02-28", "level": "verifier",
                                       "deliverable": 1, "measure": 1, "on": "2026-03-01"}, {"name": "照片"}),
        NewEvent("evidence_judged", {"evidence": [1], "status": "accepted"}),
        NewEvent("claimed", {"status": "closed"}),
        NewEvent("claim_settled", {"verdict": "accepted", "on": "2026-03-02", "claimed": "closed"}, {"basis": "已查"}),
    ]  # fmt: skip


def of_requests(home: Home) -> list[NewEvent]:
    teacher, member = home.people[OWNER], home.people["member"]
    asked = {
        "request": 1,
        "move": "plan",
        "params": {"due": "2026-09-01", "n": 3, "really": True},
        "needed": 2,
    }
    sealed = {"decider": "party_committee", "manifest": {"measure:1": "ab", "measure:2": "cd"}, "seal": "ef"}
    return [
        NewEvent("requested", {**asked, **sealed, "by": "owner"}, {"comment": "请审", "progress": "过半"}),
        NewEvent("voted", {"request": 1, "verdict": "approve"}, {"comment": "同意"}),
        NewEvent("voted", {"request": 1, "verdict": "approve", "paper": "b" * 64}),
        NewEvent("voted", {"request": 1, "verdict": "approve", "paper": "c" * 64, "recorded_by": member}),
        NewEvent("decision_confirmed", {"request": 1, "vote": 2}),
        NewEvent("decision_denied", {"request": 1, "vote": 3}, {"comment": "不是我签的"}),
        NewEvent("request_bundled", {"request": 1, "bundle": "2026-B1", "digest": "d" * 64}, {"title": "整改方案"}),
        NewEvent("minutes_registered", {"request": 1, "verdict": "approve", "held_on": "2026-03-01", "of": 5, "present": 4,
                                        "in_favour": 3, "withdrawn": 1, "paper": "e" * 64}),
        NewEvent("request_passed_on", {"request": 1, "decider": "deputy_secretary", "needed": 1}),
        NewEvent("request_ended", {"request": 1, "status": "expired"}),
        NewEvent("requested", {**asked, **sealed, "request": 2, "follows": 1, "expires_on": "2026-04-01",
                               "voters": [member, teacher]}),
        NewEvent("request_bundled", {"request": 2, "bundle": "2026-B2", "digest": "d" * 64}),
        NewEvent("request_unbundled", {"request": 2, "bundle": "2026-B2"}),
        NewEvent("request_ended", {"request": 2, "status": "approved"}),
    ]  # fmt: skip


def of_people_and_traces(home: Home) -> list[NewEvent]:
    teacher, member = home.people[OWNER], home.people["member"]
    return [
        NewEvent("roster_joined", {"people": [member, teacher], "on": "2026-03-01"}),
        NewEvent("roster_ticked", {"people": [teacher], "on": "2026-03-02"}),
        NewEvent("roster_left", {"people": [member], "on": "2026-03-02"}),
        NewEvent("roster_joined", {"people": [member], "on": "2026-03-02"}),
        NewEvent("linked_to_earlier", {"case": "2023-27", "by": "hand"}),
        NewEvent("found_again", {"case": "2027-1", "by": "rule"}),
        NewEvent("deadline_set", {**deadline("look_back", 1, "2026-09-02", subject="3"), "basis": "closed",
                                  "waits_for": "post:discipline_commissioner"}),
        NewEvent("erasure_asked", {"seq": 2, "name": "text"}, {"reason": "含个人信息"}),
        NewEvent("text_erased", {"seq": 2, "name": "text"}),
        NewEvent("purge_asked", {"evidence": 2}, {"reason": "涉密"}),
        NewEvent("evidence_purged", {"evidence": 2}),
        NewEvent("definition_changed", {"to": another(home), "state": "assigned", "waits_for": "office"}),
        NewEvent("moved", {"move": "plan", "to": "planned", "waits_for": "owner", "by": "owner", "final": False}),
    ]  # fmt: skip


def another(home: Home) -> str:
    """The digest of a workflow that is published, too."""
    with home.begin(writing=False) as uow:
        return current(uow, "school", "workflow", "occurrence").digest


def deadline(
    kind: str, version: int, due: str, *, subject: str = "", armed: bool = True
) -> dict[str, object]:
    return {"kind": kind, "subject": subject, "version": version, "due_on": due, "armed": armed}
