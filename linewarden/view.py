"""A view that somebody accepts: told to a running camera process by a file in the spool.

A camera that was turned a little, or a scene that was built over, looks *moved* for ever; whether
its zones still fit only a person can say.
"""

from __future__ import annotations

from pathlib import Path

from linewarden.errors import CommandError


def accept(spool: Path, camera_id: str) -> None:
    """Ask the camera's process to learn its view anew. `CommandError` where no edge has run."""
    try:
        _file(spool, camera_id).touch(mode=0o600)
    except OSError as error:
        raise CommandError(
            f"{spool}: {error.strerror}", "run it with the settings and account of the edge"
        ) from None


def is_accepted(spool: Path, camera_id: str) -> bool:
    """Whether somebody has asked since this was asked last."""
    try:
        _file(spool, camera_id).unlink()
    except OSError:
        return False
    return True


def _file(spool: Path, camera_id: str) -> Path:
    return spool / f"accept-view-{camera_id}"
