"""Soundness of a workflow: everything that would only show when people are in it, with stable codes.

An error refuses publishing, a warning is told. The rules stand in `engine.core.sound`, one function each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.core.definition import WorkflowDefinition
from engine.core.sound import deadlines, guards, paths, people, possible, words
from engine.core.sound.sheet import Known, Sheet
from engine.core.sound.walk import Walk, walk
from engine.core.yaml_text import Loaded
from engine.errors import Problem

MOST_FINDINGS = 100
RULES: tuple[Callable[[Sheet], Iterator[Problem]], ...] = (
    words.odd_names,
    paths.unreachable,
    paths.dead_ends,
    paths.unbounded_loops,
    people.idle_states,
    people.moves_by_nobody,
    people.ways_without_judge,
    deadlines.beyond_the_deadline,
    deadlines.ladders,
    deadlines.never_met,
    guards.values_out_of_sense,
    guards.bounds_without_measure,
    guards.uncounted_deadlines,
    words.shadowed_moves,
    words.confusing_labels,
    words.unknown_notices,
)
WALKED: tuple[Callable[[Sheet, Walk], Iterator[Problem]], ...] = (
    people.unbringable_evidence,
    possible.idle_system,
    possible.lost_owners,
    possible.self_judged,
    possible.contradictions,
    possible.guards_in_vain,
    possible.no_way_on,
)
"""The rules for which somebody has to walk through the file first."""


def findings(definition: WorkflowDefinition, loaded: Loaded, known: Known) -> tuple[Problem, ...]:
    """What is unsound, errors first; of each severity at most a hundred, which is enough to read.

    No number of warnings can hide an error.
    """
    sheet = Sheet.of(definition, loaded, known)
    walked = walk(sheet)
    found = [problem for rule in RULES for problem in rule(sheet)]
    found += [problem for rule in WALKED for problem in rule(sheet, walked)]
    errors = [problem for problem in found if problem.severity == "error"]
    warnings = [problem for problem in found if problem.severity == "warning"]
    return (*errors[:MOST_FINDINGS], *warnings[:MOST_FINDINGS])
