"""Addresses on the web that somebody types: what is wrong with one is found before anything is sent there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from unicodedata import category
from urllib.parse import SplitResult, urlsplit

LONGEST_ADDRESS = 2000
LONGEST_HOST = 253
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ONLY_NUMBERS = re.compile(r"[0-9.]+")


def url_fault(url: str) -> str | None:
    """What keeps `url` from being an address to post to; None where nothing does.

    `length`, `sign` (a space or a sign that nobody sees), `scheme`, `userinfo` (lists would show it), `port`, `host`,
    `fragment` (it never leaves the caller); `form` where it cannot be taken apart at all.
    """
    return next(_faults(url), None)


def _faults(url: str) -> Iterator[str]:
    if len(url) > LONGEST_ADDRESS:
        yield "length"
    if not url.isprintable() or " " in url or "\\" in url:
        yield "sign"
    try:
        parts = urlsplit(url)
    except ValueError:
        yield "form"
        return
    if parts.scheme not in ("http", "https") or not url[len(parts.scheme) :].startswith("://"):
        yield "scheme"
    if "@" in parts.netloc:
        yield "userinfo"
    if not _is_port(parts):
        yield "port"
    if not _is_host(parts.hostname or ""):
        yield "host"
    if "#" in url:
        yield "fragment"


def _is_port(parts: SplitResult) -> bool:
    try:
        port = parts.port
    except ValueError:
        return False
    return port != 0 and not parts.netloc.endswith(":")


def _is_host(host: str) -> bool:
    if ":" in host:
        return _is_read_by(IPv6Address, host)
    if _ONLY_NUMBERS.fullmatch(host):
        return _is_read_by(IPv4Address, host)
    if not all(sign in ".-_" or category(sign)[0] in "LMN" for sign in host):
        return False
    try:
        # What DNS is asked: a name in Chinese is spelt in letters.
        spelt = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = spelt.removesuffix(".").split(".")
    return len(spelt) <= LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)


def _is_read_by(kind: Callable[[str], object], host: str) -> bool:
    try:
        kind(host)
    except AddressValueError:
        return False
    return True
