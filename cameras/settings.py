"""How to reach one stream, and the one place where its secrets are taken out of texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from cameras.errors import Unreadable

_USERINFO = re.compile(r"(?<=//)[^/\s'\"]*@")
_SECRET_PARAMETER = re.compile(
    r"(?i)([?&;](?:pass(?:word|wd)?|pwd|token|auth|secret|key|user(?:name)?)=)[^&;\s'\"]*"
)
_STREAM_SCHEMES = ("rtsp", "rtsps")


def scrub(text: str, *secrets: str) -> str:
    """Take user names, passwords and tokens of URLs, and every one of `secrets`, out of `text`."""
    text = _SECRET_PARAMETER.sub(r"\1***", _USERINFO.sub("", text))
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        for form in {secret, quote(secret, safe="")}:
            text = text.replace(form, "***")
    return text


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """One stream of a camera: an `rtsp://` or `rtsps://` URL, or the path of a file.

    Credentials inside the URL are moved to `username` and `password`. `ca_file` is a PEM file with
    the authority for rtsps (default: the system's). Times in seconds. Raises `Unreadable` on a URL
    of another kind.
    """

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    transport: Literal["tcp", "udp"] = "tcp"
    ca_file: Path | None = None
    verify_tls: bool = True
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 10.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if "://" in self.url and parts.scheme not in (*_STREAM_SCHEMES, "file"):
            raise Unreadable(
                f"{parts.scheme}:// is no source of video here",
                "give rtsp://, rtsps:// or the path of a file",
            )
        if "@" in parts.netloc and parts.scheme in _STREAM_SCHEMES:
            userinfo, _, host = parts.netloc.rpartition("@")
            username, _, password = userinfo.partition(":")
            object.__setattr__(self, "username", self.username or unquote(username))
            object.__setattr__(self, "password", self.password or unquote(password))
            object.__setattr__(self, "url", urlunsplit(parts._replace(netloc=host)))

    def __repr__(self) -> str:
        who = f", username={self.username!r}" if self.username else ""
        return f"StreamSettings({self.safe_url!r}{who}, {self.transport})"

    @property
    def is_file(self) -> bool:
        """Whether the source is a recording, which is played in real time."""
        return urlsplit(self.url).scheme not in _STREAM_SCHEMES

    @property
    def is_tls(self) -> bool:
        """Whether the stream is encrypted."""
        return urlsplit(self.url).scheme == "rtsps"

    @property
    def safe_url(self) -> str:
        """The URL as it may be shown."""
        return scrub(self.url, self.password)

    @property
    def host(self) -> str:
        """Host name or address; empty for a file."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Port of the camera."""
        return urlsplit(self.url).port or (322 if self.is_tls else 554)

    def scrub(self, text: str) -> str:
        """Take this stream's secrets out of a text."""
        return scrub(text, self.password)

    def url_with_credentials(self) -> str:
        """For the opening call alone: the URL with percent-encoded credentials. Never log it."""
        if self.is_file:
            return self.url.removeprefix("file://")
        if not self.username and not self.password:
            return self.url
        parts = urlsplit(self.url)
        who = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"
        return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))
