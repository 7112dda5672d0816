"""An organisation's overlay may ask for more than what holds for all, never for less: no decision is taken out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.definition import Move, WorkflowDefinition
from engine.core.yaml_text import Loaded
from engine.errors import Fact, Problem


def laxer(base: WorkflowDefinition, over: WorkflowDefinition, loaded: Loaded) -> Iterator[Problem]:
    """What `over`, the overlay laid over `base`, asks no more; lines are those of the overlay.

    `overlay_version_older`; `overlay_drops_decision`: a move that was decided no longer is; `overlay_drops_guard`: it
    is, but asks for less; `overlay_skips_decision`: some way leads past a decision that stood between two states.
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
        elif lost := sorted(_guards(old) - _guards(new)):
            line = loaded.line_of(("moves", name, "guards"))
            yield Problem("overlay_drops_guard", loaded.source, line, {"move": name, "words": list(lost)})
    yield from _shortcuts(base, over, loaded, dropped)


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


def _guards(move: Move) -> set[str]:
    return {leaf.name for use in move.guards for leaf in use.leaves()}
