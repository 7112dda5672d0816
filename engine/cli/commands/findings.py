"""`inspection`, `issue`, `measure` and `deliverable`: a round entered by hand from a feedback letter."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.moves import post_of
from engine.cli.fields import pair, said_fields
from engine.cli.home import Home, at_home, day
from engine.cli.onward import answer_with
from engine.cli.options import LARGEST_NUMBER
from engine.core.record import ChangeMeasure, NewMeasure
from engine.errors import WrongUsage
from engine.services.inspections import (
    IssueEdit,
    NewInspection,
    Split,
    add_inspection,
    edit_issue,
    inspection_json,
    open_issue,
    split_issue,
    tallies,
)
from engine.services.measures import (
    CountedPromise,
    add_measure,
    count_deliverable,
    edit_measure,
    finish_measures,
)
from engine.services.milestones import first_milestones
from engine.services.opening import USUAL_WORKFLOW, NewIssue, Promise
from engine.services.repeats import alike_in
from engine.store.unit_of_work import UnitOfWork
from engine.text.sentences import done

TEXTS = ("title", "problem", "aspect", "section")


def inspection_add(said: Namespace) -> Answer:
    """`inspection add --feedback DATE [--unit …]`."""
    home = at_home(said)
    feedback = day(said.feedback)
    assert feedback is not None
    new = NewInspection(
        feedback_on=feedback,
        unit=said.unit,
        group=said.group,
        inspected_from=day(said.since),
        inspected_to=day(said.until),
        stated_total=said.total,
        workflow=said.workflow or USUAL_WORKFLOW,
    )
    principal = home.principal(said)
    with home.writing() as uow:
        file = add_inspection(uow, principal, new, home.now)
        steps = () if said.no_milestones else first_milestones(uow, principal, file, home.now)
    facts, lines = inspection_json(file), [done("inspection_added", inspection_json(file))]
    if steps:
        planned = {
            "inspection": file.key,
            "count": len(steps),
            "titles": [step.title or step.key for step in steps],
        }
        lines.append(done("milestones_come", planned))
    return answer({"inspection": facts, "milestones": [case.key for case in steps]}, lines)


def issue_add(said: Namespace) -> Answer:
    """`issue add INSPECTION --title … [--measure TEXT]… [--deliverable NAME=COUNT]…`."""
    home = at_home(said)
    new = NewIssue(
        title=said.title or "",
        problem=said.problem or "",
        number=said.number,
        aspect=said.aspect or "",
        section=said.section or "",
        given=dict(said_fields(said.set)),
        measures=tuple(NewMeasure(text) for text in said.measure),
        deliverables=tuple(promise(word) for word in said.deliverable),
    )
    principal = home.principal(said)
    with home.writing() as uow:
        case = open_issue(uow, principal, said.inspection, new, home.now)
        beyond = [
            row.as_json()
            for row in tallies(uow, home.organisation)
            if row.inspection == said.inspection and row.registered > row.stated
        ]
        repeated = alike_in(uow, home.organisation, case.inspection, {case.key}) if case.inspection else []
    facts: dict[str, Any] = {
        "case": case.key,
        "title": case.title,
        "revision": case.revision,
        "beyond_total": bool(beyond),
        "repeated": [row.as_json() for row in repeated],
    }
    lines = [done("issue_added", facts), *(done("alike_hint", row) for row in facts["repeated"])]
    return answer(facts, [*lines, *(done("issues_beyond_total", row) for row in beyond)])


def promise(word: str) -> Promise:
    """`NAME=COUNT`; without a count it is unknown until somebody names one."""
    name, said = pair(word)
    count = said or ""
    is_counted = count.isascii() and count.isdigit() and 0 < int(count) <= LARGEST_NUMBER
    if not name or (count and not is_counted):
        raise WrongUsage("deliverable_wrong", given=word)
    return Promise(name, int(count) if count else None)


def issue_edit(said: Namespace) -> Answer:
    """`issue edit CASE --title …`: correct the wording."""
    home = at_home(said)
    texts = {name: getattr(said, name) for name in TEXTS if getattr(said, name) is not None}
    given = said_fields(said.set)
    if not texts and not given:
        raise WrongUsage("nothing_to_edit")
    principal = home.principal(said)
    with home.writing() as uow:
        case = edit_issue(uow, principal, said.case, IssueEdit(texts, {}, given), home.now)
    facts = {"case": case.key, "title": case.title, "revision": case.revision}
    return answer(facts, [done("issue_edited", facts)])


def issue_split(said: Namespace) -> Answer:
    """`issue split CASE --title … --problem … [--measure N]…`: the named measures go with the new one."""
    home = at_home(said)
    given = {"title": said.remaining_title, "problem": said.remaining_problem}
    remaining = {name: text for name, text in given.items() if text is not None}
    split = Split(said.title, said.problem, tuple(said.measure), remaining or None)
    principal = home.principal(said)
    with home.writing() as uow:
        old, new = split_issue(uow, principal, said.case, split, home.now)
    facts = {"case": old.key, "new": new.key}
    return answer(facts, [done("issue_split", facts)])


def measure_add(said: Namespace) -> Answer:
    """`measure add CASE --text … [--leader POST_OR_PERSON] [--due D]`."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        new = NewMeasure(said.text, _owner(uow, home, said.leader), day(said.due))
        made = add_measure(uow, principal, said.case, new, home.now)
    case = made.case
    facts = {"case": case.key, "measure": case.measures[-1].number, "revision": case.revision}
    return answer_with(home, "measure_added", facts, made.warnings)


def measure_edit(said: Namespace) -> Answer:
    """`measure edit CASE NUMBER [--text …] [--due D] [--drop] [--pin …]`."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        owner = _owner(uow, home, said.leader)
        change = ChangeMeasure(said.number, said.text, owner, day(said.due), said.drop)
        made = edit_measure(uow, principal, said.case, change, home.now)
    facts = {"case": made.case.key, "measure": said.number, "revision": made.case.revision}
    return answer_with(home, "measure_edited", facts, made.warnings)


def measure_done(said: Namespace) -> Answer:
    """`measure done CASE NUMBER… [--on D]`: report measures as done."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        made = finish_measures(uow, principal, said.case, said.number, home.now, on=day(said.on))
    case = made.case
    left = [row.number for row in case.live_measures if row.state == "open"]
    facts = {"case": case.key, "measures": sorted(set(said.number)), "left": left, "revision": case.revision}
    return answer_with(home, "measures_done", facts, made.warnings)


def deliverable_count(said: Namespace) -> Answer:
    """`deliverable count CASE [--number N] [--name …] --count K`: name what an uncounted promise is."""
    home = at_home(said)
    promise = CountedPromise(said.count, said.name, said.number)
    principal = home.principal(said)
    with home.writing() as uow:
        made = count_deliverable(uow, principal, said.case, promise, home.now)
    case = made.case
    number = said.number or case.deliverables[-1].number
    row = case.deliverable(number)
    facts = {"case": case.key, "deliverable": number, "name": row.name if row else None, "count": said.count}
    return answer(facts, [done("deliverable_counted", facts)])


def _owner(uow: UnitOfWork, home: Home, word: str | None) -> int | None:
    return post_of(uow, home, word).id if word else None
