"""What a decision may see: a frozen snapshot of one case and the facets that its guards declared (law 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.core.case import Case, Field
from engine.core.history import GENESIS
from engine.core.machine import Workflow
from engine.core.posts import Posts
from engine.core.principal import Principal
from engine.core.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class Place:
    """The organisation as a decision sees it. Before `go_live` (local date) nothing is late."""

    id: int
    key: str
    zone: str
    go_live: date | None
    calendar: WorkCalendar
    roster_version: int
    calendar_version: int

    def local_day(self, moment: datetime) -> date:
        """The local date of an aware instant."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """The round that a case belongs to (facet INSPECTION)."""

    id: int
    key: str
    feedback_on: date


@dataclass(frozen=True, slots=True)
class World:
    """Frozen: a case, its workflow, its place, and the loaded facets.

    `head` is the hash of the case's last event, behind which the next one is chained; no rule looks at it.
    """

    case: Case
    workflow: Workflow
    place: Place
    posts: Posts
    inspection: InspectionFacts | None = None
    head: str = GENESIS


@dataclass(frozen=True, slots=True)
class MakeMove:
    """Make a move, or ask for it where it needs approval. `revision` is the caller's, if it brought one.

    `texts` are what the mover wrote beside the comment, by name (`progress`, `goal`): erasable, never in `params`.
    """

    move: str
    params: Mapping[str, Field] = field(default_factory=dict)
    comment: str = ""
    revision: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def written(self) -> dict[str, str]:
        """Every text of the command, by the name under which its event keeps it."""
        said = {"comment": self.comment, **self.texts}
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the rules: may `principal` do `command` in `world` at `now`? Handed to every guard."""

    world: World
    principal: Principal
    command: MakeMove
    now: datetime

    @property
    def case(self) -> Case:
        return self.world.case

    @property
    def today(self) -> date:
        return self.world.place.local_day(self.now)

    @property
    def asked_on(self) -> date:
        """The local day on which the move was asked for: today, unless its request waits for the decision."""
        pending = self.case.pending
        is_decided = pending is not None and pending.move == self.command.move
        return self.world.place.local_day(pending.asked_at) if is_decided and pending else self.today
