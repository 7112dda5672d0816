"""What only the organisation knows to call things: posts, people, and the states and moves of its workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from engine.core.definition import WorkflowDefinition
from engine.services.opening import USUAL_WORKFLOW
from engine.store.cases import definitions_of, standing_of
from engine.store.definitions import current_of_kind
from engine.store.people import people_of
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork
from engine.text.books import words
from engine.text.filling import fill
from engine.text.labels import label, labels
from engine.text.sentences import INSTEAD_OF_OWNER

Names = dict[str, str]
DEADLINE = "deadline"
LABELLED = frozenset({"state", "move", "field", "text", "kind", DEADLINE})
"""What a workflow has labels for."""


class Called(Mapping[str, str]):
    """Words by `kind:value`: those `known`, and others behind them, read once when one of their kinds is missed."""

    def __init__(
        self, known: Names, others: Callable[[], Mapping[str, str]], has: Callable[[str], bool]
    ) -> None:
        self._known, self._others, self._has = known, cache(others), has

    def __getitem__(self, name: str) -> str:
        if name in self._known or not self._has(_kind(name)):
            return self._known[name]
        return self._others()[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from (name for name in self._others() if name not in self._known and self._has(_kind(name)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def names_of(uow: UnitOfWork, organisation: int) -> Mapping[str, str]:
    """`post:3`, `post:secretary`, `person:7`, `person:p7`, `state:planned`, `move:plan` → the word on screen."""
    return {**labels_of(uow, organisation), **_register_names(uow, organisation)}


def names_on_demand(
    uow: UnitOfWork, organisation: int, labels: Callable[[], Mapping[str, str]]
) -> Mapping[str, str]:
    """The same; `labels` gives those of the workflows (`labels_of`), and is asked when one has to be told."""
    return Called(_register_names(uow, organisation), labels, LABELLED.__contains__)


def _register_names(uow: UnitOfWork, organisation: int) -> Names:
    names: Names = {}
    for post in load_posts(uow, organisation).posts.values():
        names[f"post:{post.id}"] = names[f"post:{post.key}"] = post.label
    for person in people_of(uow, organisation):
        names[f"person:{person.id}"] = names[f"person:{person.key}"] = person.name
    return names


def own_names(names: Mapping[str, str], definition: WorkflowDefinition) -> Mapping[str, str]:
    """`names` with the words of one workflow before those of all the others."""
    return _own(names, _words_of(definition))


def _own(names: Mapping[str, str], words: Names) -> Mapping[str, str]:
    # A deadline without a word of its own is called as usual, not as another workflow calls one of that name.
    return Called(words, lambda: names, lambda kind: kind != DEADLINE)


def names_for_case(
    uow: UnitOfWork, organisation: int, key: str, names: Mapping[str, str], now: datetime
) -> Mapping[str, str]:
    """`names` in the words of one case: of its workflow, and of who owns it; as they are for an unknown one."""
    found = standing_of(uow, organisation, key)
    if found is None:
        return names
    definition = uow.database.workflow(uow, found.definition).definition
    return _own(names, _words_of(definition) | _owner_words(uow, organisation, found.owner, now))


def _owner_words(uow: UnitOfWork, organisation: int, owner: int | None, now: datetime) -> Names:
    """The owner of a case by their post; where nobody holds it, that is said, and the office is whom one can ask."""
    posts = load_posts(uow, organisation)
    post = posts.by_id(owner) if owner is not None else None
    if post is None:
        return {}
    if posts.holders(post.id, load_place(uow, organisation).local_day(now)):
        return {"post:owner": post.label}
    vacant = fill(words("refusals", "forms", "vacant") or "{post}", {"post": post.label})
    return {"post:owner": vacant, INSTEAD_OF_OWNER: label("post", "office")}


def names_by_case(
    uow: UnitOfWork, organisation: int, keys: Iterable[str], names: Mapping[str, str]
) -> CaseNames:
    """The words of each case's own workflow, with one query for the cases and at most one for their definitions."""
    digests = definitions_of(uow, organisation, keys)
    workflows = uow.database.workflows(uow, set(digests.values()))
    own = {digest: own_names(names, row.definition) for digest, row in workflows.items()}
    return CaseNames(names, {key: own[digest] for key, digest in digests.items()})


@dataclass(frozen=True, slots=True)
class CaseNames:
    """Words by case; a case that is not known is told in `usual` ones."""

    usual: Mapping[str, str]
    own: Mapping[str, Mapping[str, str]]

    def of(self, case: object) -> Mapping[str, str]:
        return self.own.get(str(case), self.usual)


def labels_of(uow: UnitOfWork, organisation: int) -> Names:
    """The labels of every published workflow: adding one is YAML alone, its words included (law 12)."""
    names: Names = {}
    found = current_of_kind(uow, load_place(uow, organisation).key, "workflow").values()
    compiled = uow.database.workflows(uow, {row.digest for row in found})
    # Where several workflows have a word for one key, that of the usual one holds; a case speaks in its own.
    for row in sorted(found, key=lambda row: (row.name == USUAL_WORKFLOW, row.name)):
        names.update(_words_of(compiled[row.digest].definition))
    usual = _usual_deadlines()
    return {name: word for name, word in names.items() if name not in usual}


def _usual_deadlines() -> set[str]:
    """Deadlines that have a word whatever the workflow is: told of no case in particular, it is that one."""
    return {f"{DEADLINE}:{kind}" for kind in labels("deadline")}


def _words_of(definition: WorkflowDefinition) -> Names:
    names = {f"state:{key}": state.label for key, state in definition.states.items()}
    names |= {f"move:{key}": move.label for key, move in definition.moves.items()}
    names |= {f"field:{key}": rule.label for key, rule in definition.fields.items()}
    names |= {f"text:{key}": rule.label for key, rule in definition.fields.items() if rule.type == "text"}
    names |= {f"{DEADLINE}:{kind}": rule.label for kind, rule in definition.deadlines.items() if rule.label}
    names[f"kind:{definition.case}"] = definition.case_label or definition.label
    return names


def _kind(name: str) -> str:
    return name.partition(":")[0]
