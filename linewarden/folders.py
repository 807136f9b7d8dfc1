"""Folders that a command will write to: made, or refused in one line before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

from linewarden.errors import CommandError


def made(folder: Path, remedy: str, *, mode: int = 0o777) -> Path:
    """The folder, which is there and can be written to. `CommandError` with `remedy` if not."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "no folder"
        raise CommandError(f"{folder}: cannot be made ({reason})", remedy) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandError(f"{folder}: cannot be written to", remedy)
    return folder
