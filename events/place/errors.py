"""What can be wrong with a network file."""

from __future__ import annotations


class PlaceError(Exception):
    """A network that cannot be used: where in it, what was found, what would do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy
