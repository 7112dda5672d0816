"""`people …`: who there is, who holds which post, and how they are reached."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from collections.abc import Iterable
from functools import partial
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home, day
from engine.cli.onward import gaps_left
from engine.core.workdays import ONE_DAY
from engine.errors import WrongUsage
from engine.services.credentials import set_pin
from engine.services.linking import link_name
from engine.services.people import (
    STANDS_IN,
    Appointment,
    NewPerson,
    add_person,
    add_post,
    appoint,
    change_person,
    end_holding,
    leave,
    list_people,
)
from engine.store.people import people_of
from engine.store.places import load_place, load_posts
from engine.text.sentences import done


def people_add(said: Namespace) -> Answer:
    """`people add NAME --post POST … [--title …] [--channel URL]`."""
    home = at_home(said)
    new = NewPerson(
        said.name,
        said.person,
        said.title,
        said.channel,
        tuple(said.post),
        day(said.since),
        said.external,
        said.despite,
    )
    principal = home.principal(said)
    with home.writing() as uow:
        namesakes = [row.key for row in people_of(uow, home.organisation) if row.name == said.name]
        person = add_person(uow, principal, new, home.now, schemes=_schemes(home))
    facts = {"person": person.key, "name": person.name, "posts": list(said.post), "namesakes": namesakes}
    lines = [done("person_added", facts, home.names)]
    return answer(facts, [*lines, done("namesakes", facts)] if namesakes else lines)


def people_post(said: Namespace) -> Answer:
    """`people post KEY --label …`: a new post."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        post = add_post(uow, principal, said.post, said.label, home.now, is_body=said.body)
    facts = {"post": post.key, "label": post.label, "is_body": post.is_body}
    return answer(facts, [done("post_added", facts)])


def people_link(said: Namespace) -> Answer:
    """`people link PERSON`: to a post, a channel, or a name that a file gave."""
    if not (said.post or said.channel is not None or said.unresolved):
        raise WrongUsage("nothing_to_link")
    home = at_home(said)
    principal = home.principal(said)
    facts: dict[str, str | None] = {
        "person": said.person,
        "post": said.post,
        "name": said.unresolved,
        "substitute_for": said.substitute_for,
    }
    with home.writing() as uow:
        if said.post:
            since, until = day(said.since), day(said.until)
            term = Appointment(said.person, said.post, since, until, said.substitute_for, said.despite)
            appoint(uow, principal, term, home.now)
        if said.channel is not None:
            change_person(uow, principal, said.person, home.now, address=said.channel, schemes=_schemes(home))
        if said.unresolved:
            link_name(uow, principal, said.unresolved, said.person, home.now)
    return answer({**facts, "channel": said.channel is not None}, [done("person_linked", facts, home.names)])


def people_end(said: Namespace) -> Answer:
    """`people end PERSON --post POST [--on DATE]`: the last day in a post."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        before = load_posts(uow, home.organisation)
        last_day = day(said.on)
        end_holding(uow, principal, said.person, said.post, home.now, until=last_day)
    facts = {"person": said.person, "post": said.post, "on": said.on}
    warns = partial(gaps_left, home, before, last_day + ONE_DAY if last_day else None)
    return Answer(facts, (done("holding_ended", facts, home.names),), warns=warns)


def people_leave(said: Namespace) -> Answer:
    """`people leave PERSON [--on DATE]`: off the roll and out of every post; the past stays."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        before = load_posts(uow, home.organisation)
        person = leave(uow, principal, said.person, home.now, last_day=day(said.on))
        last_day = day(said.on) or load_place(uow, home.organisation).local_day(home.now)
    facts = {"person": person.key, "on": said.on}
    warns = partial(gaps_left, home, before, last_day + ONE_DAY)
    return Answer(facts, (done("person_left", facts, home.names),), warns=warns)


def people_pin(said: Namespace) -> Answer:
    """`people pin PERSON`: asks twice where nobody gives `--pin`."""
    home = at_home(said)
    pin = said.pin or _asked()
    said.pin = None
    principal = home.principal(said)
    with home.writing() as uow:
        person = set_pin(uow, principal, said.person, pin, home.now)
    facts = {"person": person.key}
    return answer(facts, [done("pin_set", facts, home.names)])


def _asked() -> str:
    try:
        first, second = _typed()
    except EOFError:
        first = second = ""
    if not first:
        raise WrongUsage("pin_missing")
    if first != second:
        raise WrongUsage("pins_differ")
    return first


def _typed() -> tuple[str, str]:
    """Twice from a person; from a pipe once, as nobody mistypes there."""
    if not sys.stdin.isatty():
        said = sys.stdin.readline().strip()
        return said, said
    return getpass.getpass(done("pin_prompt", {})), getpass.getpass(done("pin_again", {}))


def people_list(said: Namespace) -> Answer:
    """Everybody, the posts, and the names that nobody knows yet: those first."""
    home = at_home(said)
    with home.reading() as uow:
        found = list_people(uow, home.principal(said), home.now)
    facts = found.as_json()
    lines = [done("unresolved_line", row) for row in facts["unresolved"]]
    lines += [done("person_line", _person_facts(row), home.names) for row in facts["people"]]
    lines += [
        done("post_line" if row["holders"] else "vacant_line", _post_facts(row, facts["people"]), home.names)
        for row in facts["posts"]
    ]
    lines += [done("stand_in_line", row, home.names) for row in facts["stand_ins"]]
    lines += [
        done("planned_handover_line", {**row, "leaver": row["from"]}, home.names)
        for row in facts["planned_handovers"]
    ]
    lines += [done("despite_line", row, home.names) for row in facts["despite_conflict"]]
    return answer(facts, lines or [done("no_people", {})])


def _person_facts(row: dict[str, Any]) -> dict[str, Any]:
    """Nobody needs a channel to whoever has left."""
    left = row["left_on"] is not None
    own = [post for post in row["posts"] if not post.endswith(STANDS_IN)]
    stands_in = [post.removesuffix(STANDS_IN) for post in row["posts"] if post.endswith(STANDS_IN)]
    told = {"posts": own, "stands_in": stands_in, "left": left, "has_address": row["has_address"] or left}
    return {**row, **told}


def _post_facts(row: dict[str, Any], people: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Whoever stands in for a holder is no second holder."""
    stand_ins = [person["key"] for person in people if row["key"] + STANDS_IN in person["posts"]]
    return {**row, "holders": [key for key in row["holders"] if key not in stand_ins], "stand_ins": stand_ins}


def _schemes(home: Home) -> frozenset[str]:
    return frozenset(home.application.notifiers())
