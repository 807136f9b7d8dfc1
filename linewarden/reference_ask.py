"""What `linewarden reference confirm` needs of the world: a file, an answer, the time."""

from __future__ import annotations

import sys
from pathlib import Path

from cameras.clock import SystemClock
from linewarden.drafts import instant
from linewarden.errors import CommandError
from linewarden.settings import EdgeSettings


def written(file: Path, png: bytes) -> Path:
    """The file with the picture in it. `CommandError` where it cannot be written."""
    try:
        file.write_bytes(png)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}", "give another --picture") from None
    return file


def asked(question: str) -> bool:
    """Whether a person says yes. `CommandError` where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CommandError(
            "nobody is there to say that the floor is free", "look at the picture, then add --yes"
        )
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "是")


def now_of(settings: EdgeSettings) -> str:
    """Now, as the box writes its times."""
    return instant(SystemClock().utc(), settings.tz)
