"""`verify` and `seal`: whether the past is as it was written, and the seals that prove it from outside."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home
from engine.core.seals import OutsideSeal, read_seal
from engine.errors import WrongUsage
from engine.services.sealing import line_of, lines_of, seal_now
from engine.services.verifying import Found, Verified, Wish, lost_organisations
from engine.services.verifying import verify as verify_home
from engine.services.verifying_register import HomeRegister
from engine.store.places import find_organisation, load_place
from engine.store.proofs import find_case
from engine.store.scope import Scope
from engine.store.seal_book import keep_lines
from engine.text.sentences import done

BROKEN = 7
MOST_LINES = 20
MANY = 2000
"""Cases from which on a command that proves them says how far it is."""


def seal(said: Namespace) -> Answer:
    """`seal`: one digest over where every case stands now, printed and kept beside the database."""
    home = at_home(said)
    with home.writing() as uow:
        stored = seal_now(uow, home.organisation, home.now)
        line = line_of(stored, load_place(uow, home.organisation).zone)
        lines = lines_of(uow, home.organisation)
    home.afterwards(lambda: keep_lines(home.application.settings.home, lines))
    facts = {
        "organisation": stored.seal.organisation,
        "seal": stored.seal.number,
        "made_at": stored.seal.made_at,
        "cases": stored.seal.cases,
        "events": stored.seal.events,
        "digest": stored.digest,
        "root": stored.seal.root,
        "previous": stored.seal.previous,
        "line": line,
    }
    return answer(facts, [line, done("sealed", facts)])


def verify(said: Namespace) -> Answer:
    """`verify`: everything, or one case; exit code 7 and the first bad row when something was changed."""
    home = at_home(said, whole=said.case is None)
    keys = [home.organisation_key] if said.case else home.keys_asked_about(said)
    copies, own = _copies(said.seal), HomeRegister()
    is_whole_home = not (said.case or said.org or home.has_token(said))
    others = [] if is_whole_home else _of_others(home.organisation_key, copies)
    found = [_verify(home, key, said, [copy for copy in copies if copy.is_of(key)], own) for key in keys]
    found += lost_organisations(keys, copies) if is_whole_home else []
    is_whole = not any(one.broken for one in found)
    facts = {"is_whole": is_whole, "organisations": [one.as_json() for one in found], "not_compared": others}
    lines = [line for one in found for line in _lines(one)]
    if others:
        lines.append(done("seals_of_others", {"others": others, "organisation": home.organisation_key}))
    return answer(facts, lines, exit_code=0 if is_whole else BROKEN)


def _of_others(organisation: str, copies: list[OutsideSeal]) -> list[str]:
    """Whose seals are left out where one organisation alone is looked at: whether there are such others is not told.

    Raises WrongUsage `seal_of_others` where no seal is left to compare.
    """
    others = sorted({copy.organisation for copy in copies if not copy.is_of(organisation)})
    if others and not any(copy.is_of(organisation) for copy in copies):
        raise WrongUsage("seal_of_others", others=others, organisation=organisation)
    return others


def _verify(home: Home, key: str, said: Namespace, copies: list[OutsideSeal], own: HomeRegister) -> Verified:
    database, blobs = home.application.database, home.application.blobs
    with database.begin(Scope.whole(), writing=False) as uow:
        organisation = find_organisation(uow, key).id
    assert organisation is not None
    with database.begin(Scope.one(organisation), writing=False) as uow:
        case = find_case(uow, organisation, said.case) if said.case else None
        wish = Wish(case, tuple(copies), with_blobs=not said.no_blobs, now=home.now)
        return verify_home(uow, organisation, key, blobs, wish, _progress(), own)


def _progress() -> Callable[[int, int], None]:
    began, said_at = time.monotonic(), [0.0]

    def tell(cases: int, total: int) -> None:
        passed = time.monotonic() - began
        if total >= MANY and passed - said_at[0] >= 1:
            said_at[0] = passed
            facts = {"cases": cases, "total": total, "rate": int(cases / passed)}
            print(done("verifying", facts), file=sys.stderr)

    return tell


def _copies(word: str | None) -> list[OutsideSeal]:
    """Seals kept outside: a file with their lines, or one line itself. Raises WrongUsage `seal_unreadable`."""
    if word is None:
        return []
    path = Path(word)
    lines = path.read_text(encoding="utf-8-sig").split("\n") if _is_file(path) else [word]
    copies = [copy for copy in map(read_seal, lines) if copy is not None]
    if not copies:
        raise WrongUsage("seal_unreadable", given=word)
    return copies


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a line is longer than any name of a file
        return False


def _lines(one: Verified) -> Iterator[str]:
    facts = one.as_json()
    if one.broken:
        yield done("broken_first", {**facts, **_found_facts(one.broken[0])})
        yield from (done("broken_line", _found_facts(row)) for row in one.broken[1:MOST_LINES])
        if len(one.broken) > MOST_LINES:
            yield done("broken_more", {"count": len(one.broken) - MOST_LINES})
    else:
        yield done("verified", facts)
    if one.found_on:
        yield done("register_found", facts)
    if one.leftovers:
        yield done("leftover_blobs", facts)
    if not one.is_outside:
        yield done("no_outside_copy" if one.seals else "no_seal_yet", facts)


def _found_facts(row: Found) -> dict[str, object]:
    return {**row.facts, "what": row.what, "case": row.case, "seq": row.seq}
