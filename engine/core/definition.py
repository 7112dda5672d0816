"""What a workflow file may say: frozen models, unknown keys refused (law 12).

Labels are wording: they are left out of the semantic digest, so correcting a word makes no request stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.core.history import digest_of

DeadlineKind = Literal[
    "plan", "rectify", "measure", "request", "milestone", "review", "look_back", "occurrence"
]
USUAL_DEADLINES: tuple[DeadlineKind, ...] = ("plan", "rectify")
"""The deadlines of a new case where its file does not say: those of them that the file has."""
NAME = r"^[a-z][a-z0-9_]{1,39}$"
WORDING = frozenset({"label", "case_label", "unit", "act", "listed", "in_message", "beside"})
"""Keys of what is shown, where and by which words: they decide nothing, so no digest holds them."""
GROUPS = ("all_of", "any_of", "not")
OPENS, MISSES = "open", "miss"
"""The moves that the scheduler makes by itself, where a case is a period of a duty: the first, and the last one."""
STAY = "stay"
"""The target of a move that leaves the case in the state where it is: an extension, a pause, a reassignment."""


class Strict(BaseModel):
    """A frozen part of a definition file; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True)


class GuardUse(Strict):
    """A guard of the vocabulary with its parameters, or a group of guards (`all_of`, `any_of`, `not`)."""

    name: str
    params: dict[str, str | int | bool | list[str]] = Field(default_factory=dict)
    parts: list[GuardUse] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict) or "name" in value:
            return value
        if len(value) != 1:
            raise ValueError("one_guard_each")
        (name, said), *_ = value.items()
        if name in GROUPS:
            return {"name": name, "parts": said if isinstance(said, list) else [said]}
        return {"name": name, "params": said if said is not None else {}}

    @model_validator(mode="after")
    def _has_parts(self) -> GuardUse:
        if self.name in GROUPS and not self.parts:
            raise ValueError("empty_group")
        return self

    def leaves(self) -> Iterator[GuardUse]:
        if self.name not in GROUPS:
            yield self
        for part in self.parts:
            yield from part.leaves()


class EffectUse(Strict):
    """An effect of the vocabulary with its parameters."""

    name: str
    params: dict[str, str | int | bool | list[str] | list[int]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and "name" not in value and len(value) == 1:
            (name, said), *_ = value.items()
            return {"name": name, "params": said}
        return value


class State(Strict):
    """A state. `waits_for`: owner, office, nobody, or post keys in order of preference."""

    label: str
    waits_for: list[str] = Field(default_factory=lambda: ["owner"])


class Minutes(Strict):
    """Registered minutes of a meeting may decide for a body, where this part of those who are due was there."""

    quorum: Literal["half", "two_thirds"] = "half"


class Decider(Strict):
    """Who may decide: a post or a named person (by key). `minutes`: a registered meeting may decide, too.

    `votes` approvals are needed; 0 means one holder of a post, more than half of the seats of a body; `all`
    means every seat that is free of conflict.
    """

    post: str = ""
    person: str = ""
    votes: Annotated[int, Field(ge=0)] | Literal["all"] = 0
    minutes: Minutes | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"post": value}
        if isinstance(value, dict) and isinstance(value.get("minutes"), bool):
            return {**value, "minutes": {} if value["minutes"] else None}
        return value


class Approval(Strict):
    """A move that waits for a decision: by the first of `by` who is free of conflict.

    `within_workdays` makes the deadline of the request, `expires_after_workdays` ends it undecided (0: never);
    `seals` names what the decision is about. `returns` rejections end it; with `majority` it goes on until
    approval can no longer be reached. Whoever `joined` a body after it was asked may vote or not; the vote of
    whoever `left` falls or stands; where the holder of a post is `absent` (somebody stands in for them) the
    substitute decides, the next decider does, or the request waits.
    """

    by: list[Decider] = Field(min_length=1)
    within_workdays: int = Field(default=5, ge=1, le=60)
    expires_after_workdays: int = Field(default=0, ge=0, le=250)
    returns: Annotated[int, Field(ge=1)] | Literal["majority"] = 1
    joined: Literal["may_vote", "ignored"] = "may_vote"
    left: Literal["vote_falls", "vote_stands"] = "vote_falls"
    absent: Literal["substitute", "next", "wait"] = "substitute"
    seals: list[Literal["measures", "deliverables", "evidence"]] = Field(default_factory=list)


class Tell(Strict):
    """Who gets one prompt notice when the move has happened, `when` its parameters have these values."""

    who: str
    notice: str
    when: dict[str, str] = Field(default_factory=dict)

    def applies(self, params: Mapping[str, object]) -> bool:
        return all(params.get(name) == value for name, value in self.when.items())


class Move(Strict):
    """What takes a case from one state to another, or `to: stay`. `decision` needs proof of identity and four eyes.

    `acts_as` is how history remembers the mover where the role is not what counts (`enterer`). `sets` are the
    fields that may be given with it, `act` is what a letter asks for that waits for it.
    """

    label: str
    sources: list[str] = Field(alias="from", min_length=1)
    to: str
    by: list[str] = Field(min_length=1)
    decision: bool = False
    acts_as: Literal["enterer"] | None = None
    approval: Approval | None = None
    guards: list[GuardUse] = Field(default_factory=list)
    effects: list[EffectUse] = Field(default_factory=list)
    tells: list[Tell] = Field(default_factory=list)
    sets: list[str] = Field(default_factory=list)
    act: str | None = None

    def target(self, state: str) -> str:
        """The state that the move leads to from `state`."""
        return state if self.to == STAY else self.to


class Span(Strict):
    """A stretch of time: `months`, then `days`, then `workdays`, then off closed days."""

    days: int = Field(default=0, ge=0, le=3660)
    months: int = Field(default=0, ge=0, le=120)
    workdays: int = Field(default=0, ge=0, le=750)
    closed_day: Literal["none", "next", "previous"] = "none"

    @property
    def is_counted(self) -> bool:
        """Whether it says when: other deadlines get their dates by a move."""
        return bool(self.days or self.months or self.workdays)


class OtherSpan(Span):
    """Another stretch of time for cases whose choice field `field` says `is_` (a grave hazard has three days)."""

    field: str
    is_: str = Field(alias="is")


class DeadlineRule(Span):
    """How a deadline of this kind is counted, where it differs (`when`), and the moves that meet it.

    `met_by` are the moves that meet it, all of the kind or the `first` of them (`meets`). `waits_for`: whom it
    waits for where that is not whom the case waits for: posts in order of preference, the first who is there
    and free of conflict. `label` names it on screen, `act` is what a letter about it asks for.
    """

    label: str | None = None
    act: str | None = None
    when: list[OtherSpan] = Field(default_factory=list)
    waits_for: list[str] = Field(default_factory=list)
    meets: Literal["all", "first"] = "all"
    met_by: list[str] = Field(default_factory=list)
    ladder: str = "default"


class FieldRule(Strict):
    """One typed field of a kind of case. Free text is erasable, everything else is a fact (law 11).

    `required`: a case cannot be opened without it; `required_from`: no move leads to that state, or to one
    further down, without it. `unit` is the word behind a number; `least` and `most` limit numbers and money.
    `not_after_today`: a date of what has happened. `many` allows several people or photos. `in_message`: it stands
    behind the title in letters.
    `beside` names another field, on whose line it is shown without its own label.
    """

    label: str
    type: Literal["text", "number", "money", "date", "choice", "people", "photo"]
    required: bool = False
    required_from: str | None = None
    choices: dict[Annotated[str, Field(pattern=NAME)], str] = Field(default_factory=dict)
    unit: str = ""
    least: int | None = None
    most: int | None = None
    not_after_today: bool = False
    many: bool = False
    in_message: bool = False
    beside: str | None = None


class WorkflowDefinition(Strict):
    """One workflow file: the kind of case that lives on it, its fields, states, moves and deadlines.

    `case_label` is what one such case is called, `key_prefix` leads the keys of cases outside a round
    (`safety-2026-3`), `opened_by` are the posts that may open one beside the clerks, `listed` says whether
    they stand in the ledger, `opened_with` which deadlines a new case has (unarmed until it is assigned).
    """

    workflow: str = Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")
    version: int = Field(ge=1)
    case: str
    label: str
    case_label: str = ""
    key_prefix: str = Field(default="", pattern=r"^([a-z][a-z0-9_]{0,19})?$")
    opened_by: list[str] = Field(default_factory=list)
    listed: Literal["always", "late", "never"] = "always"
    opened_with: list[DeadlineKind] = Field(default_factory=lambda: [*USUAL_DEADLINES])
    fields: dict[Annotated[str, Field(pattern=NAME)], FieldRule] = Field(default_factory=dict, max_length=60)
    initial: str
    final: list[str] = Field(min_length=1)
    states: dict[str, State] = Field(min_length=2, max_length=200)
    moves: dict[str, Move] = Field(min_length=1, max_length=500)
    deadlines: dict[DeadlineKind, DeadlineRule] = Field(default_factory=dict)

    @property
    def new_deadlines(self) -> tuple[DeadlineKind, ...]:
        """The kinds of deadline that a new case has; they arm when it is assigned."""
        return tuple(kind for kind in self.deadlines if kind in self.opened_with)

    @property
    def is_for_duties(self) -> bool:
        """Whether its cases are periods of duties: the scheduler opens them with an owner and a last day."""
        return "occurrence" in self.deadlines

    @property
    def is_owned_from_start(self) -> bool:
        """Whether its cases have an owner and a running deadline when they begin: periods and milestones do."""
        return self.is_for_duties or "milestone" in self.deadlines

    @property
    def digest(self) -> str:
        """The semantic digest: everything but the words on screen, and what is as it always was."""
        return digest_of(_without_labels(self.model_dump(mode="json", by_alias=True, exclude_defaults=True)))


def _without_labels(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(key, item) for key, item in value.items() if key not in WORDING}
    if isinstance(value, list):
        return [_without_labels(item) for item in value]
    return value


def _said(key: str, value: Any) -> Any:
    """Choices are labels by key: only the keys decide anything."""
    return list(value) if key == "choices" else _without_labels(value)
