"""A workflow definition compiled: `transitions` owns the topology, our guards own the answer (law 1).

One machine per definition version, without models of its own (pitfalls: bound models never die and
binding resets a state). Each move is one transition whose only condition is “no refusal”.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from transitions import EventData, Machine, MachineError

from engine.core.definition import STAY, EffectUse, GuardUse, Move, WorkflowDefinition
from engine.core.definition_reader import MOST_PROBLEMS, nearest
from engine.core.vocabulary import (
    EffectFunction,
    Facet,
    GuardFunction,
    Standing,
    Vocabulary,
    mark_of,
    wrong_params,
)
from engine.core.yaml_text import Loaded
from engine.errors import DefinitionError, Problem

_REFLEXIVE = "="
"""What `transitions` calls a target that is the source."""


class _Probe:
    """The momentary model that `transitions` moves; it is thrown away after its state was read."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


@dataclass(frozen=True, slots=True)
class Workflow:
    """A definition with its machine and its resolved vocabulary; built once per digest, shared by all cases."""

    definition: WorkflowDefinition
    digest: str
    machine: Machine
    guards: Mapping[str, GuardFunction]
    effects: Mapping[str, EffectFunction]
    needs: Mapping[str, frozenset[Facet]]
    reads: Mapping[str, frozenset[str]]
    """By move: the parameters of a command that its guards, effects and prompts read."""
    days: Mapping[str, frozenset[str]]
    """By move: those of them that are days."""
    answers: dict[tuple[str, str, bool], str | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What the machine said: it has no memory, so the same question is put to it once."""

    def move(self, name: str) -> Move | None:
        return self.definition.moves.get(name)

    def called(self, word: str) -> str:
        """The key of the move that people call `word`, by its key or its label; `word` itself where none is meant."""
        moves = self.definition.moves
        found = [] if word in moves else [name for name, move in moves.items() if move.label == word]
        return found[0] if len(found) == 1 else word

    def onward(self, state: str, roles: Collection[str]) -> str | None:
        """The first move of the file by which one of `roles` takes a case to a state that stands further down."""
        order = list(self.definition.states)
        rest = order[order.index(state) + 1 :]
        found = (
            name for name, move in self.definition.moves.items() if state in move.sources and move.to in rest
        )
        return next((name for name in found if set(roles) & set(self.definition.moves[name].by)), None)

    def route(self, state: str, targets: tuple[str, ...], closed: Collection[str] = ()) -> tuple[str, ...]:
        """The fewest moves, none of them `closed`, that lead from `state` to one of `targets`; none if there are none.

        Topology alone: who may make them and what they need is not asked.
        """
        found: dict[str, tuple[str, ...]] = {state: ()}
        frontier = deque([state])
        while frontier:
            here = frontier.popleft()
            if here in targets:
                return found[here]
            for name, move in self.definition.moves.items():
                there = move.target(here)
                if here in move.sources and there not in found and name not in closed:
                    found[there] = (*found[here], name)
                    frontier.append(there)
        return ()

    @property
    def is_ever_owned(self) -> bool:
        """Whether its cases can come to have an owner: from the beginning, or by the effect of a move."""
        used = (use.name for move in self.definition.moves.values() for use in move.effects)
        changes = (mark.change for name in used if (mark := mark_of(self.effects[name])))
        return self.definition.is_owned_from_start or any(Standing.OWNER in row.brings for row in changes)

    def needs_of(self, *moves: str) -> frozenset[Facet]:
        """The facets that the guards and effects of `moves` declared; of all moves where none is named."""
        named = moves or tuple(self.needs)
        return frozenset(facet for move in named for facet in self.needs.get(move, ()))

    def fire(self, state: str, move: str, *, is_refused: bool) -> str | None:
        """The state that `transitions` reaches by `move`, or None: wrong state and refusal are one answer."""
        asked = (state, move, is_refused)
        if asked not in self.answers:
            self.answers[asked] = self._fired(state, move, is_refused=is_refused)
        return self.answers[asked]

    def _fired(self, state: str, move: str, *, is_refused: bool) -> str | None:
        probe = _Probe(state)
        try:
            moved = self.machine.events[move].trigger(probe, is_refused=is_refused)
        except MachineError:
            return None
        return probe.state if moved else None


def compile_workflow(definition: WorkflowDefinition, vocabulary: Vocabulary, source: str = "") -> Workflow:
    """Resolve guards and effects and build the machine. Raises DefinitionError for unknown words."""
    problems = tuple(
        islice(vocabulary_problems(definition, vocabulary, Loaded({}, {}, source)), MOST_PROBLEMS)
    )
    if problems:
        raise DefinitionError(problems)
    needs = {name: vocabulary.needs(_words(move)) | {Facet.POSTS} for name, move in definition.moves.items()}
    reads = {
        name: vocabulary.reads(_words(move)) | {word for tell in move.tells for word in tell.when}
        for name, move in definition.moves.items()
    }
    return Workflow(
        definition,
        definition.digest,
        _machine(definition),
        vocabulary.guards,
        vocabulary.effects,
        needs,
        reads,
        {name: vocabulary.days(_words(move)) for name, move in definition.moves.items()},
    )


def _machine(definition: WorkflowDefinition) -> Machine:
    transitions: list[dict[str, Any]] = [
        {
            "trigger": name,
            "source": move.sources,
            "dest": _REFLEXIVE if move.to == STAY else move.to,
            "conditions": [_is_not_refused],
        }
        for name, move in definition.moves.items()
    ]
    return Machine(
        model=None,
        states=list(definition.states),
        initial=None,
        transitions=transitions,
        auto_transitions=False,
        queued=False,
        send_event=True,
    )


def _is_not_refused(event: EventData) -> bool:
    return event.kwargs["is_refused"] is False


def _words(move: Move) -> Iterator[str]:
    for use in move.guards:
        yield from (leaf.name for leaf in use.leaves())
    yield from (use.name for use in move.effects)


def vocabulary_problems(
    definition: WorkflowDefinition, vocabulary: Vocabulary, loaded: Loaded
) -> Iterator[Problem]:
    """Guards and effects that there are not, or that take other parameters, each with its line in `loaded`."""
    for name, move in definition.moves.items():
        for at, group in enumerate(move.guards):
            place = _Place(name, loaded.source, loaded.line_of(("moves", name, "guards", at)))
            for leaf in group.leaves():
                yield from _use_problems("guard", place, leaf, vocabulary.guards)
        for at, effect in enumerate(move.effects):
            place = _Place(name, loaded.source, loaded.line_of(("moves", name, "effects", at)))
            yield from _use_problems("effect", place, effect, vocabulary.effects)


@dataclass(frozen=True, slots=True)
class _Place:
    move: str
    source: str
    line: int


def _use_problems(
    kind: str, place: _Place, use: GuardUse | EffectUse, known: Mapping[str, Any]
) -> Iterator[Problem]:
    function = known.get(use.name)
    if function is None:
        facts = {"move": place.move, "word": use.name[:40], "nearest": nearest(use.name, known)}
        yield Problem(f"unknown_{kind}", place.source, place.line, facts)
        return
    wrong = wrong_params(function, use.params)
    if wrong is not None:
        more = {"move": place.move, "word": use.name, "parameter": wrong[:40]}
        yield Problem(f"wrong_{kind}_parameter", place.source, place.line, more)
