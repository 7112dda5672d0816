"""An organisation's overlay may ask for more than what holds for all, never for less: no decision is taken out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.changes import written
from engine.core.definition import Move, WorkflowDefinition
from engine.core.stricter_guards import Less, loosened
from engine.core.stricter_numbers import later_deadline, looser_approval
from engine.core.vocabulary import Vocabulary
from engine.core.yaml_text import Loaded
from engine.errors import Fact, Problem


def laxer(
    base: WorkflowDefinition, over: WorkflowDefinition, loaded: Loaded, vocabulary: Vocabulary
) -> Iterator[Problem]:
    """What `over`, the overlay laid over `base`, asks no more; lines are those of the overlay.

    `overlay_version_older`; `overlay_drops_decision`: a move that was decided no longer is; `overlay_drops_guard`: it
    is, but asks for less; `overlay_skips_decision`: some way leads past a decision that stood between two states;
    `overlay_loosens`: a number or list of such a move, or of a deadline, asks for less; `overlay_not_comparable`: it
    is another, and nobody can say whether for less.
    """
    if over.version < base.version:
        facts: dict[str, Fact] = {"version": over.version, "base": base.version}
        yield Problem("overlay_version_older", loaded.source, loaded.line_of(("version",)), facts)
    dropped = set()
    for name, old in base.moves.items():
        new = over.moves.get(name)
        if new is None or not _is_judged(old):
            continue
        if not _is_judged(new):
            dropped.add(name)
            line = loaded.line_of(("moves", name))
            yield Problem("overlay_drops_decision", loaded.source, line, {"move": name})
        else:
            yield from _less_asked(name, old, new, loaded, vocabulary)
    for kind, rule in base.deadlines.items():
        if late := later_deadline(over.deadlines.get(kind), rule):
            yield _problem(late, ("deadlines", kind), loaded)
    yield from _shortcuts(base, over, loaded, dropped)


def _less_asked(name: str, old: Move, new: Move, loaded: Loaded, vocabulary: Vocabulary) -> Iterator[Problem]:
    """What one decided move asks no more."""
    path = ("moves", name, "guards")
    found = list(loosened(new.guards, old.guards, vocabulary))
    if gone := sorted({row for row in found if isinstance(row, str)}):
        yield Problem(
            "overlay_drops_guard", loaded.source, loaded.line_of(path), {"move": name, "words": list(gone)}
        )
    yield from (_problem(row, path, loaded) for row in found if isinstance(row, Less))
    if old.approval and new.approval:
        for row in looser_approval(new.approval, old.approval):
            yield _problem(row, ("moves", name, "approval"), loaded)


def _problem(less: Less, path: tuple[str, ...], loaded: Loaded) -> Problem:
    code = "overlay_loosens" if less.is_sure else "overlay_not_comparable"
    place = ".".join((*path, less.place) if less.place else path)
    facts: dict[str, Fact] = {"place": place, "old": written(less.old), "new": written(less.new)}
    return Problem(code, loaded.source, loaded.line_of(path), facts)


def _shortcuts(
    base: WorkflowDefinition, over: WorkflowDefinition, loaded: Loaded, dropped: set[str]
) -> Iterator[Problem]:
    """The moves by which a state is reached without the decision that stood before it; each is told once."""
    order = {state: at for at, state in enumerate(base.states)}
    allowed = {(here, there) for here, there, _ in _steps(base)}
    told = set(dropped)
    for begin in (state for state in over.states if state in order):
        free = _undecided(base, begin, allowed)
        for target, new in _undecided(over, begin, allowed).items():
            is_further = target in order and order[target] > order[begin]
            if is_further and target not in free and new not in told and not dropped:
                told.add(new)
                facts: dict[str, Fact] = {"move": new, "state": begin, "target": target}
                line = loaded.line_of(("moves", new))
                yield Problem("overlay_skips_decision", loaded.source, line, facts)


def _undecided(definition: WorkflowDefinition, begin: str, allowed: set[tuple[str, str]]) -> dict[str, str]:
    """The states that can be reached from one without a decision, by the first move that is not `allowed`."""
    found = {begin: ""}
    waiting = [begin]
    steps = list(_steps(definition))
    while waiting:
        at = waiting.pop(0)
        for here, there, name in steps:
            if here == at and there not in found:
                found[there] = found[at] or ("" if (here, there) in allowed else name)
                waiting.append(there)
    return found


def _steps(definition: WorkflowDefinition) -> Iterator[tuple[str, str, str]]:
    """From where to where each move leads that nobody has to decide."""
    for name, move in definition.moves.items():
        if not _is_judged(move):
            yield from ((here, move.target(here), name) for here in move.sources)


def _is_judged(move: Move) -> bool:
    return bool(move.decision or move.approval)
