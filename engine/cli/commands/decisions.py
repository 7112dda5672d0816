"""`requests`, `approve`, `return`, `withdraw` and `confirm`: what waits for a decision, and the word on it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.removing import removal_facts
from engine.cli.files import opened
from engine.cli.home import Home, at_home, day
from engine.cli.onward import warning_facts, warning_lines
from engine.core.case import Vote, request_key
from engine.core.deadlines import PERSON
from engine.core.hearing import Verdict
from engine.core.paper import AnswerPaper
from engine.core.principal import on_paper
from engine.core.sealing import Changes
from engine.errors import WrongUsage
from engine.services.decided import USUAL_DAYS, list_decided, usual_since
from engine.services.decisions import (
    Decided,
    Meeting,
    Waiting,
    Word,
    decide_by_minutes,
    decide_together,
    list_requests,
    list_unconfirmed,
)
from engine.services.decisions import confirm as answer_paper
from engine.services.decisions import withdraw as take_back
from engine.services.erasing import waiting_removals
from engine.services.intake import Received, receive_scan
from engine.store.people import people_of
from engine.store.unit_of_work import UnitOfWork
from engine.text.labels import label
from engine.text.sentences import done

Keys = Mapping[int, str]
"""Person id → printed key."""


def requests(said: Namespace) -> Answer:
    """Everything that waits, the oldest first; `--unconfirmed`: what was decided on paper and is not confirmed;
    `--decided [--from D] [--to D]`: what was approved or returned, lately where no day is named.
    """
    home = at_home(said)
    if said.decided:
        return _decided(home, said)
    if said.since or said.until:
        raise WrongUsage("decided_dates")
    with home.reading() as uow:
        if said.unconfirmed:
            waiting = list_unconfirmed(uow, home.organisation, home.now)
        else:
            waiting = list_requests(uow, home.organisation, home.now)
        keys = person_keys(uow, home)
        removals = [] if said.unconfirmed else waiting_removals(uow, home.organisation, home.now)
        words = home.words_of(uow, (row.case.key for row in waiting))
    rows = [request_facts(row, keys) for row in waiting]
    kind = "unconfirmed_line" if said.unconfirmed else "request_line"
    lines = [line for row in rows for line in _request_lines(kind, row, words.of(row["case"]))]
    gone = [removal_facts(row, keys) for row in removals]
    lines += [done("removal_line", row, home.names) for row in gone]
    return answer({"requests": rows, "removals": gone}, lines or [done("no_requests", {})])


def _decided(home: Home, said: Namespace) -> Answer:
    since, until = day(said.since), day(said.until)
    if said.unconfirmed:
        raise WrongUsage("decided_dates")
    if since and until and until < since:
        raise WrongUsage("period_reversed", since=since.isoformat(), until=until.isoformat())
    is_usual = since is None and until is None
    with home.reading() as uow:
        if is_usual:
            since = usual_since(uow, home.organisation, home.now)
        rows = _decided_rows(uow, home, since, until)
        words = home.words_of(uow, (row["case"] for row in rows))
    lines = [line for row in rows for line in _decided_lines(row, words.of(row["case"]))]
    lines = lines or [done("no_decided", {})]
    window = {"from": _iso(since), "to": _iso(until)}
    if is_usual:
        lines.append(done("decided_usual", {**window, "days": USUAL_DAYS}))
    return answer({**window, "requests": rows}, lines)


def _decided_rows(
    uow: UnitOfWork, home: Home, since: date | None, until: date | None
) -> list[dict[str, Any]]:
    """The oldest decision first, of one day what was asked first."""
    keys = person_keys(uow, home)
    found = [
        (on, row.request.asked_at, request_facts(row, keys))
        for on, row in list_decided(uow, home.organisation, since, until, home.now)
    ]
    found.sort(key=lambda each: each[:2])
    return [{**facts, "decided_on": on.isoformat()} for on, _, facts in found]


def _decided_lines(row: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """What was asked, what came of it and when, and what each of those who decided it said."""
    yield done("decided_line", {**row, **_who_decided(row["words"])}, names)
    if row["status"] == "expired":
        yield f"  {done('lapsed', row)}"
    yield from written(row, names)
    for word in row["words"]:
        if word["comment"]:
            yield done("decided_in_meeting" if word["minutes"] else "decided_word", word, names)


def _who_decided(words: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Persons, persons who signed a paper, and bodies that met: whoever registered minutes decided nothing."""
    found: dict[str, list[str]] = {"by": [], "on_paper": [], "bodies": [], "held_on": []}
    for word in words:
        if word["minutes"]:
            found["bodies"].append(word["decider"])
            found["held_on"].append(word["minutes"]["held_on"])
        elif word["person"]:
            found["on_paper" if word["paper"] else "by"].append(word["person"])
    return {name: list(dict.fromkeys(who)) for name, who in found.items()}


def person_keys(uow: UnitOfWork, home: Home) -> Keys:
    return {person.id: person.key for person in people_of(uow, home.organisation)}


def request_facts(row: Waiting, keys: Keys) -> dict[str, Any]:
    """One request in the shape of the contract. `votes` counts the words that stand, `words` has every one."""
    case, request = row.case, row.request
    deadline = case.deadline("request", str(request.number))
    return {
        "request": row.key,
        "case": case.key,
        "title": case.title,
        "move": request.move,
        "status": request.status,
        "asked_by": _key(request.asked_by, keys),
        "asked_at": request.asked_at.isoformat(),
        "decider": decider_key(row.chosen.post, keys),
        "needed": row.chosen.needed,
        "votes": len(row.words),
        "words": [_word_facts(vote, keys, counts=vote in row.words) for vote in request.votes],
        "may_vote": [_key(person, keys) for person in row.open],
        "due_on": _iso(deadline.due_on if deadline else None),
        "expires_on": _iso(request.expires_on),
        "expires_after_workdays": row.expires_after or None,
        "bundle": request.bundle,
        "follows": request_key(case.key, request.follows) if request.follows else None,
        "asked_for": list(row.asked_for),
        "changes": _change_facts(row.changes) if row.changes is not None else None,
        "added_since": list(row.added),
        "comment": request.comment,
        "params": dict(request.params),
        "texts": dict(request.texts),
        "seal": request.seal,
        "unconfirmed": [_key(vote.person, keys) for vote in request.votes if vote.confirmed == "open"],
        "denied": [_key(vote.person, keys) for vote in request.votes if vote.confirmed == "denied"],
    }


def _word_facts(vote: Vote, keys: Keys, *, counts: bool) -> dict[str, Any]:
    return {
        "person": _key(vote.person, keys),
        "acting_for": _key(vote.acting_for, keys),
        "verdict": vote.verdict,
        "at": vote.at.isoformat(),
        "comment": vote.comment,
        "paper": vote.paper,
        "confirmed": vote.confirmed or None,
        "recorded_by": _key(vote.recorded_by, keys),
        "decider": decider_key(vote.decider, keys),
        "minutes": dict(vote.minutes) if vote.minutes is not None else None,
        "counts": counts,
    }


def _change_facts(found: Changes) -> dict[str, list[str]]:
    return {"added": list(found.added), "removed": list(found.removed), "changed": list(found.changed)}


def decider_key(decider: str, keys: Keys) -> str:
    """A decider as a printed key: a post, or `person:p7`."""
    if not decider.startswith(PERSON):
        return decider
    return PERSON + str(_key(int(decider.removeprefix(PERSON)), keys))


def _key(person: int | None, keys: Keys) -> str | None:
    return None if person is None else keys.get(person, str(person))


def _request_lines(kind: str, row: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    yield done(kind, row, names)
    yield from written(row, names)
    for asked in row["asked_for"]:
        yield done("request_asked_for", {"comment": asked})
    if row["changes"]:
        yield done("request_changes", {name: item_words(found) for name, found in row["changes"].items()})
    if row["added_since"]:
        yield done("request_added", {"added": item_words(row["added_since"])})


def item_words(found: Iterable[str]) -> list[str]:
    """Sealed items as people call them: `measure:2` is the second measure."""
    pairs = (item.split(":", 1) for item in found)
    return [label("item", part) + number for part, number in pairs]


def written(row: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """The dates that are asked for and what was written for it: whoever decides reads it here."""
    asked = {name: row["params"].get(name) for name in ("kind", "subject", "due", "until", "next_review")}
    if asked["due"] or asked["until"] or asked["next_review"]:
        yield done("request_asks", asked, names)
    for name, text in row["texts"].items():
        facts = {"name": name, "text": text, "erased": text is None, "cleared": text == ""}
        yield done("request_text", facts, names)


def approve(said: Namespace) -> Answer:
    """`approve REQUEST… --as PERSON`: all of them, or none; `--except CASE` returns single items."""
    return _decide(said, "approve")


def return_(said: Namespace) -> Answer:
    """`return REQUEST… --as PERSON --comment …`: back to the owner with what is to be added."""
    return _decide(said, "return")


def withdraw(said: Namespace) -> Answer:
    """`withdraw REQUEST --as PERSON`: take back what was asked."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        result = take_back(uow, principal, said.request, home.now, dry_run=said.dry_run)
    facts = {"request": said.request, "case": result.case.key}
    return answer(facts, [done("withdrawn", facts, home.names)])


def confirm(said: Namespace) -> Answer:
    """`confirm REQUEST --as PERSON [--deny --comment …]`: one's own word on a paper in one's name."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        word = AnswerPaper(0, not said.deny, said.comment or "")
        result = answer_paper(uow, principal, said.request, word, home.now, dry_run=said.dry_run)
    facts = {"request": said.request, "case": result.case.key, "confirmed": not said.deny}
    return answer(facts, [done("paper_denied" if said.deny else "paper_confirmed", facts, home.names)])


def _decide(said: Namespace, verdict: Verdict) -> Answer:
    home = at_home(said)
    principal = home.principal(said)
    meeting, recorder = _meeting(said), home.recorder(said)
    scan = _scan(home, said.minutes or said.paper)
    if said.paper:
        principal = on_paper(principal)
    with home.writing() as uow:
        exceptions = getattr(said, "exceptions", [])
        word = Word(said.request, verdict, said.comment or "", exceptions, said.digest, scan, recorder)
        if meeting is not None:
            results = decide_by_minutes(uow, principal, word, meeting, home.now, dry_run=said.dry_run)
        else:
            results = decide_together(uow, principal, word, home.now, dry_run=said.dry_run)
        decided = [_decided_facts(row) for row in results]
    return _told(home, decided)


def _meeting(said: Namespace) -> Meeting | None:
    """Raises WrongUsage where a meeting is told in part, or together with a paper of one person."""
    numbers = (said.of, said.present, said.in_favour)
    held_on = day(said.held_on)
    given = [said.minutes, held_on, *numbers]
    if all(value is None for value in given):
        return None
    if held_on is None or any(value is None for value in given) or said.paper or said.recorder:
        raise WrongUsage("minutes_in_part")
    return Meeting(held_on, *numbers)


def _scan(home: Home, path: str | None) -> Received | None:
    """Store the scan before anything names it. Raises BadInput for what is no image and no PDF."""
    if path is None:
        return None
    largest = home.application.settings.largest_file
    with opened(path, home.database_file) as source:
        return receive_scan(home.application.blobs, home.organisation, source, path, largest=largest)


def _decided_facts(row: Decided) -> dict[str, Any]:
    facts = {"request": row.key, "verdict": row.verdict, "bundle": row.bundle}
    if row.done is None:
        return {**facts, "fell_out": row.status}
    case = row.done.case
    return {
        **facts,
        "case": case.key,
        "state": case.state,
        "revision": case.revision,
        "warnings": warning_facts(row.done.warnings),
        "is_decided": case.pending is None,
    }


def _told(home: Home, decided: list[dict[str, Any]]) -> Answer:
    with home.reading() as uow:
        words = home.words_of(uow, (row["case"] for row in decided if "case" in row))
    lines = []
    for row in decided:
        names = words.of(row.get("case"))
        if row.get("fell_out"):
            lines.append(done("fell_out", row, names))
        else:
            lines.append(done("decided" if row["is_decided"] else "voted", row, names))
        lines += warning_lines(row.get("warnings", ()), names)
    return answer({"decided": decided}, lines)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
