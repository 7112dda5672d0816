"""An event as folding sees it: stored or only planned, the same shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.case import Case
from engine.core.folds.older import upcast
from engine.core.history import OPERATOR, Event, NewEvent, Stamp


@dataclass(frozen=True, slots=True)
class Told:
    """An event as folding sees it: stored or only planned, the same shape."""

    seq: int
    type: str
    payload: Mapping[str, Any]
    texts: Mapping[str, str]
    stamp: Stamp
    at: datetime
    definition: str

    @classmethod
    def stored(cls, event: Event) -> Told:
        said = {name: text for name, text in event.texts.items() if name != OPERATOR}
        payload, texts = upcast(event.type, event.version, event.payload, said)
        return cls(event.seq, event.type, payload, texts, event.stamp, event.effective_at, event.definition)

    @classmethod
    def planned(cls, new: NewEvent, case: Case, stamp: Stamp, at: datetime) -> Told:
        return cls(case.revision + 1, new.type, new.payload, new.texts, stamp, at, case.definition)

    @property
    def text_names(self) -> tuple[str, ...]:
        """The texts of this event, also those that were erased."""
        return tuple(name for name in self.payload.get("texts", self.texts) if name != OPERATOR)

    def commit(self, name: str) -> str:
        return str(self.payload.get("texts", {}).get(name, ""))

    def day(self, name: str) -> date | None:
        value = self.payload.get(name)
        return date.fromisoformat(value) if value else None


Fold = Callable[[Case, Told], Case]
"""What one event type does to a case."""
