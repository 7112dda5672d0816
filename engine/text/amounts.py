"""Amounts as people write them, with words for yuan and for ten thousand → plain digits, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from engine.text.books import book

_DIGITS = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)


def plain_amount(said: str, unit: str = "") -> str:
    """`said` in plain digits; what is no amount is returned as it was, to be refused by its own rules."""
    text = "".join(unicodedata.normalize("NFKC", said).split())
    for sign in _signs("before"):
        text = text.removeprefix(unicodedata.normalize("NFKC", sign))
    for sign in (unit, *_signs("behind")):
        text = text.removesuffix(sign)
    times = _times().get(text[-1:], 1)
    digits = text[:-1] if times != 1 else text
    if not _DIGITS.fullmatch(digits):
        return said
    return f"{Decimal(digits.replace(',', '')) * times:f}"


def grouped(amount: float | Decimal) -> str:
    """`30000` as `30,000`; cents are shown where there are any."""
    exact = Decimal(str(amount))
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


def _signs(group: str) -> list[str]:
    found = book("amounts").get(group)
    return [str(sign) for sign in found] if isinstance(found, list) else []


def _times() -> Mapping[str, int]:
    found = book("amounts").get("times")
    return {str(sign): int(str(times)) for sign, times in found.items()} if isinstance(found, dict) else {}
