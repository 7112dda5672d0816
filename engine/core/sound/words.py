"""Soundness of words: names that are plain, moves that differ, labels that tell things apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from engine.core.canonical import canonical
from engine.core.definition import GuardUse, Move
from engine.core.definition_reader import nearest
from engine.core.sound.sheet import Sheet
from engine.errors import Problem

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""What is a name in a definition file; an expression or an import path is none."""


def odd_names(sheet: Sheet) -> Iterator[Problem]:
    """`name_not_plain`: small letters, digits and `_`; what looks like code is refused where a name is wanted."""
    for path, word in _names(sheet):
        if not NAME.fullmatch(word):
            yield sheet.error("name_not_plain", *path, word=word[:40])


def shadowed_moves(sheet: Sheet) -> Iterator[Problem]:
    """`move_shadowed`: another move does the same from the same states for the same people, and asks for less."""
    alike: dict[str, list[tuple[str, Move]]] = defaultdict(list)
    for name, move in sheet.definition.moves.items():
        alike[_consequence(sheet, name, move)].append((name, move))
    for group in alike.values():
        for at, (name, move) in enumerate(group):
            # Of two that ask for the same the later one is too many.
            wider = (
                other_name
                for other_at, (other_name, other) in enumerate(group)
                if other_at != at
                and _asks_less(other, move)
                and (other_at < at or not _asks_less(move, other))
            )
            found = next(wider, None)
            if found is not None:
                yield sheet.warning("move_shadowed", "moves", name, move=name, other=found)


def confusing_labels(sheet: Sheet) -> Iterator[Problem]:
    """`label_twice`: two states, or two moves out of one state, that look the same on screen."""
    yield from _twice(sheet, "states", {name: row.label for name, row in sheet.definition.states.items()})
    seen: set[tuple[str, ...]] = set()
    for state in sheet.definition.states:
        here = {n: move.label for n, move in sheet.definition.moves.items() if state in move.sources}
        for problem in _twice(sheet, "moves", here):
            pair = (str(problem.facts["word"]), str(problem.facts["other"]))
            if pair not in seen:
                yield problem
            seen.add(pair)


def unknown_notices(sheet: Sheet) -> Iterator[Problem]:
    """`unknown_notice`: a message without wording."""
    for name, move in sheet.definition.moves.items():
        for at, tell in enumerate(move.tells):
            if sheet.known.notices and tell.notice not in sheet.known.notices:
                facts = {"word": tell.notice, "nearest": nearest(tell.notice, sheet.known.notices)}
                yield sheet.error("unknown_notice", "moves", name, "tells", at, **facts)


def _names(sheet: Sheet) -> Iterator[tuple[tuple[str | int, ...], str]]:
    definition = sheet.definition
    yield ("case",), definition.case
    for name, state in definition.states.items():
        yield ("states", name), name
        yield from ((("states", name, "waits_for"), word) for word in state.waits_for)
    for name, move in definition.moves.items():
        yield ("moves", name), name
        yield from ((("moves", name, "by"), word) for word in move.by)
        for at, tell in enumerate(move.tells):
            yield from ((("moves", name, "tells", at), word) for word in (tell.who, tell.notice))
    for kind, rule in definition.deadlines.items():
        yield ("deadlines", kind, "ladder"), rule.ladder


def _consequence(sheet: Sheet, name: str, move: Move) -> str:
    """Everything that a move does, but not from where, by whom, or on what condition."""
    meets = [kind for kind, rule in sheet.definition.deadlines.items() if name in rule.met_by]
    said = move.model_dump(mode="json", exclude={"label", "sources", "by", "guards", "tells"})
    return canonical([said, meets])


def _asks_less(other: Move, move: Move) -> bool:
    """Whether `other` can be made whenever `move` can."""
    theirs, ours = _asked(other.guards), _asked(move.guards)
    is_wider = set(move.sources) <= set(other.sources) and set(move.by) <= set(other.by)
    return is_wider and theirs <= ours


def _asked(guards: list[GuardUse]) -> set[str]:
    return {canonical(use.model_dump(mode="json")) for use in guards}


def _twice(sheet: Sheet, place: str, labels: Mapping[str, str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, label in labels.items():
        if label in first:
            facts = {"word": name, "other": first[label], "label": label[:40]}
            yield sheet.warning("label_twice", place, name, **facts)
        first.setdefault(label, name)
