"""Media files on the box: each whole and named by its digest, or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from events.outbox.database import translated


class MediaFolder:
    """`media/<sha256>` for what is kept, `media/.new-*` for what is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the medium of this digest lies."""
        return self._folder / sha256

    def write(self, data: bytes) -> Path:
        """A durable file without its name yet; leaves nothing behind where that fails.

        Raises NoRoom.
        """
        path = self._folder / f".new-{secrets.token_hex(8)}"
        try:
            with (
                translated(path),
                os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f,
            ):
                f.write(data)
                f.flush()
                os.fsync(f.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def place(self, written: Path, sha256: str) -> None:
        """Give a written file its name, durably."""
        written.rename(self.path(sha256))
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def has(self, sha256: str, size: int) -> bool:
        """True if the file is there with this size."""
        try:
            return self.path(sha256).stat().st_size == size
        except OSError:
            return False

    def older_than(self, limit_s: float) -> Iterator[Path]:
        """Files, named or not, last written before `limit_s` (Unix seconds)."""
        for entry in os.scandir(self._folder):
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < limit_s:
                yield Path(entry.path)
