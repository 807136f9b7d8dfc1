"""What was refused for lack of room, kept where a full disk can still take it.

The file has a fixed size and is overwritten in place, so counting a refusal needs no free block.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

_SIZE_BYTES = 256


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the outbox was made; `reason` is None while things are taken."""

    refused: int = 0
    media_refused: int = 0
    reason: str | None = None


class Pressure:
    """The counters, shared by all processes of the box."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unwritten = Counts()
        self._turn = threading.Lock()
        with self._locked() as handle:
            if os.fstat(handle).st_size < _SIZE_BYTES:
                _write(handle, Counts())

    def read(self) -> Counts:
        """The counters as all processes see them, and what this one could not write."""
        try:
            with self._locked() as handle:
                return _plus(_read(handle), self._unwritten)
        except OSError:
            return self._unwritten

    def refused(self, reason: str, *, events: int = 0, media: int = 0) -> None:
        """Count a refusal. Never raises: what cannot be written is kept until it can."""
        with self._turn:
            self._unwritten = _plus(self._unwritten, Counts(events, media, reason))
            self._flush()

    def relieved(self) -> None:
        """Something was taken again."""
        with self._turn:
            self._unwritten = replace(self._unwritten, reason=None)
            self._flush(clear=True)

    def _flush(self, *, clear: bool = False) -> None:
        try:
            with self._locked() as handle:
                total = _plus(_read(handle), self._unwritten)
                _write(handle, replace(total, reason=None) if clear else total)
        except OSError:
            return
        self._unwritten = Counts()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)


def _plus(a: Counts, b: Counts) -> Counts:
    return Counts(a.refused + b.refused, a.media_refused + b.media_refused, b.reason or a.reason)


def _read(handle: int) -> Counts:
    try:
        found = json.loads(os.pread(handle, _SIZE_BYTES, 0))
        return Counts(int(found["refused"]), int(found["media_refused"]), found["reason"])
    except (ValueError, KeyError, TypeError):
        return Counts()


def _write(handle: int, counts: Counts) -> None:
    text = json.dumps(
        {
            "refused": counts.refused,
            "media_refused": counts.media_refused,
            "reason": counts.reason,
        }
    )
    os.pwrite(handle, text.encode("ascii").ljust(_SIZE_BYTES), 0)
    os.fsync(handle)
