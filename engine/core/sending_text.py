"""The sending hours of an organisation as stored: a JSON text with the times that differ from usual."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

from engine.core.sending import SendingDays, SendingHours
from engine.errors import BadInput

_TIMES = ("opens", "closes", "quiet_from", "quiet_until")


def read_hours(zone: str, text: str) -> SendingHours:
    """`{"opens": "08:10", "closes": "08:40", "quiet_from": …, "quiet_until": …, "days": …}`, all optional.

    Raises BadInput `sending_hours_wrong` or `zone_unknown`.
    """
    try:
        said: Any = json.loads(text or "{}")
        times = {name: time.fromisoformat(said[name]) for name in _TIMES if name in said}
        days = SendingDays(said.get("days", SendingDays.WORKDAYS))
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput("sending_hours_wrong", opens="", closes="") from error
    return SendingHours(zone=zone, days=days, **times)
