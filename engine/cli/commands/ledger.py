"""`issues` and `show`: the ledger, and one case with its past and its next steps."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.evidence import paper_lines
from engine.cli.commands.repeats import repeated
from engine.cli.home import Home, at_home, day
from engine.cli.onward import PersonKeys, is_theirs, move_facts, move_lines, way_facts, way_lines
from engine.core.case import Case, Deliverable, Request, request_key
from engine.core.definition import STAY, WorkflowDefinition
from engine.core.forward import OpenMove
from engine.core.history import OPERATOR, Event
from engine.core.paper import disputed
from engine.core.principal import Principal
from engine.services.as_of import ledger_on, show_case_on
from engine.services.claims import DONE
from engine.services.decisions import reasons
from engine.services.evidence import evidence_json
from engine.services.inspections import tallies
from engine.services.names import own_names
from engine.services.views import CaseView, DeadlineView, LedgerRow, ledger, show_case
from engine.store.people import people_of
from engine.store.places import load_place
from engine.text.fields import field_columns, field_values
from engine.text.filling import Names
from engine.text.labels import deadline_words, label
from engine.text.sentences import date_reason, done
from engine.text.timeline import Wording, keyed_subject, timeline

TEXTS_IN_ORDER = ("aspect", "section", "problem")


def issues(said: Namespace) -> Answer:
    """The ledger in the order of its numbers; `--late` and `--state` choose, `--on` shows a past day."""
    home = at_home(said)
    if said.repeated:
        return repeated(home)
    on = day(said.on)
    with home.reading() as uow:
        today = load_place(uow, home.organisation).local_day(home.now)
        rows = (
            ledger_on(uow, home.organisation, on, home.now, kind=said.kind, state=said.state, late=said.late)
            if on is not None
            else ledger(uow, home.organisation, today, kind=said.kind, state=said.state, late=said.late)
        )
        rounds = [row.as_json() for row in tallies(uow, home.organisation)]
    facts = [row_facts(row) for row in rows]
    lines = [_line(row, home.names) for row in rows] or [done("no_issues", {})]
    if not (said.late or said.state or said.kind or on):
        lines += [done("issues_total_differs", row) for row in rounds if row["stated"] != row["registered"]]
    if on is not None:
        past = {"on": on.isoformat()}
        return answer({**past, "issues": facts}, [done("as_of_line", past), *lines])
    return answer({"issues": facts, "inspections": rounds}, lines)


def _line(row: LedgerRow, names: Mapping[str, str]) -> str:
    """One line of the ledger; an issue that nobody was given yet is not called assigned."""
    own = own_names(names, row.definition)
    columns = [done("field_value", said, own) for said in field_columns(row.definition, row.case, own)]
    facts = {**row_facts(row), "state": row.shown_state, "owners": list(row.owners), "columns": columns}
    return done("issue_line", facts, own)


def row_facts(row: LedgerRow) -> dict[str, Any]:
    case = row.case
    return {
        "case": case.key,
        "kind": case.kind,
        "title": case.title,
        "state": case.state,
        "values": field_values(row.definition, case),
        "revision": case.revision,
        "owner": row.owner_post,
        "waits_for": row.waits_for,
        "due_on": _iso(row.due_on),
        "first_missed_on": _iso(row.first_missed_on),
        "late_days": row.late_days,
        "measures_done": row.measures_done,
        "measures": row.measures,
        "entered_late": sum(each.entered_on is not None for each in case.live_measures),
        "pending": request_key(case.key, case.pending.number) if case.pending else None,
        "claim": _open_claim(case),
        "long_term": bool(case.fields.get("long_term")),
        "paused_until": _iso(row.paused_until),
        "earlier": list(case.earlier),
        "later": list(case.later),
    }


def _open_claim(case: Case) -> str | None:
    """A claim waits to be settled as long as nobody began to work on the issue."""
    claim = case.claim
    if claim is None or claim.status not in DONE or claim.settled != "open" or case.requests or case.is_final:
        return None
    return claim.status


def show(said: Namespace) -> Answer:
    """`show CASE [--as PERSON] [--on DATE] [--all-moves] [--why-due]`: what leads on, with `--as` of this person."""
    home = at_home(said)
    principal, on = home.principal(said), day(said.on)
    with home.reading() as uow:
        view = (
            show_case_on(uow, principal, said.case, on, home.now)
            if on is not None
            else show_case(uow, principal, said.case, home.now)
        )
        keys = {person.id: person.key for person in people_of(uow, home.organisation)}
    past = {} if on is None else {"on": on.isoformat(), "definition": view.row.case.definition}
    facts = {**past, **_view_facts(view, keys)}
    head = [done("as_of_line", past)] if past else []
    if said.why_due:
        return answer(facts, [*head, *_why_due(home, view)])
    moves = [] if on is not None else list(_moves(home, view, principal, said))
    return answer(facts, [*head, *_view_lines(home, view, moves)])


def _moves(home: Home, view: CaseView, principal: Principal, said: Namespace) -> Iterator[str]:
    """What leads on; a move beside the way (an extension, a pause) is only named, where it is not ruled out."""
    is_asked = principal.person is not None
    near = (
        view.moves if said.all_moves else [row for row in view.moves if _is_offered(row, is_asked=is_asked)]
    )
    beside = []
    for row in near:
        if said.all_moves or view.world.workflow.definition.moves[row.move].to != STAY:
            yield from move_lines(row, home.names, is_asked=is_asked)
        elif row.begins_here and not _is_out(row):
            beside.append(row.move)
    if beside:
        yield done("moves_beside", {"moves": beside}, home.names)


def _is_out(row: OpenMove) -> bool:
    """Whatever the mover would write, it is ruled out or comes later."""
    unmet = row.refusals.unmet if row.refusals else ()
    return any(not each.curable or each.earliest or each.code == "request_pending" for each in unmet)


def _why_due(home: Home, view: CaseView) -> Iterator[str]:
    """Each version of each deadline with the lines of its count."""
    yield _line(view.row, home.names)
    for row in view.deadlines:
        yield ""
        yield from why_lines(view.row.case, row, home.names)


def why_lines(case: Case, row: DeadlineView, names: Names) -> Iterator[str]:
    """One version of a deadline of the case, and below it the lines of its count."""
    yield done("deadline_line", _deadline_words(case, row), names)
    yield from (f"  {date_reason(reason.code, reason.facts)}" for reason in row.why)


def _is_offered(row: OpenMove, *, is_asked: bool) -> bool:
    """What could be the next step and this case does not rule out; of somebody who asks, only what is theirs."""
    is_ruled_out = row.refusals is not None and not all(each.curable for each in row.refusals.unmet)
    return not is_ruled_out and (is_theirs(row) if is_asked else row.begins_here)


def _view_facts(view: CaseView, keys: PersonKeys) -> dict[str, Any]:
    case = view.row.case
    return {
        **row_facts(view.row),
        "workflow": case.workflow,
        "texts": dict(case.texts),
        "fields": dict(case.fields),
        "measure_list": [
            {
                "number": row.number,
                "text": row.text,
                "due_on": _iso(row.due_on),
                "state": row.state,
                "done_on": _iso(row.done_on),
                "entered_on": _iso(row.entered_on),
            }
            for row in case.measures
        ],
        "deliverables": [
            {
                "number": row.number,
                "name": row.name,
                "count": "unknown" if row.count is None else row.count,
                "erased": row.is_erased,
            }
            for row in case.deliverables
        ],
        "deadlines": [deadline_facts(row) for row in view.deadlines],
        "evidence": [evidence_json(row) for row in case.evidence],
        "requests": [_request_facts(case, row) for row in case.requests],
        "roster": [
            {
                "person": row.person,
                "joined_on": _iso(row.joined_on),
                "left_on": _iso(row.left_on),
                "ticked_on": _iso(row.ticked_on),
            }
            for row in case.roster
        ],
        "history": [_event_facts(event) for event in view.history],
        "moves": [move_facts(row, keys) for row in view.moves],
        "way": way_facts(view.way, keys) if view.way else None,
    }


def _request_facts(case: Case, row: Request) -> dict[str, Any]:
    return {
        "request": request_key(case.key, row.number),
        "move": row.move,
        "status": row.status,
        "decider": row.decider,
        "needed": row.needed,
        "expires_on": _iso(row.expires_on),
        "follows": request_key(case.key, row.follows) if row.follows else None,
        "bundle": row.bundle,
        "asked_for": list(reasons(row)),
        "unconfirmed": any(vote.confirmed == "open" for vote in row.votes),
        "denied": any(vote.confirmed == "denied" for vote in row.votes),
    }


def deadline_facts(row: DeadlineView) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "subject": row.subject,
        "version": row.version,
        "due_on": _iso(row.due_on),
        "armed": row.armed,
        "ended": row.ended or None,
        "met_on": _iso(row.met_on),
        "late": row.is_late,
        "basis": row.basis or None,
        "waits_for": row.waits_for or None,
        "why": [
            {
                "code": reason.code,
                "facts": dict(reason.facts),
                "words": date_reason(reason.code, reason.facts),
            }
            for reason in row.why
        ],
    }


def _deadline_words(case: Case, row: DeadlineView) -> dict[str, Any]:
    facts = deadline_facts(row)
    facts["subject"] = keyed_subject(row.kind, row.subject, case.key)
    return {**facts, **deadline_words(facts)}


def _event_facts(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "type": event.type,
        "at": event.effective_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "person": event.stamp.person,
        "acting_for": event.stamp.acting_for,
        "via": event.stamp.via,
        "credential": event.stamp.credential,
        "credential_id": event.stamp.credential_id,
        "operator": event.stamp.operator,
        "payload": dict(event.payload),
        "texts": {name: text for name, text in event.texts.items() if name != OPERATOR},
        "hash": event.hash,
    }


def _view_lines(home: Home, view: CaseView, moves: list[str]) -> Iterator[str]:
    case, names = view.row.case, home.names
    yield _line(view.row, names)
    yield from _disputed_lines("disputed_line", case, names)
    declared = view.row.definition.fields
    yield from (done("field_line", said, names) for said in field_columns(view.row.definition, case, names))
    yield from (done("earlier_line", {"earlier": key}) for key in case.earlier)
    yield from (done("later_line", {"later": key}) for key in case.later)
    yield from (done("alike_hint", row.as_json()) for row in view.alike)
    for name in sorted(case.texts, key=_text_order):
        if case.texts[name] and name not in declared:
            yield done("text_head", {"name": name}) + str(case.texts[name])
    yield from _erased_lines(case, view.row.definition)
    yield from _section("measures", [_measure_line(home, case, row.number) for row in case.live_measures])
    yield from _section(
        "deliverables",
        [done("deliverable_line", _deliverable_words(row)) for row in case.deliverables],
    )
    yield from _section(
        "deadlines", [done("deadline_line", _deadline_words(case, row), names) for row in view.deadlines]
    )
    yield from _section("requests", [*_pending_lines(case, view.row.definition, names)])
    yield from _section(
        "evidence", paper_lines(case.key, [evidence_json(row) for row in case.evidence], names)
    )
    wording = Wording(case.key, view.world.place.local_day, view.row.definition, names)
    yield from _section("history", list(timeline(view.history, wording)))
    yield from _section("moves", [*_disputed_lines("disputed_step", case, names), *moves])
    if view.way is not None:
        yield from _section("way", list(way_lines(view.way, names)))


def _erased_lines(case: Case, definition: WorkflowDefinition) -> Iterator[str]:
    """The texts that were there and are erased: what was never written has no line."""
    gone = label("mark", "erased_name")
    for name in sorted((name for name, said in case.texts.items() if said is None), key=_text_order):
        rule = definition.fields.get(name)
        if rule is None:
            yield done("text_head", {"name": name}) + gone
        else:
            yield done("field_line", {"label": rule.label, "value": gone})


def _deliverable_words(row: Deliverable) -> dict[str, Any]:
    unnamed = row.name is None and not row.is_erased
    return {
        "number": row.number,
        "name": row.name,
        "count": row.count,
        "erased": row.is_erased,
        "unnamed": unnamed,
    }


def _disputed_lines(key: str, case: Case, names: Names) -> Iterator[str]:
    """What was decided on a paper that its person denies, as long as it is not settled."""
    for row in disputed(case):
        denied = [vote.person for vote in row.votes if vote.confirmed == "denied"]
        yield done(
            key, {"request": request_key(case.key, row.number), "move": row.move, "denied": denied}, names
        )


def _text_order(name: str) -> tuple[int, str]:
    return (TEXTS_IN_ORDER.index(name) if name in TEXTS_IN_ORDER else len(TEXTS_IN_ORDER), name)


def _section(name: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield label("section", name)
        yield from (f"  {line}" for line in lines)


def _measure_line(home: Home, case: Case, number: int) -> str:
    row = case.measure(number)
    assert row is not None
    facts = {
        "number": number,
        "text": row.text,
        "due_on": _iso(row.due_on),
        "state": row.state,
        "owner": row.owner_post,
        "done_on": _iso(row.done_on),
        "entered_on": _iso(row.entered_on),
    }
    return done("measure_line", facts, home.names)


def _pending_lines(case: Case, definition: WorkflowDefinition, names: Mapping[str, str]) -> Iterator[str]:
    """The request that waits, and how to take it back; of one that lapsed, and was not asked anew, why."""
    if case.pending is None:
        last = case.requests[-1] if case.requests else None
        if last is not None and last.status == "expired":
            approval = definition.moves[last.move].approval if last.move in definition.moves else None
            days = approval.expires_after_workdays if approval else None
            facts = {**_request_facts(case, last), "expires_after_workdays": days or None}
            yield done("lapsed_line", {**facts, "why": done("lapsed", facts)}, names)
        return
    deadline = case.deadline("request", str(case.pending.number))
    facts = _request_facts(case, case.pending)
    yield done("pending_line", {**facts, "due_on": _iso(deadline.due_on if deadline else None)}, names)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
