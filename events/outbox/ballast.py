"""A file that only takes up room, to be thrown off so that a full disk can note a delivery."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

BALLAST_BYTES = 256 * 1024


class Ballast:
    """Made when there is room; dropped, inside a transaction, when there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self) -> None:
        """Occupy the room if it is free; quietly not, otherwise."""
        with suppress(OSError):
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(handle).st_blocks * 512 < BALLAST_BYTES:
                    os.posix_fallocate(handle, 0, BALLAST_BYTES)
            except OSError:
                self.drop()
            finally:
                os.close(handle)

    def drop(self) -> None:
        """Give the room back."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
