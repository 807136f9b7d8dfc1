"""What surrounds every request: size limits, security headers, errors without insides."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping

import structlog
from sqlalchemy.exc import DataError, OperationalError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Refusal

_log = structlog.get_logger("api")
MAX_BODY_BYTES = 64 * 1024
MAX_TRACE_LETTERS = 8000
PAGE_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
MEDIA_POLICY = "default-src 'none'; sandbox"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_UNLESS_SET = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}


class Guard:
    """ASGI middleware around the whole application.

    `body_limits` maps path prefixes to the most bytes that a body may have there.
    """

    def __init__(
        self, app: ASGIApp, *, version: str, secure: bool, body_limits: Mapping[str, int]
    ) -> None:
        self._app = app
        self._body_limits = dict(body_limits)
        self._headers = {**_ALWAYS, "Linewarden-Store": version}
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                self._add_headers(message)
            await send(message)

        limit = self._limit(scope["path"])
        try:
            _refuse_stated(scope, limit)
            await self._app(scope, _counted(receive, limit), send_guarded)
        except Exception as error:  # nothing of it may reach the caller
            if has_started:
                raise
            await _answer(send_guarded, _explain(error, scope))

    def _limit(self, path: str) -> int:
        for prefix, limit in self._body_limits.items():
            if path.startswith(prefix):
                return limit
        return MAX_BODY_BYTES

    def _add_headers(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers[name] = value
        for name, value in _UNLESS_SET.items():
            headers.setdefault(name, value)


def _refuse_stated(scope: Scope, limit: int) -> None:
    """Refusal for a body that says it is too large."""
    stated = Headers(scope=scope).get("content-length", "0")
    if not stated.isdecimal() or int(stated) > limit:
        raise _too_large(limit)


def _counted(receive: Receive, limit: int) -> Receive:
    """Refusal for a body that turns out to be too large."""
    received = 0

    async def receive_counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return receive_counted


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"a request here has at most {limit} bytes")


def _explain(error: Exception, scope: Scope) -> Refusal:
    if isinstance(error, Refusal):
        return error
    where = {"method": scope["method"], "path": scope["path"]}
    if isinstance(error, DataError):  # a zero byte in a text, for one: PostgreSQL takes none
        return Refusal(422, "invalid", "a value cannot be stored as it is")
    if isinstance(error, OperationalError):
        _log.error("database_unavailable", **where, error=str(error.orig)[:200])
        return Refusal(
            503,
            "database_unavailable",
            "the database does not answer",
            headers={"Retry-After": "5"},
        )
    # The plain trace: a pretty one would print local variables, secrets among them.
    trace = "".join(traceback.format_exception(error))[-MAX_TRACE_LETTERS:]
    _log.error("request_failed", **where, trace=trace)
    return Refusal(500, "internal", "something went wrong here; it is in the store's log")


async def _answer(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"error": refusal.code, "detail": refusal.detail, **refusal.more}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= refusal.headers
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
