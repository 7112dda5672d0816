"""PINs as strings that prove themselves: scrypt with its salt and parameters, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from itertools import pairwise

SHORTEST_PIN, LONGEST_PIN = 6, 32
_SALT_BYTES = 16
_KEY_BYTES = 32
# 16 MiB and some 40 ms a try: a six-digit PIN is held by the lock, this slows whoever copied the file.
_N, _R, _P = 2**14, 8, 1
_ROOM = 64 * 1024 * 1024


def has_form(text: str) -> bool:
    """Whether it is made as a PIN is: plain digits, six or more."""
    return text.isascii() and text.isdigit() and SHORTEST_PIN <= len(text) <= LONGEST_PIN


def is_weak(text: str) -> bool:
    """Whether a PIN of the right form is one of the first that anybody would try."""
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(text)}
    return steps in ({0}, {1}, {9})  # 000000, 123456, 654321


def hashed(pin: str) -> str:
    """`scrypt$n$r$p$salt$key`, the last two in hex; a fresh salt each time."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), salt.hex(), _key(pin, salt, _N, _R, _P).hex()))


def fits(pin: str, stored: str) -> bool:
    """Whether `pin` made `stored`, by the parameters that stand in it."""
    _, n, r, p, salt, key = stored.split("$")
    tried = _key(pin, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(tried, bytes.fromhex(key))


def _key(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8"), salt=salt, n=n, r=r, p=p, maxmem=_ROOM, dklen=_KEY_BYTES)
