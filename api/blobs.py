"""Media by digest, written once: in a folder, or in S3 (`blobs_s3`).

A digest is checked at each first read of a file: storage is not trusted to keep bytes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from api.errors import BlobDamaged, BlobError, BlobMissing
from api.settings import StoreSettings

_CHUNK_BYTES = 1 << 20
_REMEMBERED = 4096


class BlobStore(Protocol):
    """Where media are kept. `uploads` is a folder for files in progress."""

    uploads: Path

    def put(self, digest: str, file: Path) -> None:
        """Keep a finished upload, whose digest was computed while it came; takes the file away.

        Durable when it returns. Raises BlobError.
        """

    def open(self, digest: str) -> Path:
        """A local file of exactly these bytes. Raises BlobMissing, BlobDamaged, BlobError."""

    def size(self, digest: str) -> int | None:
        """Size in bytes, or None if it is not kept. Raises BlobError."""

    def remove(self, digest: str) -> None:
        """Forget these bytes; nothing happens if they are not kept. Raises BlobError."""

    def check(self) -> None:
        """Raises BlobError unless media can be written now."""


def open_blobs(settings: StoreSettings) -> BlobStore:
    """The store of media that the settings name. Raises BlobError."""
    if settings.blobs_url.startswith("s3://"):
        from api.blobs_s3 import S3Blobs

        return S3Blobs(settings)
    return FolderBlobs(Path(settings.blobs_url.removeprefix("file://")))


class FolderBlobs:
    """Files named by their digest, in folders of its first two digits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.uploads = folder / "uploads"
        self._verified = Verified()
        with _as_blob_error(f"folder {folder}"):
            self.uploads.mkdir(parents=True, exist_ok=True)

    def put(self, digest: str, file: Path) -> None:
        """See BlobStore."""
        target = self._path(digest)
        with _as_blob_error("media"):
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                _sync_folder(self._folder)
            try:
                os.link(file, target)
            except FileExistsError:
                if sha256_of(target) != digest:
                    file.replace(target)
            _sync_folder(target.parent)
            file.unlink(missing_ok=True)

    def open(self, digest: str) -> Path:
        """See BlobStore."""
        path = self._path(digest)
        self._verified.check(path, digest)
        return path

    def size(self, digest: str) -> int | None:
        """See BlobStore."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, digest: str) -> None:
        """See BlobStore."""
        with _as_blob_error(f"medium {digest}"):
            self._path(digest).unlink(missing_ok=True)

    def check(self) -> None:
        """See BlobStore."""
        probe = self.uploads / f"probe.{secrets.token_hex(8)}"
        with _as_blob_error(f"folder {self._folder}"):
            probe.write_bytes(b"ok")
            probe.unlink()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


class Verified:
    """Remembers which files were hashed, by inode, times and size: Range reads stay cheap."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, int, int, int]] = OrderedDict()
        self._lock = Lock()

    def check(self, path: Path, digest: str) -> None:
        """Raises BlobMissing or BlobDamaged unless the file has these bytes."""
        try:
            state = path.stat()
            mark = (state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size)
            if self._known.get(digest) == mark:
                return
            found = sha256_of(path)
        except FileNotFoundError:
            raise BlobMissing(f"no medium {digest}") from None
        except OSError as error:
            raise BlobError(f"medium {digest} cannot be read: {error.strerror}") from None
        if found != digest:
            raise BlobDamaged(f"medium {digest} has the digest {found}")
        with self._lock:
            self._known[digest] = mark
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path, older_than_s: float) -> None:
    """Remove what crashed uploads left behind before that Unix time."""
    for file in folder.iterdir():
        with suppress(OSError):
            if file.stat().st_mtime < older_than_s:
                file.unlink()


def shrink(folder: Path, max_bytes: int) -> None:
    """Remove the oldest files that can be made again; the newest stays whatever its size."""
    files = [(f.stat(), f) for f in folder.iterdir() if not f.name.startswith(".")]
    total = sum(state.st_size for state, _ in files)
    for state, file in sorted(files, key=lambda pair: pair[0].st_mtime_ns)[:-1]:
        if total <= max_bytes:
            return
        file.unlink(missing_ok=True)
        total -= state.st_size


class _as_blob_error:
    """Turns an OSError into a BlobError that names `what`."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise BlobError(f"{self._what} cannot be written: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
