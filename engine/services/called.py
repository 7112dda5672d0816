"""Requests by the keys that people type, and what they may have meant where a key is none."""

from __future__ import annotations

import re

from engine.core.definition_reader import nearest
from engine.errors import NotFound
from engine.store.cases import standing_of
from engine.store.requests import bundles_of, pending_keys
from engine.store.unit_of_work import UnitOfWork

_KEY = re.compile(r"(?P<case>.+)-R(?P<number>\d+)")


def is_request(key: str) -> bool:
    """Whether a word has the form of a request key: `2023-27-R1`."""
    return _KEY.fullmatch(key) is not None


def request_parts(uow: UnitOfWork, organisation: int, key: str) -> tuple[str, int]:
    """The case and the number of a request. Raises NotFound `request_key_wrong`, saying what the word is instead."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise _not_a_request(uow, organisation, key)
    return found["case"], int(found["number"])


def _not_a_request(uow: UnitOfWork, organisation: int, word: str) -> NotFound:
    pending = pending_keys(uow, organisation)
    is_case = standing_of(uow, organisation, word) is not None
    is_bundle = bool(bundles_of(uow, organisation, [word]))
    own = [key for case, key in pending if case == word]
    return NotFound(
        "request_key_wrong",
        given=word,
        case=word if is_case else None,
        bundle=word if is_bundle else None,
        requests=own,
        none=is_case and not own,
        nearest=None if is_case or is_bundle else nearest(word, [key for _, key in pending]),
    )
