"""Media in S3, keys by digest. Nothing is trusted to the server: neither write-once nor the bytes.

Reads go through a cache of whole, verified files, so that Range works the same as from a folder.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from api.blobs import Verified, shrink
from api.errors import BlobError, BlobMissing
from api.settings import StoreSettings

if TYPE_CHECKING:
    from obstore.store import S3Config


class S3Blobs:
    """A bucket, and a cache folder of at most `cache_bytes`."""

    def __init__(self, settings: StoreSettings) -> None:
        where = urlsplit(settings.blobs_url)
        self._name = f"bucket {where.netloc}"
        secret = settings.s3_secret_key
        endpoint = settings.s3_endpoint
        config: S3Config = {
            "region": settings.s3_region,
            "virtual_hosted_style_request": endpoint is None,
        }
        if endpoint:
            config["endpoint"] = endpoint
        if secret is not None and settings.s3_access_key is not None:
            config["access_key_id"] = settings.s3_access_key
            config["secret_access_key"] = secret.get_secret_value()
        with self._errors("opened"):
            self._store = S3Store(
                where.netloc,
                prefix=where.path.strip("/") or None,
                config=config,
                client_options={
                    "allow_http": (endpoint or "").startswith("http:"),
                    "timeout": timedelta(seconds=60),
                    "connect_timeout": timedelta(seconds=5),
                },
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
            )
        self._cache = settings.folder / "cache"
        self._cache_bytes = settings.cache_bytes
        self.uploads = settings.folder / "uploads"
        self._verified = Verified()
        for folder in (self._cache, self.uploads):
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, digest: str, file: Path) -> None:
        """See BlobStore. What lies there already is checked, and replaced if it is damaged."""
        with self._errors("written"):
            if self._is_there_whole(digest, file.stat().st_size):
                file.unlink()
                return
            obstore.put(self._store, _key(digest), file)
        self._adopt(file, digest)

    def open(self, digest: str) -> Path:
        """See BlobStore."""
        path = self._cache / digest
        with suppress(BlobMissing):
            self._verified.check(path, digest)
            return path
        part = self._cache / f".{digest}.{secrets.token_hex(8)}"
        try:
            with self._errors("read"), part.open("wb") as out:
                for chunk in obstore.get(self._store, _key(digest)).stream():
                    out.write(chunk)
            self._verified.check(part, digest)
            self._adopt(part, digest)
        finally:
            part.unlink(missing_ok=True)
        self._verified.check(path, digest)
        return path

    def size(self, digest: str) -> int | None:
        """See BlobStore."""
        try:
            with self._errors("read"):
                return obstore.head(self._store, _key(digest))["size"]
        except BlobMissing:
            return None

    def remove(self, digest: str) -> None:
        """See BlobStore."""
        with suppress(BlobMissing), self._errors("removed"):
            obstore.delete(self._store, _key(digest))
        (self._cache / digest).unlink(missing_ok=True)

    def check(self) -> None:
        """See BlobStore."""
        with self._errors("written"):
            obstore.put(self._store, "probe", b"ok")

    def _is_there_whole(self, digest: str, size: int) -> bool:
        """Whether the bucket holds these bytes; a rewrite is safe where it does not."""
        try:
            if self.size(digest) != size:
                return False
            self.open(digest)
        except BlobError:
            return False
        return True

    def _adopt(self, file: Path, digest: str) -> None:
        os.replace(file, self._cache / digest)  # noqa: PTH105 - across folders of one disk
        shrink(self._cache, self._cache_bytes)

    @contextmanager
    def _errors(self, done: str) -> Iterator[None]:
        """Errors of the client become ours; their texts may hold URLs and stay inside."""
        try:
            yield
        except (FileNotFoundError, NotFoundError):
            raise BlobMissing(f"no such medium in {self._name}") from None
        except (BaseError, OSError) as error:
            raise BlobError(f"{self._name} cannot be {done}: {type(error).__name__}") from None


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"
