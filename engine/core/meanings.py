"""The digests that a stored definition may rightly bear: as it is made today, and as the first release made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from engine.core.definition_reader import workflow_of
from engine.core.duty import duties_of, ladder_of
from engine.core.history import digest_of
from engine.core.post_catalogue import posts_of
from engine.core.yaml_text import Loaded, load

Reader = Callable[[Loaded], Any]

# What the first release (tables 0001) knew and hashed, defaults included; what came later is left out today
# where it is as it always was, so these lists never grow.
_FIRST: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "GuardUse": "name params parts",
        "EffectUse": "name params",
        "State": "label waits_for",
        "Decider": "post votes",
        "Approval": "by within_workdays seals",
        "Tell": "who notice",
        "Move": "label sources to by decision acts_as approval guards effects tells",
        "DeadlineRule": "days months met_by ladder",
        "WorkflowDefinition": "workflow version case label initial final states moves deadlines",
        "Length": "days workdays",
        "DueDay": "edge plus day weekday nth month",
        "Pauses": "months in_breaks without_workday",
        "Proof": "kind label count",
        "DutyDefinition": "label post accepted_by group frequency every nodes due opens_before closed_days grace"
        " pause fan_out evidence workflow ladder",
        "DutyFamily": "family version group duties",
        "RungDefinition": "name after to level red repeat_every cap",
        "LadderDefinition": "ladder version label rungs",
    }.items()
}
_MODELS: Mapping[str, Reader] = {"workflow": workflow_of, "duty": duties_of, "ladder": ladder_of}
_DATA = ("calendar", "school")


def digests_of(kind: str, text: str, source: str, scope: str) -> frozenset[str] | None:
    """Every digest that names what `text` means, None for a kind that has no digest of its meaning.

    What belongs to one organisation (`scope` its key, not `*`) has a digest of its own, which names both.

    Raises DefinitionError for a text that cannot be read.
    """
    loaded = load(text, source)
    if kind in _DATA:
        shared = {digest_of(loaded.data)}
    elif kind == "posts":
        shared = {str(posts_of(loaded).digest)}
    elif kind in _MODELS:
        model = _MODELS[kind](loaded)
        shared = {str(model.digest), first_digest(model)}
    else:
        return None
    own = {own_digest(digest, scope) for digest in shared if scope != "*"}
    return frozenset(shared | own)


def own_digest(digest: str, organisation: str) -> str:
    """Two organisations may call one thing by different words; what is theirs has a digest of its own."""
    return digest_of({"definition": digest, "organisation": organisation})


def first_digest(model: BaseModel) -> str:
    """The digest as the first release made it."""
    return digest_of(_then(model, model.model_dump(mode="json", by_alias=True)))


def _then(value: Any, dumped: Any) -> Any:
    """`dumped` without labels and without what the first release did not know."""
    if isinstance(value, BaseModel):
        known = _FIRST.get(type(value).__name__, frozenset())
        fields = type(value).model_fields
        names = {name: fields[name].alias or name for name in fields if name in known and name != "label"}
        return {alias: _then(getattr(value, name), dumped[alias]) for name, alias in names.items()}
    if isinstance(value, Mapping):
        return {key: _then(item, dumped[key]) for key, item in value.items() if key != "label"}
    if isinstance(value, list | tuple):
        return [_then(item, each) for item, each in zip(value, dumped, strict=True)]
    return dumped
