"""A workflow as Mermaid text (`stateDiagram-v2`), with the words of its file; the same file gives the same text."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.definition import Move, State, WorkflowDefinition
from engine.text.books import words
from engine.text.filling import NOBODY, Names, fill
from engine.text.quoting import one_line

_FULL_WIDTH = 0xFEE0
"""How far the full-width twin of an ASCII sign lies behind it."""
_SIGNS = str.maketrans({sign: chr(ord(sign) + _FULL_WIDTH) for sign in '"#:;<>{}[]()%`|\\'})
_NOW = "fill:#fff3bf,stroke:#b45309,stroke-width:3px"


def drawing(definition: WorkflowDefinition, now: str | None = None, names: Names = NOBODY) -> str:
    """The state machine; the state `now` of a case is marked. Ways back carry an arrow, staying moves are notes.

    `names` by `post:key` are what the organisation calls its posts.
    """
    return "\n".join(("stateDiagram-v2", *(f"    {row}" for row in _rows(definition, now, names)))) + "\n"


def _rows(definition: WorkflowDefinition, now: str | None, names: Names) -> Iterator[str]:
    for name, state in definition.states.items():
        yield f'state "{_state_words(name, state)}" as {_id(name)}'
    yield f"[*] --> {_id(definition.initial)}"
    order = list(definition.states)
    for move in definition.moves.values():
        for source in dict.fromkeys(move.sources):
            target = move.target(source)
            if target != source:
                said = _move_words("move", move, names, is_back=order.index(target) < order.index(source))
                yield f"{_id(source)} --> {_id(target)} : {said}"
    yield from (f"{_id(name)} --> [*]" for name in dict.fromkeys(definition.final))
    for name in order:
        yield from _note(name, definition, names)
    if now in definition.states:
        yield from (f"classDef now {_NOW}", f"class {_id(str(now))} now")


def _note(state: str, definition: WorkflowDefinition, names: Names) -> Iterator[str]:
    """The moves that leave a case where it is."""
    staying = [
        row for row in definition.moves.values() if state in row.sources and row.target(state) == state
    ]
    if staying:
        yield f"note right of {_id(state)}"
        yield from (f"    {_move_words('note', move, names, is_back=False)}" for move in staying)
        yield "end note"


def _state_words(name: str, state: State) -> str:
    return _plain(fill(words("drawing", "state") or "", {"label": state.label.strip() or name}))


def _move_words(form: str, move: Move, names: Names, *, is_back: bool) -> str:
    decider = getattr(move.approval.by[0], "post", "") if move.approval else None
    facts = {"label": move.label, "back": is_back, "decision": move.decision, "approval": decider}
    return _plain(fill(words("drawing", form) or "", facts, names))


def _id(state: str) -> str:
    """A name that is no word of Mermaid (`end`, `state`, `note` …)."""
    return f"s_{state}"


def _plain(text: str) -> str:
    """One line without a sign that Mermaid reads: those become their full-width twins."""
    return one_line(text).translate(_SIGNS).strip()
