"""`issue link` and `issues --repeated`: what was found before, in an earlier round."""

from __future__ import annotations

from argparse import Namespace

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home
from engine.services.repeats import alike, link_earlier
from engine.text.sentences import done


def issue_link(said: Namespace) -> Answer:
    """`issue link CASE EARLIER`: somebody says that it is the same as a finding of an earlier round."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        later, before = link_earlier(uow, principal, said.case, said.earlier, home.now)
    facts = {"case": later.key, "earlier": before.key, "revision": later.revision}
    return answer(facts, [done("issue_linked", facts)])


def repeated(home: Home) -> Answer:
    """What is worded like a finding of an earlier round; whether it is the same, a person says."""
    with home.reading() as uow:
        found = alike(uow, home.organisation)
    rows = [row.as_json() for row in found.rows]
    lines = [done("alike_line", row) for row in rows] or [done("none_alike", {})]
    facts = {"compared": found.compared, "left_out": found.left_out}
    lines += [done("alike_left_out", facts)] if found.left_out else []
    return answer({"repeated": rows, **facts}, lines)
