"""Soundness of single moves: each can be made by somebody, at least once, by the most willing people."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.deadlines import OWNER
from engine.core.sound.logic import can_hold, needed
from engine.core.sound.sheet import SYSTEM, Sheet
from engine.core.sound.walk import Step, Walk, is_made_by_engine
from engine.core.vocabulary import Mark, Standing
from engine.errors import Problem


def idle_system(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`system_never_moves`: `by` names the system for a move that it never makes by itself."""
    definition = sheet.definition
    for name, step in walked.steps.items():
        move = step.move
        is_made = any(is_made_by_engine(definition, name, state) for state in move.sources)
        if SYSTEM in move.by and not is_made:
            yield sheet.error("system_never_moves", "moves", name, "by", move=name)


def lost_owners(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`owner_never_set`: a move is the owner's, and up to there nothing gives the case one.

    Told once where nothing in the whole file does.
    """
    is_ever_set = Standing.OWNER in walked.opened or _bringers(sheet, Standing.OWNER)
    for name, step in walked.steps.items():
        if not is_ever_set and OWNER in step.move.by:
            yield sheet.error("owner_never_set", "moves", name, "by", move=name)
            return
        if is_ever_set and _wants_owner(walked, step):
            yield sheet.error("owner_never_set", "moves", name, "by", move=name)


def self_judged(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`owner_judges_alone`: only the owner is named for a decision, and nobody decides on what they own (law 4)."""
    for name, step in walked.steps.items():
        if not step.roles and OWNER in step.move.by:
            yield sheet.error("owner_judges_alone", "moves", name, "by", move=name)


def contradictions(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`guards_contradict`: guards that never hold together, or never for those who may make the move."""
    for name, step in walked.steps.items():
        if step.roles and _is_contradictory(step):
            words = list(dict.fromkeys(leaf.name for use in step.move.guards for leaf in use.leaves()))
            yield sheet.error("guards_contradict", "moves", name, "guards", move=name, words=words)


def guards_in_vain(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`guard_never_holds`: it waits for what no move brings up to there, or for the end of what never ends."""
    for name, step in walked.steps.items():
        is_told = not step.roles or _is_contradictory(step) or _wants_owner(walked, step)
        if is_told or not _is_shut(walked, step):
            continue
        word, standing = _in_vain(sheet, walked, step)
        brings = _bringers(sheet, standing, everywhere=True) if standing else []
        yield sheet.error("guard_never_holds", "moves", name, "guards", move=name, word=word, brings=brings)


def no_way_on(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`no_way_to_final`, by what stands: a case can come to be so that no move leads it on to an end.

    Where a move can never be made, or the states alone are a trap, that was told instead.
    """
    final = sheet.definition.final
    is_told = any(_is_shut(walked, step) for step in walked.steps.values())
    ending = sheet.leading_to(*final)
    stuck = walked.stuck(final)
    if not is_told and stuck <= ending:
        for state in sheet.definition.states:
            if state in stuck:
                yield sheet.error("no_way_to_final", "states", state, state=state)


def _is_shut(walked: Walk, step: Step) -> bool:
    """Whether a case can be where the move begins, and nobody can ever make it."""
    return step.name not in walked.made and any(state in walked.standing for state in step.move.sources)


def _wants_owner(walked: Walk, step: Step) -> bool:
    """Whether it is shut because it is the owner's alone, and there is none."""
    is_owners = step.roles == {OWNER} and _is_shut(walked, step)
    return is_owners and Standing.OWNER not in _standing(walked, step)


def _standing(walked: Walk, step: Step) -> set[Standing]:
    """What can stand where the move begins."""
    return {
        each for state in step.move.sources if state in walked.standing for each in walked.standing[state]
    }


def _is_contradictory(step: Step) -> bool:
    return not can_hold(step.formula, {str(Standing.OWNER): True} if step.roles == {OWNER} else {})


def _in_vain(sheet: Sheet, walked: Walk, step: Step) -> tuple[str, Standing | None]:
    """The guard that waits in vain, and for what; the first one that looks at what stands where it is none alone."""
    there = {str(each) for each in _standing(walked, step)}
    missing = {rule.atom for rule in needed(step.formula) if rule.holds} - there
    marks = [_mark(sheet, leaf.name) for use in step.move.guards for leaf in use.leaves()]
    looking = [mark for mark in marks if mark.wants or mark.says or mark.denies]
    lacking = [mark for mark in looking if str(mark.wants or mark.says) in missing]
    mark = (lacking or looking)[0]
    return mark.name, (mark.wants or mark.says) if lacking else None


def _mark(sheet: Sheet, name: str) -> Mark:
    return sheet.known.vocabulary.mark(name) or Mark("guard", name, frozenset())


def _bringers(sheet: Sheet, standing: Standing, *, everywhere: bool = False) -> list[str]:
    """The effects of the file, or of the whole vocabulary, that bring what is to stand."""
    vocabulary = sheet.known.vocabulary
    used = (use.name for move in sheet.definition.moves.values() for use in move.effects)
    names = vocabulary.effects if everywhere else dict.fromkeys(used)
    marks = (vocabulary.mark(name) for name in names)
    return [mark.name for mark in marks if mark and standing in mark.change.brings]
