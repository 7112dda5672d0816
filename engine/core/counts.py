"""Counts of what a run has done, which add up over batches."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Counts:
    """A base for values that are nothing but numbers; adding two adds each number."""

    def __add__(self, other: Self) -> Self:
        names = [each.name for each in fields(self)]
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in names})
