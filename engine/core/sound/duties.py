"""Soundness of duties: the workflow and the ladder that a duty names are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.core.definition_reader import nearest
from engine.core.duty import DutyFamily
from engine.core.sound.sheet import Known
from engine.core.yaml_text import Loaded
from engine.errors import Facts, Problem


def lost_names(family: DutyFamily, loaded: Loaded, known: Known) -> Iterator[Problem]:
    """`unknown_workflow`, `unknown_ladder`: no period of such a duty could ever begin, or be chased."""
    for name, duty in family.duties.items():
        named: tuple[tuple[str, str, Collection[str] | None], ...] = (
            ("workflow", duty.workflow, known.workflows),
            ("ladder", duty.ladder, known.ladders),
        )
        for key, word, there in named:
            if there is not None and word not in there:
                facts: Facts = {"word": word, "nearest": nearest(word, there)}
                yield Problem(f"unknown_{key}", loaded.source, loaded.line_of(("duties", name, key)), facts)
