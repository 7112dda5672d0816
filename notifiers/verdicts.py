"""What an attempt's end means for the queue: accepted, refused for good, or worth another try."""

from __future__ import annotations

from engine.core.ports import Answer, Outcome
from engine.errors import Facts

_PASSING_HTTP = (408, 425, 429)
_MOVED_FOR_GOOD = (301, 308)
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)
_CLIENT_FAULTS = range(400, 500)
_PERMANENT_SMTP = range(500, 600)


def scheme_of(address: str) -> str:
    """The scheme of a channel URL in small letters, or "" where there is none."""
    scheme, separator, _ = address.partition("://")
    return scheme.strip().lower() if separator else ""


def accepted(scheme: str) -> Answer:
    return Answer(Outcome.SENT, "accepted", {"scheme": scheme})


def address_wrong(reason: str) -> Answer:
    """Nothing of the address itself is repeated: a mistyped one may hold its secret anywhere."""
    return Answer(Outcome.GIVE_UP, "address_wrong", {"reason": reason})


def give_up(code: str, scheme: str) -> Answer:
    return Answer(Outcome.GIVE_UP, code, {"scheme": scheme})


def try_again(code: str, scheme: str) -> Answer:
    return Answer(Outcome.TRY_AGAIN, code, {"scheme": scheme})


def of_http_status(scheme: str, status: int) -> Answer:
    """Read an HTTP status (RFC 9110 §15); redirects are never followed.

    302, 303 and 307 are passing: on a campus network they usually come from the login portal, not from
    the endpoint. 408, 425 and 429 ask for another try.
    """
    facts: Facts = {"scheme": scheme, "status": status}
    if status in _SUCCESS:
        return Answer(Outcome.SENT, "accepted", facts)
    if status in _MOVED_FOR_GOOD:
        return Answer(Outcome.GIVE_UP, "address_moved", facts)
    if status in _REDIRECTS:
        return Answer(Outcome.TRY_AGAIN, "redirected", facts)
    if status in _CLIENT_FAULTS and status not in _PASSING_HTTP:
        return Answer(Outcome.GIVE_UP, "refused", facts)
    return Answer(Outcome.TRY_AGAIN, "refused_for_now", facts)


def of_smtp_status(scheme: str, status: int, code: str = "refused") -> Answer:
    """Read an SMTP reply (RFC 5321 §4.2.1): 5xx is permanent under `code`, all else passes."""
    facts: Facts = {"scheme": scheme, "status": status}
    if status in _PERMANENT_SMTP:
        return Answer(Outcome.GIVE_UP, code, facts)
    return Answer(Outcome.TRY_AGAIN, f"{code}_for_now", facts)
