"""Typed fields of a case: what people type becomes a value, or everything that is wrong with it at once.

People, photos and the words of amounts are resolved before (`person:7`, the number of a paper, 30000): names,
files and words for numbers are not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from engine.core.case import Case, Evidence, Field
from engine.core.definition import FieldRule, Move, WorkflowDefinition
from engine.core.definition_reader import nearest
from engine.core.history import NewEvent
from engine.core.refusal import Unmet
from engine.core.workdays import typed_day
from engine.core.world import Ask
from engine.errors import Facts

NOTHING: Mapping[str, Field] = {}
LONGEST_TEXT = 2000
LARGEST = Decimal(1_000_000_000_000)
BETWEEN = re.compile(r"[,;\u3001\uff0c\uff1b\s]+")
PERSON = "person:"
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_Parsed = Field | Unmet


@dataclass(frozen=True, slots=True)
class Reading:
    """What was given, read: facts, erasable texts, and everything that is wrong. None clears a field."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    unmet: tuple[Unmet, ...] = ()

    def events(self) -> Iterator[NewEvent]:
        if self.fields:
            yield NewEvent("fields_set", {"fields": dict(self.fields)})
        if self.texts:
            yield NewEvent("texts_edited", {}, dict(self.texts))


def read_for(case: Case, rules: Mapping[str, FieldRule], given: Mapping[str, Field], today: date) -> Reading:
    """Read what is given for fields of a case: photos name its standing papers, each of them in one field alone."""
    return read_fields(rules, given, today, case.standing_evidence, case.fields)


def read_fields(
    rules: Mapping[str, FieldRule],
    given: Mapping[str, Field],
    today: date,
    papers: Collection[Evidence] = (),
    held: Mapping[str, Field] = NOTHING,
) -> Reading:
    """Read `given` (field name or label → what was typed) on a local day. `papers` are what photos may name, `held`
    is what the fields say already.
    """
    fields: dict[str, Field] = {}
    texts: dict[str, str] = {}
    unmet: list[Unmet] = []
    numbers = frozenset(row.number for row in papers)
    for word, said in given.items():
        name = field_called(rules, word)
        if name is None:
            unmet.append(_unknown(rules, word))
            continue
        value = parse_field(name, rules[name], said, today, numbers)
        if isinstance(value, Unmet):
            unmet.append(value)
        elif rules[name].type == "text":
            texts[name] = "" if value is None else str(value)
        else:
            fields[name] = value
    unmet.extend(_shown_twice(rules, fields, held, papers))
    return Reading(fields, texts, tuple(unmet))


def field_called(rules: Mapping[str, FieldRule], word: str) -> str | None:
    """The name of the field that people call `word`: its key or its label."""
    said = word.strip()
    return said if said in rules else next((name for name, rule in rules.items() if rule.label == said), None)


def parse_field(
    name: str, rule: FieldRule, said: Field, today: date, papers: Collection[int] = ()
) -> _Parsed:
    """The value of one field, None for an empty one, or what is wrong with it."""
    text = unicodedata.normalize("NFKC", "" if said is None else str(said)).strip()
    if rule.type == "text":
        return _text(name, "" if said is None else str(said).strip())
    return _PARSERS[rule.type](_Typed(name, rule, text, today, papers)) if text else None


@dataclass(frozen=True, slots=True)
class _Typed:
    """One field as it was typed, in plain signs."""

    name: str
    rule: FieldRule
    text: str
    today: date
    papers: Collection[int]

    def wrong(self, code: str, **more: object) -> Unmet:
        facts: Facts = {"field": self.name, "given": self.text, **more}  # type: ignore[dict-item]
        return Unmet(code, facts, "say_it_right")


def _text(name: str, said: str) -> _Parsed:
    if len(said) > LONGEST_TEXT:
        return Unmet("field_too_long", {"field": name, "longest": LONGEST_TEXT, "given": len(said)})
    return said or None


def _number(typed: _Typed) -> _Parsed:
    amount = _amount(typed.text)
    return typed.wrong("field_not_a_number") if amount is None else _limited(typed, amount)


def _money(typed: _Typed) -> _Parsed:
    """In yuan, to the fen; never below nothing unless the file says so."""
    amount = _amount(typed.text)
    if amount is None or amount != round(amount, 2):
        return typed.wrong("field_not_money")
    return _limited(typed, amount, least=0)


def _amount(text: str) -> Decimal | None:
    number = text.replace(" ", "")
    return Decimal(number.replace(",", "")) if _NUMBER.fullmatch(number) else None


def _limited(typed: _Typed, amount: Decimal, least: int | None = None) -> _Parsed:
    rule = typed.rule
    lowest = rule.least if rule.least is not None else least
    is_low = lowest is not None and amount < lowest
    is_high = rule.most is not None and amount > rule.most
    if is_low or is_high or abs(amount) > LARGEST:
        return typed.wrong("field_out_of_range", least=lowest, most=rule.most)
    return int(amount) if amount == int(amount) else float(amount)


def _date(typed: _Typed) -> _Parsed:
    day = typed_day(typed.text)
    if day is None:
        return typed.wrong("field_not_a_date")
    if typed.rule.not_after_today and day > typed.today:
        facts: Facts = {"field": typed.name, "day": day.isoformat()}
        return Unmet("field_in_future", facts, "wait_or_correct", earliest=day)
    return day.isoformat()


def _choice(typed: _Typed) -> _Parsed:
    """By key or by label; what is neither is answered with the one that comes nearest."""
    by_word = {key: key for key in typed.rule.choices}
    by_word |= {
        unicodedata.normalize("NFKC", label): key for key, label in reversed(typed.rule.choices.items())
    }
    if typed.text in by_word:
        return by_word[typed.text]
    labels = list(typed.rule.choices.values())
    return typed.wrong("field_not_a_choice", choices=labels, nearest=_near(typed.text, by_word, typed.rule))


def _near(said: str, by_word: Mapping[str, str], rule: FieldRule) -> str | None:
    found = nearest(said, by_word) or next((word for word in by_word if said in word or word in said), None)
    return rule.choices[by_word[found]] if found else None


def _people(typed: _Typed) -> _Parsed:
    words = [word for word in BETWEEN.split(typed.text) if word]
    strangers = [word for word in words if not word.removeprefix(PERSON).isdigit() or PERSON not in word]
    if strangers:
        return typed.wrong("field_person_unknown", people=strangers)
    return _joined(typed, [int(word.removeprefix(PERSON)) for word in words])


def _photo(typed: _Typed) -> _Parsed:
    words = [word for word in BETWEEN.split(typed.text) if word]
    known = {str(number) for number in typed.papers}
    strangers = [word for word in words if word not in known]
    if strangers:
        return replace(typed.wrong("field_paper_unknown", papers=strangers), cure="attach_the_photo")
    return _joined(typed, [int(word) for word in words])


def _joined(typed: _Typed, numbers: list[int]) -> _Parsed:
    """One number, or several joined by commas where the field takes several."""
    found = list(dict.fromkeys(numbers))
    if typed.rule.many:
        return ",".join(map(str, found))
    return found[0] if len(found) == 1 else typed.wrong("field_takes_one")


_PARSERS: Mapping[str, Callable[[_Typed], _Parsed]] = {
    "number": _number,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "people": _people,
    "photo": _photo,
}


def _shown_twice(
    rules: Mapping[str, FieldRule],
    said: Mapping[str, Field],
    held: Mapping[str, Field],
    papers: Collection[Evidence],
) -> Iterator[Unmet]:
    """The same picture in two photo fields: what was there before is no proof of what there is afterwards."""
    after = {**held, **said}
    photos = [
        name for name, rule in rules.items() if rule.type == "photo" and after.get(name) not in (None, "")
    ]
    contents = {row.number: row.digest or row.number for row in papers}
    shown = {name: {contents.get(row, row): row for row in numbers_in(after[name])} for name in photos}
    for at, name in enumerate(photos):
        for other in photos[:at]:
            both = shown[name].keys() & shown[other].keys()
            if both and (name in said or other in said):
                here, there = (name, other) if name in said else (other, name)
                facts: Facts = {
                    "field": here,
                    "other": there,
                    "papers": sorted(shown[here][row] for row in both),
                }
                yield Unmet("field_paper_taken", facts, "attach_another_photo")


def numbers_in(value: Field) -> tuple[int, ...]:
    """The ids or paper numbers of a people or photo field."""
    return tuple(int(word) for word in str(value).split(",") if word) if value not in (None, "") else ()


def value_of(case: Case, name: str) -> Field:
    """What a case says in one field: a fact, or a text that was not erased."""
    return case.fields[name] if name in case.fields else case.texts.get(name)


def missing_at_opening(definition: WorkflowDefinition, reading: Reading) -> Iterator[Unmet]:
    """The fields without which no case of this kind begins."""
    said = {**reading.fields, **reading.texts}
    wrong = {str(row.facts.get("field")) for row in reading.unmet}
    names = [name for name, rule in definition.fields.items() if rule.required]
    missing = [name for name in names if said.get(name) in (None, "") and name not in wrong]
    yield from _missing(definition, missing)


def field_requirements(ask: Ask, move: Move) -> Iterator[Unmet]:
    """What is wrong with the fields given with a move, and which of those that its target needs are empty."""
    reading = given_with(ask, move)
    yield from reading.unmet
    definition = ask.world.workflow.definition
    strangers = [name for name in ask.command.params if name in definition.fields and name not in move.sets]
    for name in strangers:
        yield Unmet("field_not_here", {"field": name, "fields": list(move.sets)})
    yield from missing_fields(ask, tuple(_needed(definition, ask.case.state, move)))


def missing_fields(ask: Ask, names: Collection[str]) -> Iterator[Unmet]:
    """Those of `names` that are empty, and are not given with the move either; what is given wrong says so itself."""
    definition = ask.world.workflow.definition
    reading = given_with(ask, definition.moves[ask.command.move])
    wrong = {str(row.facts.get("field")) for row in reading.unmet}
    missing = [name for name in names if value_after(ask, name) in (None, "") and name not in wrong]
    yield from _missing(definition, missing)


def value_after(ask: Ask, name: str) -> Field:
    """What a field says once the move has happened."""
    reading = given_with(ask, ask.world.workflow.definition.moves[ask.command.move])
    said = {**reading.fields, **reading.texts}
    return said[name] if name in said else value_of(ask.case, name)


def given_with(ask: Ask, move: Move) -> Reading:
    """The fields that the move brings, read."""
    if not move.sets:
        return Reading()
    rules = ask.world.workflow.definition.fields
    texts = {name: text for name, text in ask.command.texts.items() if _is_text(rules, name)}
    brought = {**ask.command.params, **texts}
    given = {name: brought[name] for name in move.sets if name in brought}
    return read_for(ask.case, rules, given, ask.today)


def apart(ask: Ask, move: Move) -> tuple[dict[str, Field], dict[str, str]]:
    """What a request keeps of the command: its facts, and its texts with the text fields among them (law 11)."""
    rules = ask.world.workflow.definition.fields
    facts = {name: value for name, value in ask.command.params.items() if not _is_text(rules, name)}
    return facts, {**ask.command.written, **given_with(ask, move).texts}


def _is_text(rules: Mapping[str, FieldRule], name: str) -> bool:
    return name in rules and rules[name].type == "text"


def _needed(definition: WorkflowDefinition, state: str, move: Move) -> Iterator[str]:
    """What a case went without until now is asked for on the way on, never on the way back."""
    order = list(definition.states)
    target = move.target(state)
    is_onward = target in order and state in order and order.index(target) > order.index(state)
    for name, rule in definition.fields.items() if is_onward else ():
        if rule.required_from is not None and order.index(target) >= order.index(rule.required_from):
            yield name


def _missing(definition: WorkflowDefinition, names: list[str]) -> Iterator[Unmet]:
    photos = [name for name in names if definition.fields[name].type == "photo"]
    if photos:
        # A photo is a file: it comes with the command, and the field names it.
        yield Unmet("fields_missing", {"fields": names, "photo": photos[0]}, "fill_in_with_photos")
    elif names:
        yield Unmet("fields_missing", {"fields": names}, "fill_in_fields")


def _unknown(rules: Mapping[str, FieldRule], word: str) -> Unmet:
    labels = {rule.label: rule.label for rule in rules.values()}
    near = nearest(word, [*rules, *labels])
    return Unmet("field_unknown", {"field": word, "nearest": near, "fields": list(rules)}, "say_it_right")
