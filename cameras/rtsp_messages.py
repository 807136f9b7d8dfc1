"""RTSP as text: requests in, answers out, Digest (RFC 2326, RFC 2617). No socket, no clock."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

MOST_HEAD_BYTES: Final = 16_384
MOST_BODY_BYTES: Final = 65_536
REALM: Final = "Linewarden"
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class BadRequest(Exception):
    """What came is no RTSP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower case; `body_bytes` follow it on the wire."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def body_bytes(self) -> int:
        """Length of the body."""
        return int(self.headers.get("content-length", "0"))

    @property
    def names(self) -> list[str]:
        """The parts of the URL's path: mount, then track."""
        return [unquote(part) for part in urlsplit(self.url).path.split("/") if part]


def parse_request(head: bytes) -> Request:
    """Read a request's head, up to and without the empty line. Raises `BadRequest`."""
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise BadRequest("not text") from None
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("RTSP/1."):
        raise BadRequest("no request line")
    method, url, _ = parts
    if not method.replace("_", "").isalpha() or not _is_url(url):
        raise BadRequest("no method or no URL")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise BadRequest("a header without a name")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and int(length) <= MOST_BODY_BYTES):
        raise BadRequest("a body of impossible length")
    return Request(method.upper(), url, headers)


def _is_url(url: str) -> bool:
    if url == "*":
        return True
    try:
        return urlsplit(url).scheme in ("rtsp", "rtsps")
    except ValueError:
        return False


def answer(
    request: Request | None, status: int, headers: Mapping[str, str] | None = None, body: str = ""
) -> bytes:
    """The answer's bytes; echoes CSeq."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    sequence = request.headers.get("cseq", "") if request else ""
    if sequence.isascii() and sequence.isdigit():
        lines.append(f"CSeq: {sequence}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def challenge(nonce: str) -> dict[str, str]:
    """The header that asks for Digest."""
    return {"WWW-Authenticate": f'Digest realm="{REALM}", nonce="{nonce}"'}


def is_authorised(request: Request, username: str, password: str, nonce: str) -> bool:
    """Whether the request proves that its sender knows the password."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "digest":
        return False
    given = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _FIELD.finditer(rest)}
    if given.get("username") != username or given.get("nonce") != nonce:
        return False
    expected = digest(username, password, nonce, request.method, given.get("uri", ""))
    return hmac.compare_digest(expected.encode(), given.get("response", "").encode())


def digest(username: str, password: str, nonce: str, method: str, uri: str) -> str:
    """The response of RFC 2617 without qop, which is what RTSP clients send."""
    return _md5(f"{_md5(f'{username}:{REALM}:{password}')}:{nonce}:{_md5(f'{method}:{uri}')}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Transport:
    """How the client wants its packets: on two channels of this connection, or on two UDP ports."""

    channels: tuple[int, int] | None
    ports: tuple[int, int] | None


def parse_transport(header: str) -> Transport | None:
    """The first transport of a header that we can serve; None if there is none."""
    for offer in header.split(","):
        parts = [part.strip() for part in offer.split(";")]
        fields = dict(part.partition("=")[::2] for part in parts[1:])
        if parts[0] == "RTP/AVP/TCP":
            pair = _pair(fields.get("interleaved", "0-1"), 255)
            if pair:
                return Transport(pair, None)
        elif parts[0] in ("RTP/AVP", "RTP/AVP/UDP") and "multicast" not in fields:
            pair = _pair(fields.get("client_port", ""), 65_535)
            if pair:
                return Transport(None, pair)
    return None


def _pair(text: str, most: int) -> tuple[int, int] | None:
    first, dash, second = text.partition("-")
    if not (first.isascii() and first.isdigit() and len(first) <= 5):
        return None
    if dash and not (second.isascii() and second.isdigit() and len(second) <= 5):
        return None
    low, high = int(first), int(second) if dash else int(first) + 1
    return (low, high) if low <= most and high <= most else None
