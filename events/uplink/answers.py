"""What an answer of the store means. Pure: no network, no clock.

Only an answer with the store's own header counts as its word; anything else is a portal or a proxy
on the way, and means "not now".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER_S = 600.0
LINK = "link"
AUTH = "auth"
_NOT_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the first bytes of its body; `ours` if it bears the store's header."""

    status: int
    ours: bool
    body: bytes = b""
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The store has it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The store lacks a medium: send it, whatever HEAD says."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. `reason` is a short code; `after_s` what the answer asked for, in seconds."""

    reason: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Park:
    """Never in this form. `tampered`: the store holds something else under our name."""

    reason: str
    detail: str = ""
    tampered: bool = False


Verdict = Delivered | Missing | Retry | Park


def judge_event(answer: Answer | None, event_id: str, payload_sha256: str, now_s: float) -> Verdict:
    """What the answer to POST /v1/events means for this event."""
    if answer is None or not answer.ours:
        return _not_ours(answer, now_s)
    if answer.status in (200, 201):
        body = _object(answer.body)
        if body.get("event_id") == event_id and body.get("payload_sha256") == payload_sha256:
            return Delivered()
        return Retry("unconfirmed")
    if answer.status == 409:
        code = _code(answer)
        if code == "media_missing":
            return Missing()
        return Park(code, _detail(answer), tampered=True)
    return _other(answer, now_s)


def judge_put(answer: Answer | None, sha256: str, size_bytes: int, now_s: float) -> Verdict:
    """What the answer to PUT of a medium means."""
    if answer is None or not answer.ours:
        return _not_ours(answer, now_s)
    if answer.status in (200, 201):
        body = _object(answer.body)
        if body.get("sha256") == sha256 and body.get("size") == size_bytes:
            return Delivered()
        return Retry("unconfirmed")
    return _other(answer, now_s)


def judge_head(answer: Answer | None, now_s: float) -> Verdict:
    """What the answer to HEAD of a medium means: there, missing, or as for any other call."""
    if answer is None or not answer.ours:
        return _not_ours(answer, now_s)
    if answer.status == 200:
        return Delivered()
    return Missing() if answer.status == 404 else _other(answer, now_s)


def _not_ours(answer: Answer | None, now_s: float) -> Retry:
    return Retry(LINK, None if answer is None else _asked_s(answer, now_s))


def _other(answer: Answer, now_s: float) -> Verdict:
    status = answer.status
    if status < 400 or status in _NOT_NOW or status >= 500:
        return Retry(f"http_{status}", _asked_s(answer, now_s))
    if status in (401, 403):
        return Park(AUTH, _detail(answer))
    return Park(_code(answer), _detail(answer))


def _asked_s(answer: Answer, now_s: float) -> float | None:
    text = (answer.retry_after or "").strip()
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit():
            wanted_s = float(text[:9])
        else:
            wanted_s = parsedate_to_datetime(text).timestamp() - now_s
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(wanted_s, 0.0), MAX_RETRY_AFTER_S)


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(answer: Answer) -> str:
    code = _object(answer.body).get("error")
    if isinstance(code, str) and code.isascii() and code.isidentifier():
        return code[:64]
    return f"http_{answer.status}"


def _detail(answer: Answer) -> str:
    detail = _object(answer.body).get("detail")
    return detail[:1000] if isinstance(detail, str) else ""
