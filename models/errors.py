"""What can go wrong with a shipped model."""

from __future__ import annotations

from pathlib import Path


class ManifestError(Exception):
    """A manifest or its model file that must not be used: file, field, found, allowed."""

    def __init__(self, file: Path, field: str, found: str, allowed: str) -> None:
        super().__init__(f"{file}: {field} is {found}; {allowed}")
        self.file, self.field = file, field
        self.remedy = allowed
