"""Mail through apprise's address format, composer and SMTP session, with the server's reply codes kept.

apprise's own `send` answers True or False and swallows every reply code: a mailbox that does not exist
(550), a full one (452) and a dropped line look alike. So we take from apprise what it does well (address,
providers' defaults, MIME, TLS and login) and let the exception of the one SMTP transaction come out.
"""

from __future__ import annotations

import email
from email.header import Header
from typing import Any, ClassVar

from engine.core.ports import Answer, Letter
from notifiers.apprise_door import message_id_of, open_plugin
from notifiers.verdicts import (
    accepted,
    address_wrong,
    give_up,
    of_smtp_status,
    scheme_of,
    try_again,
)

_HEADER_WIDTH = 76


class Mail:
    """Sends to exactly one mailbox: `mailto://user:password@host:port/to@example.org?from=…`.

    `timeout` is in seconds and holds for each step of the session. Codes: accepted, refused,
    refused_for_now, recipient_refused[_for_now], login_refused[_for_now], not_supported, timed_out,
    dropped, unreachable, tls_failed, letter_wrong, address_wrong.
    """

    schemes: ClassVar[tuple[str, ...]] = ("mailto", "mailtos")

    def __init__(self, *, timeout: float = 10.0) -> None:
        self._timeout = timeout

    def send(self, letter: Letter) -> Answer:
        scheme = scheme_of(letter.address)
        if scheme not in self.schemes:
            return address_wrong("scheme_unknown")
        from apprise.plugins.email.base import NotifyEmail

        mail = open_plugin(NotifyEmail, letter.address, self._timeout)
        if mail is None:
            return address_wrong("unreadable")
        fault = _fault_of(mail, letter.address, NotifyEmail)
        if fault is not None:
            return address_wrong(fault)
        try:
            composed = _compose(mail, letter)
        except ValueError:  # a header that cannot be one, text that is not Unicode
            return give_up("letter_wrong", scheme)
        return _transact(mail, composed, scheme)


def _fault_of(mail: Any, address: str, plugin_class: Any) -> str | None:
    """One recipient per address: with several, one refusal would send the others a second copy.

    An address without a recipient would mail its own sender, and apprise would call that a success; a
    wish for PGP would be dropped, and the letter leave in clear.
    """
    asked = plugin_class.parse_url(address)
    if not asked["targets"]:
        return "recipient_missing"
    if not mail.targets:
        return "recipient_wrong"
    if len(mail.targets) + len(mail.cc) + len(mail.bcc) != 1:
        return "several_recipients"
    if mail.pgp_mode != "no":
        return "pgp_unsupported"
    return None


def _compose(mail: Any, letter: Letter) -> str:
    """The message as text, with the letter's own Message-ID in place of apprise's random one."""
    prepared = next(
        mail.prepare_emails(
            subject=letter.subject,
            body=letter.text,
            notify_format="text",
            from_addr=mail.from_addr,
            to=mail.targets,
            reply_to=mail.reply_to,
            names=mail.names,
            headers=mail.headers,
            smtp_host=mail.smtp_host,
            tzinfo=mail.tzinfo,
        )
    )
    message: Any = email.message_from_string(prepared.body)
    del message["Message-ID"]
    message["Message-ID"] = f"<{message_id_of(letter)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    message.replace_header("Subject", _subject(letter))
    return str(message.as_string(maxheaderlen=_HEADER_WIDTH))


def _subject(letter: Letter) -> Header:
    """The subject in encoded words that can be folded.

    apprise writes it on one line, which servers refuse beyond 998 bytes (some 240 characters of Chinese).
    Python's newer header policy folds, too, but loses a blank at every fold, so the older one is used.
    """
    words = " ".join(letter.subject.split())
    is_plain = words.isascii() and words.isprintable() and len(words) < _HEADER_WIDTH and "=?" not in words
    return Header(words, "us-ascii" if is_plain else "utf-8", header_name="Subject")


def _transact(mail: Any, composed: str, scheme: str) -> Answer:
    import smtplib

    from apprise.plugins.email.smtp import AppriseSMTPController

    session = AppriseSMTPController(
        host=mail.smtp_host,
        port=mail.port,
        secure_mode=mail.secure_mode,
        user=mail.user,
        password=mail.password,
        verify_certificate=mail.verify_certificate,
        socket_connect_timeout=mail.socket_connect_timeout,
    )
    try:
        with session:
            # `session.sendmail` would swallow the reply code, so its socket is spoken to directly.
            connection: Any = session._socket
            connection.sendmail(mail.from_addr[1], [mail.targets[0][1]], composed)
    except (OSError, smtplib.SMTPException, RuntimeError, ValueError) as error:
        return _verdict_on(error, scheme)
    return accepted(scheme)


def _verdict_on(error: Exception, scheme: str) -> Answer:
    import smtplib

    match error:
        case smtplib.SMTPRecipientsRefused():
            status = next(iter(error.recipients.values()))[0]
            return of_smtp_status(scheme, status, "recipient_refused")
        case smtplib.SMTPAuthenticationError():
            return of_smtp_status(scheme, error.smtp_code, "login_refused")
        case smtplib.SMTPResponseException():
            return of_smtp_status(scheme, error.smtp_code)
        case smtplib.SMTPNotSupportedError():  # no STARTTLS, no AUTH: asking again changes nothing
            return give_up("not_supported", scheme)
        case ValueError() if not isinstance(error, OSError):
            return address_wrong("unreadable")
        case _:
            return try_again(_breakdown(error), scheme)


def _breakdown(error: Exception) -> str:
    import smtplib
    import ssl

    # smtplib reports a time-out while waiting for a reply as a disconnection, caused by the time-out.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "timed_out"
    if isinstance(error, ssl.SSLError):
        return "tls_failed"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return "dropped"
    return "unreachable"
