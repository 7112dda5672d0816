"""How long to wait before something that failed is tried again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """A pause of `first`, doubled with every failure up to `longest`.

    `spread` is the share of a pause (0 to 1) over which the next tries are scattered, so that not all come
    back at once: 0.2 makes it last 90 % to 110 %.
    """

    first: timedelta
    longest: timedelta
    spread: float = 0.0

    def pause(self, failures: int, seed: str = "") -> timedelta:
        """The pause after so many failures in a row, counted from 1; the same for the same seed."""
        doubled = self.first * (1 << min(failures - 1, _MOST_DOUBLINGS))
        return min(doubled, self.longest) * (1 + self.spread * (_share(f"{seed}:{failures}") - 0.5))


def _share(seed: str) -> float:
    """A number from 0 up to 1 that looks like chance."""
    return int.from_bytes(hashlib.sha256(seed.encode("utf-8")).digest()[:4], "big") / 2**32


# What a tick cannot do (a broken case, a series without a duty) waits for a person to mend it.
LOOK_AGAIN = Backoff(timedelta(minutes=5), timedelta(hours=12))
