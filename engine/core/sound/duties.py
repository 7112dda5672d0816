"""Soundness of duties and of the steps of a round: the workflow and the ladder that each names are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.core.definition_reader import nearest
from engine.core.duty import DutyDefinition
from engine.core.inspection_file import Milestone
from engine.core.sound.sheet import Known
from engine.core.yaml_text import Loaded
from engine.errors import Facts, Problem


def lost_names(
    place: str, rows: Mapping[str, DutyDefinition | Milestone], loaded: Loaded, known: Known
) -> Iterator[Problem]:
    """`unknown_workflow`, `unknown_ladder`: no case of such a row could ever begin, or be chased.

    `place` is where the rows stand in the file: `duties`, `milestones`.
    """
    for name, row in rows.items():
        named: tuple[tuple[str, str, Collection[str] | None], ...] = (
            ("workflow", row.workflow, known.workflows),
            ("ladder", row.ladder, known.ladders),
        )
        for key, word, there in named:
            if there is not None and word not in there:
                facts: Facts = {"word": word, "nearest": nearest(word, there)}
                yield Problem(f"unknown_{key}", loaded.source, loaded.line_of((place, name, key)), facts)
