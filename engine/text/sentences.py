"""Errors, refusals and problems of definition files as sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.core.refusal import Refused
from engine.errors import DefinitionError
from engine.text.books import words
from engine.text.dates import day_words
from engine.text.filling import NOBODY, Names, fill
from engine.text.labels import event_phrase, label
from engine.text.quoting import one_line

if TYPE_CHECKING:
    from engine.core.refusal import Refusals, Unmet
    from engine.errors import EngineError, Problem


INSTEAD_OF_OWNER = "instead:owner"
"""The name, among those of one case, of whom one asks where nobody holds the post of its owner."""


def sentence(code: str, facts: Mapping[str, object], names: Names = NOBODY) -> str:
    """One sentence for an error's code and facts; an unknown code is named in a general one. Never raises.

    `names` by `kind:value` gives what only the organisation knows: `post:secretary`, `person:7`.
    """
    said = words("errors", code)
    told = {**facts, **_winner_words(facts.get("winner"), names)}
    return fill(said, told, names) if said else _general(code, facts)


def _winner_words(winner: object, names: Names) -> Mapping[str, object]:
    """Who was quicker, when, and what it was that they did."""
    if not isinstance(winner, Mapping):
        return {}
    nobody = label("via", "system") if winner["via"] == "system" else label("nobody", "clerk")
    return {
        "winner_who": winner["person"] or nobody,
        "winner_on": winner["at"][:10],
        "winner_time": winner["at"][11:16],
        "winner_did": event_phrase(winner["type"], winner["facts"], names),
    }


def error_lines(error: EngineError, names: Names = NOBODY) -> list[str]:
    """Everything that an error has to say: of a refusal each requirement, of a definition each problem."""
    if isinstance(error, Refused):
        lines = [line for refusals in error.every for line in refusal_lines(refusals, names)]
        if error.asked > 1:
            lines.append(sentence("nothing_done", {"asked": error.asked, "stopped_by": error.stopped_by}))
        return lines
    if isinstance(error, DefinitionError):
        return [sentence(error.code, error.facts), *(problem_line(row) for row in error.problems)]
    return [sentence(error.code, error.facts, names)]


def done(key: str, facts: Mapping[str, object], names: Names = NOBODY) -> str:
    """One sentence for what a command has done."""
    said = words("answers", key)
    return fill(said, facts, names) if said else _general(key, facts)


def refusal_lines(refusals: Refusals, names: Names = NOBODY) -> list[str]:
    """What is still missing (one line per requirement): what, what would cure it, who could, from when."""
    head = fill(_form("head"), {"case": refusals.case, "move": refusals.move}, names)
    return [head, *unmet_lines(refusals.unmet, names)]


def unmet_lines(unmet: Sequence[Unmet], names: Names = NOBODY) -> list[str]:
    """One numbered line per requirement; alternatives stand below theirs, numbered by themselves."""
    lines = []
    for at, row in enumerate(unmet, start=1):
        lines += [_unmet_line("line", at, row, names), *_choices(row, names)]
    return lines


def _choices(row: Unmet, names: Names) -> Iterator[str]:
    """The alternatives of a requirement, each with all that belongs to it."""
    for at, rows in enumerate(row.one_of, start=1):
        for more, each in enumerate(rows):
            yield _unmet_line("and_also" if more else "alternative", at, each, names)
            yield from (f"   {line}" for line in _choices(each, names))


def warning_line(unmet: Mapping[str, Any], names: Names = NOBODY) -> str:
    """A requirement, as printed in JSON, that nobody will be able to meet: said before it is too late."""
    facts = unmet["facts"]
    told = {
        "what": fill(words("refusals", "unmet", unmet["code"]) or unmet["code"], facts, names),
        "cure": fill(words("refusals", "cures", unmet["cure"]) or "", facts, names),
        **facts,
        "case": unmet.get("case"),
        "owner_post": unmet.get("owner_post"),
    }
    return fill(_form("gap"), told, names)


def step_lines(missing: Sequence[Unmet], blocked: Unmet | None, names: Names = NOBODY) -> list[str]:
    """What a step of the way still misses, and why nobody can take it."""
    lines = [line for row in missing for line in (_unmet_line("still", 0, row, names), *_choices(row, names))]
    return [*lines, _unmet_line("blocked", 0, blocked, names)] if blocked else lines


def unmet_sentence(row: Unmet, names: Names = NOBODY) -> str:
    """What one requirement misses, without its cure."""
    said = words("refusals", "unmet", row.code)
    return fill(said, row.facts, names) if said else _general(row.code, row.facts)


def problem_line(problem: Problem) -> str:
    """`file:line: sentence`, marked where it is only a warning, with the nearest right word where there is one."""
    mark = _form("warning") if problem.severity == "warning" else ""
    place = f"{problem.source}:{problem.line}" if problem.line else problem.source
    meant = fill(_form("meant"), problem.facts) if problem.facts.get("nearest") else ""
    return f"{one_line(place)}: {mark}{sentence(problem.code, problem.facts)}{meant}"


def reconciliation_line(code: str, facts: Mapping[str, object], line: int = 0) -> str:
    """What does not agree in a report, with its line there."""
    said = words("reports", code)
    told = fill(said, facts) if said else _general(code, facts)
    return fill(_form("in_report"), {"line": line or None, "what": told})


def date_reason(code: str, facts: Mapping[str, object]) -> str:
    """One step in why a date is what it is."""
    said = words("reasons", code)
    return fill(said, facts) if said else _general(code, facts)


def _unmet_line(form: str, at: int, row: Unmet, names: Names) -> str:
    facts: dict[str, object] = {
        "number": at,
        "what": unmet_sentence(row, names),
        "cure": fill(words("refusals", "cures", row.cure) or "", row.facts, names),
        # Alternatives name who could for each of them.
        "who": [] if row.one_of else [_who(role, names) for role in row.who],
        "earliest": day_words(row.earliest) if row.earliest and not row.one_of else None,
    }
    return fill(_form(form), facts, names)


def _who(role: str, names: Names) -> str:
    """Whom one could ask: an owner whom nobody is in place of is none, whoever acts instead is named."""
    return names.get(INSTEAD_OF_OWNER, role) if role == "owner" else role


def _general(code: str, facts: Mapping[str, object]) -> str:
    details = ", ".join(f"{name}={value}" for name, value in facts.items())
    return fill(words("errors", "other") or "{code}", {"code": code, "details": details})


def _form(name: str) -> str:
    return words("refusals", "forms", name) or ""
