"""RFC 8785 text of plain JSON data: the standard library's encoder where it says the same, else the reference one."""

from __future__ import annotations

import json
from typing import Any

import rfc8785

from engine.core.plain_text import is_unicode

_LARGEST = 2**53 - 1
_FIRST_SURROGATE = "\ud800"
# Below the surrogates, code points sort as their UTF-16 units do; that and no floats is all that differs.
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False
).encode


def canonical(value: Any) -> str:
    """RFC 8785 text of plain JSON data. Raises ValueError for what JSON cannot say exactly."""
    if _is_plain(value):
        text = _encode(value)
        if text.isascii() or is_unicode(text):
            return text
    return rfc8785.dumps(value).decode("utf-8")


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST <= value <= _LARGEST)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not (key.isascii() or max(key) < _FIRST_SURROGATE):
                return False
            if type(item) is not str and not _is_plain(item):
                return False
        return True
    return (kind is list or kind is tuple) and all(map(_is_plain, value))
