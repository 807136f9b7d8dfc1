"""Media on their way in: hashed while they stream, looked at, kept under their digest."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.blobs import BlobStore
from api.db.tables import Blob
from api.errors import BlobError, Refusal
from api.sniff import Kind, NotMedium, sniff
from api.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """A medium that is kept. `is_new` is False when it was there already."""

    sha256: str
    size: int
    type: str
    is_new: bool


class Upload:
    """A file in progress; gone at the end of the `with` unless it was kept."""

    def __init__(self, blobs: BlobStore, max_bytes: int) -> None:
        self._path = blobs.uploads / f"{secrets.token_hex(16)}.part"
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._size = 0
        try:
            self._file: BinaryIO = self._path.open("xb")
        except OSError as error:
            raise BlobError(f"media cannot be written: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Add bytes. Refusal 413 beyond the limit; BlobError when the disk is full."""
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise Refusal(413, "too_large", f"a medium has at most {self._max_bytes} bytes")
        self._hash.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            raise BlobError(f"media cannot be written: {error.strerror}") from None

    def finish(self, store: Store, digest: str, device_id: str) -> Kept:
        """Check digest and kind, make it durable, and only then note it. Refusal, BlobError."""
        found = self._hash.hexdigest()
        if found != digest:
            raise Refusal(422, "digest_mismatch", f"these bytes have the digest {found}")
        try:
            kind = sniff(self._path_on_disk())
        except NotMedium as error:
            raise Refusal(415, "not_a_medium", str(error)) from None
        _renew(store, digest)
        store.blobs.put(digest, self._path)
        is_new = _note(store, digest, self._size, kind, device_id)
        return Kept(digest, self._size, kind.type, is_new)

    def _path_on_disk(self) -> Path:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise BlobError(f"media cannot be written: {error.strerror}") from None
        return self._path


def find_medium(session: Session, digest: str) -> Blob:
    """Refusal 404 if it is not known."""
    found = session.get(Blob, digest)
    if found is None:
        raise Refusal(404, "not_found", "there is no such medium")
    return found


def _renew(store: Store, digest: str) -> None:
    """A medium that is sent again is young again, before its bytes are touched (`api.sweep`)."""
    with store.db.read() as session:
        if session.get(Blob, digest) is None:
            return
    with store.db.write() as session:
        renewed = update(Blob).where(Blob.sha256 == digest)
        session.execute(renewed.values(last_sent_at=store.clock()))


def _note(store: Store, digest: str, size: int, kind: Kind, device_id: str) -> bool:
    now = store.clock()
    row = Blob(
        sha256=digest,
        size=size,
        type=kind.type,
        codec=kind.codec,
        received_at=now,
        last_sent_at=now,
        device_id=device_id,
    )
    try:
        with store.db.write() as session:
            if session.get(Blob, digest) is not None:
                return False
            session.add(row)
    except IntegrityError:  # another process was first
        return False
    return True
