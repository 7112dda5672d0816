"""Medians of the runs as one table of ratios, and the goals with what became of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FLOOR, CORE, OURS = "floor", "core_plain", "ours"


@dataclass
class Line:
    """What was measured of one contender: seconds of wall and CPU a move, run by run; or why it was not."""

    contender: str
    name: str
    note: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    moves: int = 0
    same: str = "yes"
    why_not: str = ""


def shown(title: str, lines: dict[str, Line]) -> Iterator[str]:
    """The ratios are medians of ratios taken within one run each, so a busy hour touches both sides."""
    yield title
    yield f"  {'':36}{'us/move':>9}{'of floor':>10}{'CPU us':>9}{'of Core':>9}{'same rows':>11}{'moves':>7}"
    for line in lines.values():
        if line.why_not:
            yield f"  {line.name:36}not run: {line.why_not}"
            continue
        of_floor = _ratio(lines[FLOOR].wall, line.wall)
        of_core = _ratio(line.cpu, lines[CORE].cpu)
        yield (
            f"  {line.name:36}{_median(line.wall) * 1e6:9.0f}{of_floor:10.2f}{_median(line.cpu) * 1e6:9.0f}"
            f"{of_core:9.2f}{line.same:>11}{line.moves:>7}  {line.note}"
        )


def goals(lines: dict[str, Line]) -> Iterator[str]:
    ours = lines[OURS]
    yield goal("speed of a move, of the floor", _ratio(lines[FLOOR].wall, ours.wall), at_least=0.4)
    yield goal("client CPU of a move, of bare Core", _ratio(ours.cpu, lines[CORE].cpu), at_most=2.0)
    peers = [row for row in lines.values() if row.contender.startswith(("peer_", "naive_")) and row.wall]
    if peers:
        fastest = min(peers, key=lambda row: _median(row.wall))
        said = f"times as fast as the fastest peer ({fastest.name})"
        yield goal(said, _ratio(fastest.wall, ours.wall), at_least=2.0)


def goal(
    said: str, value: float, *, at_least: float | None = None, at_most: float | None = None, unit: str = ""
) -> str:
    is_met = value >= at_least if at_least is not None else value <= (at_most or 0)
    bound = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}"
    return f"  {said}: {value:.2f}{unit}   (goal {bound}{unit}: {'met' if is_met else 'MISSED'})"


def _ratio(above: Iterable[float], below: Iterable[float]) -> float:
    return statistics.median(up / down for up, down in zip(above, below, strict=True))


def _median(values: list[float]) -> float:
    return statistics.median(values)
