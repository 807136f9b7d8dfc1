"""What every rule family has in common: the face of its rules and states, and what they say.

A family is a frozen rule, a state that survives as JSON, and a pure
`step(rule, state, observation, now) -> (state, transitions)`; the observation is the family's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, Protocol, Self

Level = Literal["red", "orange", "yellow", "blue"]
Kind = Literal["opened", "raised", "lowered", "ended"]
LEVELS: tuple[Level, ...] = ("blue", "yellow", "orange", "red")
"""From the least to the most grave."""

ROUNDING_S = 1e-6
"""Sums of frame gaps may miss a time by so much and have reached it all the same."""

WHOLE_UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "s": ("ms", 1000),
        "m": ("mm", 1000),
        "m2": ("cm2", 10_000),
        "mps": ("mm_per_s", 1000),
        "px": ("px", 1),
        "share": ("permille", 1000),
        "per_m2": ("per_1000m2", 1000),
        "count": ("count", 1),
        "deg": ("mdeg", 1000),
    }
)
"""The unit at the end of a number's name, the unit of its whole number, and the factor."""


class RuleError(Exception):
    """A rule that cannot be used: which, what is wrong, and `remedy`, what would do."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Transition:
    """A step of an incident at capture time `at_s`, with the reason in words and numbers.

    `track_id` and `label` are of the object that opened the incident; without one, 0 and what the
    rule calls it. `numbers` says the same as the sentences: each name ends in its unit, one of
    `WHOLE_UNITS` (`stayed_s`, `width_m`, `probability_share`). Raises ValueError for another.
    """

    kind: Kind
    at_s: float
    level: Level
    why_zh: str
    why_en: str
    track_id: int
    label: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole(self.numbers)


def whole(numbers: Mapping[str, float]) -> dict[str, int]:
    """The numbers as the record takes them: integers, the unit in the name, finite.

    `{"width_m": 0.81}` becomes `{"width_mm": 810}`. Raises ValueError for a name without a unit,
    a number that is not finite or two names that become one.
    """
    plain: dict[str, int] = {}
    for name, value in numbers.items():
        stem, unit = _split(name)
        whole_unit, factor = WHOLE_UNITS[unit]
        key = f"{stem}_{whole_unit}"
        if not isfinite(value) or key in plain:
            raise ValueError(f"number {name} is {value}, or given twice; finite and once is wanted")
        plain[key] = round(value * factor)
    return plain


def _split(name: str) -> tuple[str, str]:
    for unit in sorted(WHOLE_UNITS, key=len, reverse=True):
        if name.endswith(f"_{unit}"):
            return name.removesuffix(f"_{unit}"), unit
    raise ValueError(f"number {name!r} has no unit; it ends in one of {', '.join(WHOLE_UNITS)}")


class Rule(Protocol):
    """What every rule says of itself. `classes` may be empty: the family watches no class."""

    @property
    def id(self) -> str:
        """Its name, unique on its camera."""

    @property
    def version(self) -> int:
        """Counted up by whoever changes it."""

    @property
    def zone_id(self) -> str:
        """Where it holds."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that it watches."""

    @property
    def after_s(self) -> float:
        """How long its condition must hold before an incident opens."""

    @property
    def clear_s(self) -> float:
        """How long the condition must be gone before the incident ends."""

    @property
    def level(self) -> Level:
        """The level at which an incident opens."""


class RuleState(Protocol):
    """What a rule remembers between two observations."""

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs, so that every frame is worth a look."""

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries."""

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The state that `to_json` gave. An error where it is something else."""

    @classmethod
    def resumed(
        cls, opened_s: float, now: float, *, track_id: int = 0, label: str, level: Level
    ) -> Self:
        """The state of a process that starts anew while an incident is open at `level`.

        `opened_s` in seconds on the *new* process's clock, where it may be negative.
        """


def checked_times(rule: Rule) -> None:
    """Raise `RuleError` for times that are not above 0."""
    for name, value in (("after", rule.after_s), ("clear", rule.clear_s)):
        if not (isfinite(value) and value > 0):
            raise RuleError(
                f"rule {rule.id}: {name} is {value:g} s, expected more than 0",
                remedy="write a duration with its unit, such as 8s",
            )
