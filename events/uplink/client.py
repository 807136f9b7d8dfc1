"""The HTTP calls of a device. Every call gives an Answer, or None where there was none."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import httpx

from events.outbox import Parcel, ParcelMedium
from events.seal import OutboxError
from events.uplink.answers import Answer

STORE_HEADER = "Linewarden-Store"
CONNECT_S, READ_S, WRITE_S, WHOLE_ANSWER_S = 5.0, 15.0, 15.0, 60.0
_MAX_ANSWER_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024


class MediumGone(Exception):
    """The box no longer has the bytes that an event names."""


class StoreClient:
    """One connection to the store, for one thread. Certificates are checked; redirects are not
    followed; the environment's proxies and passwords are not used. `token` is asked at each call,
    since enrolling again changes it; `mono` gives monotone seconds.
    """

    def __init__(
        self,
        store_url: str,
        token: Callable[[], str],
        *,
        ca_file: Path | None,
        mono: Callable[[], float],
    ) -> None:
        self._token, self._mono = token, mono
        first_token = token()
        try:
            url = httpx.URL(store_url.rstrip("/") + "/")
            if url.scheme not in ("http", "https") or not url.host or url.userinfo:
                raise ValueError("http(s)://host, without a password, is wanted")
            if not 0 < (url.port or 443) < 65536:
                raise ValueError("the port is out of range")
            if not first_token.isascii() or not first_token.isprintable():
                raise ValueError("the token holds characters that cannot be sent")
            secure = url.scheme == "https"
            self._http = httpx.Client(
                base_url=url,
                headers={"Accept-Encoding": "identity"},
                timeout=httpx.Timeout(READ_S, connect=CONNECT_S, write=WRITE_S),
                verify=ssl.create_default_context(cafile=ca_file) if secure else False,
                follow_redirects=False,
                trust_env=False,
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise OutboxError(
                f"the store's address or token cannot be used: {_tame(error, first_token)}",
                "write `store: https://host` in the settings",
            ) from None
        except (OSError, ssl.SSLError) as error:
            raise OutboxError(f"{ca_file}: no certificates to trust: {error}") from error

    def has_medium(self, medium: ParcelMedium) -> Answer | None:
        """HEAD of a medium."""
        return self._call("HEAD", _media_path(medium))

    def put_medium(self, medium: ParcelMedium) -> Answer | None:
        """PUT of a medium, streamed. Raises MediumGone, or OSError if it cannot be read now."""
        with _opened(medium) as file:
            return self._call(
                "PUT",
                _media_path(medium),
                content=iter(lambda: file.read(_CHUNK_BYTES), b""),
                headers={"Content-Length": str(medium.size), "Content-Type": medium.type},
            )

    def post_event(self, parcel: Parcel) -> Answer | None:
        """POST of the envelope's bytes."""
        return self._call(
            "POST",
            "v1/events",
            content=parcel.envelope,
            headers={"Content-Type": "application/json", "Idempotency-Key": parcel.event_id},
        )

    def post_status(self, status: Mapping[str, object]) -> Answer | None:
        """POST of the box's state."""
        return self._call(
            "POST",
            "v1/status",
            content=json.dumps(status, allow_nan=False).encode("utf-8"),
            headers={"Content-Type": "application/json"},
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | None:
        try:
            signed_in = {"Authorization": f"Bearer {self._token()}", **(headers or {})}
            with self._http.stream(method, path, content=content, headers=signed_in) as response:
                return Answer(
                    response.status_code,
                    STORE_HEADER in response.headers,
                    self._body(response),
                    response.headers.get("Retry-After"),
                )
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, ValueError):
            return None

    def _body(self, response: httpx.Response) -> bytes:
        body = b""
        until_s = self._mono() + WHOLE_ANSWER_S
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MAX_ANSWER_BYTES or self._mono() > until_s:
                raise httpx.ReadError("the answer has no end")
        return body

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _opened(medium: ParcelMedium) -> BinaryIO:
    try:
        file = medium.path.open("rb")
    except FileNotFoundError:
        raise MediumGone(f"{medium.path}: the file is gone") from None
    found_bytes = os.fstat(file.fileno()).st_size
    if found_bytes != medium.size:
        file.close()
        raise MediumGone(f"{medium.path}: {found_bytes} bytes; the event says {medium.size}")
    return file


def _media_path(medium: ParcelMedium) -> str:
    return f"v1/media/sha256/{medium.sha256}"


def _tame(error: Exception, token: str) -> str:
    return str(error).replace(token, "…")[:200] if token else str(error)[:200]
