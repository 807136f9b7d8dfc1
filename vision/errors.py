"""What can go wrong in this room.

VisionError
├── ModelError   a model file that cannot be used
└── ZoneError    a polygon that is no zone
"""

from __future__ import annotations


class VisionError(Exception):
    """Root of this room's errors: one line that says what is wrong, and `remedy`, what to do."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class ModelError(VisionError):
    """Raised when a model file is missing, unreadable, or does not fit its classes or its size."""


class ZoneError(VisionError):
    """Raised when a polygon has too few points, crosses itself or leaves its frame."""
