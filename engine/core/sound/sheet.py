"""The sheet that all rules of soundness read: one workflow with its lines, and what is known around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.core.definition import Move, WorkflowDefinition
from engine.core.ladder import Ladder
from engine.core.vocabulary import Vocabulary
from engine.core.yaml_text import Loaded, Path
from engine.errors import Fact, Problem

NOBODY, ANYONE, SYSTEM = "nobody", "anyone", "system"


@dataclass(frozen=True, slots=True)
class Known:
    """What a file may refer to. `ladders`, `workflows` None: nobody knows which there are, so none is missed."""

    vocabulary: Vocabulary
    ladders: Mapping[str, Ladder] | None = None
    evidence_kinds: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    workflows: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One workflow. `leaving` are the moves that take a case from a state to another, by state."""

    definition: WorkflowDefinition
    loaded: Loaded
    known: Known
    leaving: Mapping[str, tuple[tuple[str, Move], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: WorkflowDefinition, loaded: Loaded, known: Known) -> Sheet:
        leaving: dict[str, list[tuple[str, Move]]] = {name: [] for name in definition.states}
        for name, move in definition.moves.items():
            for source in dict.fromkeys(move.sources):
                if move.target(source) != source:
                    leaving[source].append((name, move))
        return cls(definition, loaded, known, {name: tuple(moves) for name, moves in leaving.items()})

    def error(self, code: str, *path: str | int, **facts: Fact) -> Problem:
        return Problem(code, self.loaded.source, self._line(path), facts)

    def warning(self, code: str, *path: str | int, **facts: Fact) -> Problem:
        return Problem(code, self.loaded.source, self._line(path), facts, "warning")

    def _line(self, path: Path) -> int:
        return self.loaded.line_of(path)

    def steps(self, state: str) -> Iterator[str]:
        """The states that one move leads to."""
        return (move.target(state) for _, move in self.leaving[state])

    def reached_from(self, *begin: str) -> set[str]:
        """Every state that can be reached from `begin`, these included."""
        found, waiting = set(begin), list(begin)
        while waiting:
            for state in self.steps(waiting.pop()):
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return found

    def leading_to(self, *ends: str) -> set[str]:
        """Every state from which one of `ends` can be reached, these included."""
        before: dict[str, list[str]] = {name: [] for name in self.definition.states}
        for state in self.definition.states:
            for target in self.steps(state):
                before[target].append(state)
        found, waiting = set(ends), list(ends)
        while waiting:
            for state in before[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return found
