"""The first rule family: an object of some class stays in a zone for some time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events.rules import words
from events.rules.family import Level, RuleError, Transition, checked_times
from events.rules.holding import Held, Why, hold
from events.rules.state import State
from vision.types import Track


@dataclass(frozen=True, slots=True)
class Dwell:
    """One of `classes` in zone `zone_id` for `after_s` seconds; over when empty for `clear_s`.

    Raises `RuleError` for no class, or times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level

    def __post_init__(self) -> None:
        if not self.classes:
            raise RuleError(f"rule {self.id}: no class", remedy="name at least one class")
        checked_times(self)

    def opened(self, first: Held, stayed_s: float) -> Why:
        """Why an incident opened."""
        zh, en = words.opened(first.label, self.zone_id, stayed_s, self.after_s)
        return zh, en, {"stayed_s": stayed_s, "after_s": self.after_s}

    def ended(self, label: str, quiet_s: float, lasted_s: float) -> Why:
        """Why an incident ended."""
        zh, en = words.ended(self.zone_id, quiet_s, self.clear_s, lasted_s, self.classes)
        return zh, en, {"quiet_s": quiet_s, "clear_s": self.clear_s, "lasted_s": lasted_s}


def step(
    rule: Dwell, state: State, seen: Sequence[Track], now: float
) -> tuple[State, tuple[Transition, ...]]:
    """Take one observation.

    `seen`: the tracks that were seen at `now` with their foot in the rule's zone, of any class.
    `now`: capture time in seconds. Time that does not advance is refused and counted.
    """
    held = [Held(t.id, t.label, now) for t in seen if t.seen_now and t.label in rule.classes]
    return hold(rule, state, held, now, rule)
