"""What all ways through apprise share: silence, one asset, and one fresh plugin per letter.

apprise is imported inside the functions (about 0.2–0.5 s), so that collecting the ways out costs nothing.
"""

from __future__ import annotations

import functools
import logging
import re
from typing import Any

from engine.core.ports import Letter

_SENDER = "zhenggai"
_LEAKING_LOGGERS = ("apprise", "urllib3", "requests")
_NOTHING = logging.CRITICAL + 1
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_.-]|\.(?=\.)")


def silence() -> None:
    """Close the loggers of apprise and its transport.

    apprise logs a malformed key verbatim at WARNING and tokens at DEBUG; urllib3 logs whole paths, which
    in a webhook are the secret. What we need to know we hear on other ways.
    """
    for name in _LEAKING_LOGGERS:
        logging.getLogger(name).setLevel(_NOTHING)


def open_plugin(plugin_class: Any, address: str, timeout: float) -> Any | None:
    """Return a fresh plugin for `address`, or None where apprise cannot read it.

    Fresh, because apprise blocks 5.5 s between two sends of one instance. `timeout` is in seconds, for
    connecting and for each read; it replaces the address's own `cto` and `rto`, and redirects stay off
    even where the address asks for them.
    """
    from apprise.exception import AppriseException

    silence()
    try:
        parsed = plugin_class.parse_url(address)
        if not parsed:
            return None
        plugin = plugin_class(**parsed, asset=_asset())
    except (AppriseException, ValueError):
        return None
    plugin.redirects = False
    plugin.socket_connect_timeout = timeout
    plugin.socket_read_timeout = timeout
    return plugin


@functools.cache
def _asset() -> Any:
    """`service_timeout=0`: bounded sockets end an attempt; apprise's timer would only abandon a thread."""
    from apprise import AppriseAsset

    return AppriseAsset(app_id=_SENDER, http_redirects=False, service_timeout=0, secure_logging=True)


def message_id_of(letter: Letter) -> str:
    """The letter's stable id as `left@right`, safe in a header of mail and of HTTP."""
    left, _, right = letter.message_id.strip().strip("<>").partition("@")
    return f"{_part(left) or 'letter'}@{_part(right) or f'{_SENDER}.invalid'}"


def _part(text: str) -> str:
    return _NOT_IN_AN_ID.sub("-", text).strip(".")
