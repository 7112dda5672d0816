"""The engine itself: load, decide with every guard, chain, write, commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.benchmarks.recording import MOVES, Course, Written, home_again, in_one_commit, moves_of


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    home = home_again(url, course)
    acts = iter([act for key in course.keys for act in moves_of(home, key)])
    assert len(course.written) == len(course.keys) * len(MOVES)
    yield lambda _written: in_one_commit(home, next(acts))
    home.database.close()
