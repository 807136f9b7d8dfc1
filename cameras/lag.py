"""How far the analysis is behind the newest packet, and when it must leave something out."""

from __future__ import annotations

from collections.abc import Callable

_HOPELESS_S = 5.0


class Lag:
    """Decides what comes too late to be looked at: leaving out bounds memory, waiting does not.

    A frame may be `behind_s` older than the newest packet, whose capture time `newest_s` gives:
    what the network or the encoder takes is not made good by leaving frames out. When one looks
    back, more is allowed as long as it catches up, half a second in each second.
    """

    def __init__(self, behind_s: float, newest_s: Callable[[], float]) -> None:
        self._behind_s, self._newest_s = behind_s, newest_s
        self._credit_s = 0.0
        self._credit_from_s = 0.0

    def looks_back(self, mono_s: float) -> None:
        """One goes back to `mono_s`: what is that old is welcome."""
        self._credit_from_s = self._newest_s()
        self._credit_s = max(0.0, self._credit_from_s - mono_s)

    def too_late(self, mono_s: float) -> bool:
        """Whether a frame of that instant is not worth a look any more."""
        return self._newest_s() - mono_s > self._allowed_s()

    def is_hopeless(self, mono_s: float) -> bool:
        """Whether not even leaving frames out helps: packets come faster than they are decoded."""
        return self._newest_s() - mono_s > self._allowed_s() + _HOPELESS_S

    def _allowed_s(self) -> float:
        spent_s = (self._newest_s() - self._credit_from_s) / 2
        return self._behind_s + max(0.0, self._credit_s - spent_s)
