"""How far behind the camera the analysis is, and when it must leave something out."""

from __future__ import annotations

from collections.abc import Callable

_HOPELESS_S = 5.0


class Lag:
    """Decides what is too old to be looked at. Memory is bounded by leaving out, never by waiting.

    A frame may be `oldest_s` old. When one looks back, what comes out is older at first: that is
    allowed as long as it catches up, half a second in each second. `now` is the monotone clock.
    """

    def __init__(self, oldest_s: float, now: Callable[[], float]) -> None:
        self._oldest_s, self._now = oldest_s, now
        self._credit_s = 0.0
        self._credit_from_s = 0.0
        self.age_s = 0.0

    def looks_back(self, mono_s: float) -> None:
        """One goes back to `mono_s`: what is that old is welcome."""
        self._credit_from_s = self._now()
        self._credit_s = max(0.0, self._credit_from_s - mono_s)

    def too_late(self, mono_s: float) -> bool:
        """Whether a frame of that instant is not worth a look any more."""
        return self._now() - mono_s > self._allowed_s()

    def is_hopeless(self, mono_s: float) -> bool:
        """Whether not even leaving frames out helps: packets come faster than they are decoded."""
        return self._now() - mono_s > self._allowed_s() + _HOPELESS_S

    def handed_out(self, mono_s: float) -> None:
        """A frame of that instant goes to be analysed."""
        self.age_s = self._now() - mono_s

    def _allowed_s(self) -> float:
        spent_s = (self._now() - self._credit_from_s) / 2
        return self._oldest_s + max(0.0, self._credit_s - spent_s)
