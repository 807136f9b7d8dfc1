"""The error tree of the store.

StoreError
├── SettingsError     settings that must not be used
├── DatabaseRefused   a database that cannot be opened, or is not ours, or is newer than we are
├── BlobError         media cannot be kept or read
│   ├── BlobMissing   no medium of that digest
│   └── BlobDamaged   the bytes no longer fit their digest
└── Refusal           an answer to a caller: HTTP status, code, sentence
"""

from __future__ import annotations

from collections.abc import Mapping


class StoreError(Exception):
    """Something the store cannot do. One line; `remedy` says what to do about it."""

    remedy = "look at the message; nothing was changed"

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy


class SettingsError(StoreError):
    """Settings that must not be used; the message never shows a secret."""

    remedy = "change the setting"


class DatabaseRefused(StoreError):
    """The database cannot be opened, is not a store's, or is newer than this program."""

    remedy = "check the database's address and rights"


class BlobError(StoreError):
    """Media cannot be written or read."""

    remedy = "check the media folder or bucket, its rights and its free space"


class BlobMissing(BlobError):
    """There is no medium of that digest."""


class BlobDamaged(BlobError):
    """Bytes no longer fit the digest that names them."""

    remedy = "restore the medium from a backup; its digest is its name"


class Refusal(StoreError):
    """What a caller is told: HTTP status, a code for programs, a sentence for people.

    `more` joins the answer's body. With `keep`, what was written in the transaction stays.
    """

    remedy = "correct the request"

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        more: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.more, self.headers, self.keep = dict(more or {}), dict(headers or {}), keep
