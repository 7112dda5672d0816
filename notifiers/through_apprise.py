"""Webhooks through apprise's plugins, with the HTTP status and the kind of failure kept."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, ClassVar

from engine.core.ports import Answer, Letter
from notifiers.apprise_door import message_id_of, open_plugin
from notifiers.verdicts import (
    accepted,
    address_wrong,
    give_up,
    of_http_status,
    scheme_of,
    try_again,
)

_WEBHOOKS = ("json", "jsons", "xml", "xmls", "form", "forms")
# These services answer HTTP 200 with an error in the body, and apprise reports success (measured).
_NOT_STRICT = ("wecom", "wecombot", "wechat", "dingtalk", "feishu", "lark", "bark", "barks")
_NOT_STRICT_HOSTS = (
    "qyapi.weixin.qq.com",
    "oapi.dingtalk.com",
    "api.dingtalk.com",
    "open.feishu.cn",
    "open.larksuite.com",
    "api.day.app",
)
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")


class ThroughApprise:
    """Posts a letter to a webhook: `json://host/path`, `form://…`, `xml://…` (with `s`: HTTPS).

    The request carries the letter's id as `Idempotency-Key`. `also` names further apprise schemes that
    this home has chosen to trust; nothing else is loaded. `timeout` is in seconds, for connecting and for
    each read. Codes: accepted, refused, refused_for_now, redirected, address_moved, timed_out, unreachable,
    tls_failed, failed, address_wrong, channel_not_strict.
    """

    schemes: ClassVar[tuple[str, ...]] = _WEBHOOKS + _NOT_STRICT

    def __init__(self, *, also: tuple[str, ...] = (), timeout: float = 10.0) -> None:
        self._allowed = frozenset(_WEBHOOKS) | frozenset(also)
        self._timeout = timeout

    def send(self, letter: Letter) -> Answer:
        scheme = scheme_of(letter.address)
        if scheme in _NOT_STRICT:
            return give_up("channel_not_strict", scheme)
        if scheme not in self._allowed:
            return address_wrong("scheme_unknown")
        plugin_class = _plugin_class(scheme)
        plugin = None if plugin_class is None else open_plugin(plugin_class, letter.address, self._timeout)
        if plugin is None:
            return address_wrong("unreadable")
        if str(plugin.host).lower() in _NOT_STRICT_HOSTS:
            return give_up("channel_not_strict", scheme)
        return _post(plugin, letter, scheme)


def _plugin_class(scheme: str) -> Any | None:
    """The three webhooks are imported by name: apprise's registry would load all its plugins first."""
    match scheme.removesuffix("s"):
        case "json":
            from apprise.plugins.custom_json import NotifyJSON

            return NotifyJSON
        case "xml":
            from apprise.plugins.custom_xml import NotifyXML

            return NotifyXML
        case "form":
            from apprise.plugins.custom_form import NotifyForm

            return NotifyForm
    from apprise import asset

    plugins: Any = asset.N_MGR
    return plugins[scheme] if scheme in plugins else None  # noqa: SIM401 (it is no dict: `get` is missing)


def _post(plugin: Any, letter: Letter, scheme: str) -> Answer:
    from apprise.common import NotifyFormat, NotifyType
    from apprise.exception import AppriseException

    ear = _Ear()
    plugin.logger = ear.logger
    content = {"body": letter.text, "title": letter.subject, "body_format": NotifyFormat.TEXT}
    try:
        if scheme in _WEBHOOKS:  # `send`, for `notify` would trim the text
            plugin.headers["Idempotency-Key"] = message_id_of(letter)
            is_sent = plugin.send(**content, notify_type=NotifyType.INFO)
        else:
            is_sent = plugin.notify(**content, notify_type=NotifyType.INFO)
    except (AppriseException, ValueError, OSError) as error:
        return _verdict_on(error, scheme)
    if is_sent:
        return accepted(scheme)
    if ear.status is not None:
        return of_http_status(scheme, ear.status)
    return _verdict_on(ear.error, scheme)


class _Ear(logging.Handler):
    """Hears why a plugin answered False: apprise tells the status and the exception to its log alone.

    The logger belongs to one plugin instance and has no parent, so nothing said there goes further. It
    takes the status (plugins end a refusal with `error=503.`) and the exception being handled, nothing else;
    what it cannot read counts as passing.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.status: int | None = None
        self.error: BaseException | None = None
        self.logger = logging.Logger("notifiers.ear", logging.WARNING)
        self.logger.addHandler(self)
        self._before = sys.exc_info()[1]  # our caller may itself be handling an exception

    def emit(self, record: logging.LogRecord) -> None:
        statuses = _STATUS.findall(record.getMessage())
        if statuses:
            self.status = int(statuses[-1])
        error = sys.exc_info()[1]
        if error is not None and error is not self._before:
            self.error = error


def _verdict_on(error: BaseException | None, scheme: str) -> Answer:
    from requests import exceptions

    match error:
        case exceptions.Timeout() | TimeoutError():
            return try_again("timed_out", scheme)
        case exceptions.SSLError():
            return try_again("tls_failed", scheme)
        case ValueError():  # requests' InvalidURL and InvalidHeader are ValueErrors too
            return address_wrong("unreadable")
        case OSError():
            return try_again("unreachable", scheme)
        case _:
            return try_again("failed", scheme)
