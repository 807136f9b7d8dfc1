"""Secrets from where they may stand: the environment, or a file that only its owner reads."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_secret(variable: str | None, file: Path | None) -> str | None:
    """The secret, or None where neither is named; ValueError says what is missing."""
    if variable is not None:
        if not os.environ.get(variable):
            raise ValueError(f"the environment variable {variable} is not set; set it")
        return os.environ[variable]
    return None if file is None else _from_file(file)


def _from_file(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise ValueError(f"{file} can be read by others; chmod 600 {file}")
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}; check the path") from None
    if not text:
        raise ValueError(f"{file} is empty; put the secret into it")
    return text


def write_private(file: Path, data: bytes) -> None:
    """Write a new file that only its owner may read; it exists whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
