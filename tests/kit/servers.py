"""Real local servers for tests of the ways out: SMTP and HTTP that accept, refuse, dawdle or hang up."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a server meets the next message.

    `status` is the reply (SMTP or HTTP); None takes the protocol's own “accepted”. `delay` is in seconds,
    before the reply. `is_dropped` closes the connection instead of replying. `headers` and `body` are for
    HTTP only; `stage` is for SMTP only: `rcpt` or `data`.
    """

    status: int | None = None
    delay: float = 0.0
    is_dropped: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stage: str = "rcpt"


ACCEPT = Behaviour()
DROP = Behaviour(is_dropped=True)


def refusing(status: int, *, stage: str = "rcpt") -> Behaviour:
    return Behaviour(status=status, stage=stage)


def delaying(seconds: float) -> Behaviour:
    return Behaviour(delay=seconds)


def redirecting(target: str, *, status: int = 302) -> Behaviour:
    return Behaviour(status=status, headers={"Location": target})


@dataclass(frozen=True, slots=True)
class Mailed:
    """One message that the SMTP server accepted: its envelope, and the parsed message."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The body; mail ends its lines with CRLF, which is undone here."""
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass(slots=True)
class SmtpServer:
    """A running SMTP server. `behaviour` may be changed between two letters; `received` grows."""

    port: int = 0
    behaviour: Behaviour = ACCEPT
    received: list[Mailed] = field(default_factory=list)
    attempts: int = 0

    def address(
        self, recipient: str = "lin@school.example", *, login: str = "", scheme: str = "mailto"
    ) -> str:
        """A channel URL for one mailbox here. `login` is `user:password`, where the server asks for one."""
        at = f"{login}@" if login else ""
        return f"{scheme}://{at}{_HOST}:{self.port}/{recipient}?from=office@school.example"


@dataclass(frozen=True, slots=True)
class Posted:
    """One HTTP request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class HttpEndpoint:
    """A running HTTP endpoint. `behaviour` may be changed between two letters; `received` grows."""

    port: int = 0
    behaviour: Behaviour = ACCEPT
    received: list[Posted] = field(default_factory=list)

    def address(self, path: str = "/hook", *, scheme: str = "json") -> str:
        return f"{scheme}://{_HOST}:{self.port}{path}"

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}"


@contextlib.contextmanager
def smtp_server(behaviour: Behaviour = ACCEPT, *, login: str = "") -> Iterator[SmtpServer]:
    """Run an SMTP server on a free port. With `login` (`user:password`) mail needs that login first."""
    server = SmtpServer(behaviour=behaviour)
    is_ready, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve_mail(server, login, is_ready, stop)))
    thread.start()
    try:
        assert is_ready.wait(5), "the SMTP server did not start"
        yield server
    finally:
        stop.set()
        thread.join(5)


async def _serve_mail(
    server: SmtpServer, login: str, is_ready: threading.Event, stop: threading.Event
) -> None:
    async with _listening(server, login):
        is_ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _listening(server: SmtpServer, login: str) -> AsyncIterator[None]:
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(_smtp_session(server, login))
        return sessions[-1]

    listener = await asyncio.get_running_loop().create_server(session, _HOST, 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listener.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.sleep(0)  # lets the aborted sessions notice


def _smtp_session(server: SmtpServer, login: str) -> SMTP:
    def authenticate(
        _smtp: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and given == _login_of(login)
        return AuthResult(success=is_right, handled=False)

    session = SMTP(_Postbox(server), hostname="localhost", authenticator=authenticate if login else None)
    # Login without TLS is all right on this machine; asked for in the constructor, it warns on every session.
    session._auth_require_tls = False
    session._auth_required = bool(login)
    return session


def _login_of(login: str) -> LoginPassword:
    user, _, password = login.partition(":")
    return LoginPassword(user.encode(), password.encode())


class _Postbox:
    """The handler of aiosmtpd: answers as the server's behaviour says and keeps what it accepts."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_RCPT(
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self._server.attempts += 1
        envelope.rcpt_tos.append(address)
        return await self._reply(smtp, "rcpt", address)

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:
        reply = await self._reply(smtp, "data", envelope.rcpt_tos[0])
        if reply.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            mailed = Mailed(str(envelope.mail_from), tuple(envelope.rcpt_tos), message)
            self._server.received.append(mailed)
        return reply

    async def _reply(self, smtp: SMTP, stage: str, address: str) -> str:
        behaviour = self._server.behaviour
        if behaviour.stage != stage:
            return "250 OK"
        await asyncio.sleep(behaviour.delay)
        if behaviour.is_dropped:
            assert isinstance(smtp.transport, asyncio.Transport)
            smtp.transport.abort()
            return "421 gone"
        if behaviour.status is None:
            return "250 OK"
        return f"{behaviour.status} said of {address}"  # real servers repeat the address, too


@contextlib.contextmanager
def http_endpoint(behaviour: Behaviour = ACCEPT) -> Iterator[HttpEndpoint]:
    """Run an HTTP endpoint on a free port; every request of any method is recorded, then answered."""
    endpoint = HttpEndpoint(behaviour=behaviour)

    class Desk(_Desk):
        served = endpoint

    listener = _QuietHttpServer((_HOST, 0), Desk)
    endpoint.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(5)


class _QuietHttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is what the tests want; it needs no traceback."""


class _Desk(BaseHTTPRequestHandler):
    served: HttpEndpoint

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        posted = Posted(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        behaviour = self.served.behaviour
        self.served.received.append(posted)
        # An event that nobody sets: a wait, but no sleep that a test could be suspected of.
        threading.Event().wait(behaviour.delay)
        if behaviour.is_dropped:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(behaviour.status or 200)
        for name, value in behaviour.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(behaviour.body)))
        self.end_headers()
        self.wfile.write(behaviour.body)

    do_GET = do_POST = do_PUT = do_HEAD = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps standard error for the program under test."""


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
