"""Fields as people type them → as the rules read them: names become people, file names papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.core.case import Evidence, Field
from engine.core.definition import FieldRule
from engine.core.fields import BETWEEN, PERSON, field_called
from engine.errors import NotFound, WrongUsage
from engine.services.resolving import resolve
from engine.store.unit_of_work import UnitOfWork
from engine.text.amounts import plain_amount

AMOUNTS = frozenset({"number", "money"})


def plain_fields(
    uow: UnitOfWork,
    organisation: int,
    rules: Mapping[str, FieldRule],
    given: Mapping[str, Field],
    papers: Iterable[Evidence] = (),
) -> dict[str, Field]:
    """`given` by field name, in the words of the rules. What cannot be resolved stays, for them to refuse."""
    files = {row.name: row.number for row in papers if row.name is not None}
    found: dict[str, Field] = {}
    for word, said in given.items():
        name = field_called(rules, word) or word
        rule = rules.get(name)
        if rule is None or not isinstance(said, str):
            found[name] = said
        elif rule.type in AMOUNTS:
            found[name] = plain_amount(said, rule.unit)
        elif rule.type == "people":
            found[name] = ",".join(_person(uow, organisation, word) for word in _words(said))
        elif rule.type == "photo":
            found[name] = ",".join(str(files.get(word, word)) for word in _words(said))
        else:
            found[name] = said
    return found


def _words(said: str) -> list[str]:
    return [word for word in BETWEEN.split(said) if word]


def _person(uow: UnitOfWork, organisation: int, word: str) -> str:
    """`person:7`, or the word itself where it names nobody, or not one alone."""
    try:
        return f"{PERSON}{resolve(uow, organisation, word).id}"
    except (NotFound, WrongUsage):
        return word
