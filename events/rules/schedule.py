"""When a rule holds: windows of the week on the clock of the site, holidays apart.

Pure: the moment is given. Wall-clock time counts, so a night window lasts an hour less or more when
clocks change, an hour that is passed twice is inside both times, and one that is skipped never is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

DAY_MIN = 24 * 60
LOOK_AHEAD_MIN = 8 * DAY_MIN


@dataclass(frozen=True, slots=True)
class Calendar:
    """The clock of a site: its time zone, and the dates that are holidays there."""

    zone: tzinfo = UTC
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """From `begins_min` to `ends_min`, minutes after midnight, on `days` (0 is Monday).

    One that ends no later than it begins goes on over midnight and belongs to the day on which it
    began. `holidays`: only on them, never on them, or like any day (None). Raises ValueError for
    no day, no length, or minutes that no day has.
    """

    days: frozenset[int]
    begins_min: int
    ends_min: int
    holidays: Literal["only", "never"] | None = None

    def __post_init__(self) -> None:
        if not self.days <= frozenset(range(7)) or not self.days:
            raise ValueError(f"days are {sorted(self.days)}; 0 (Monday) to 6 are wanted")
        if not (0 <= self.begins_min < DAY_MIN and 0 <= self.ends_min <= DAY_MIN):
            raise ValueError(f"{self.begins_min} to {self.ends_min}; minutes of a day are wanted")
        if self.begins_min == self.ends_min:
            raise ValueError("it begins when it ends; for all day write 00:00 to 24:00")

    def holds(self, local: datetime, holidays: frozenset[date]) -> bool:
        """Whether a moment on the site's clock lies inside."""
        minute = local.hour * 60 + local.minute
        if self.begins_min < self.ends_min:
            return self.begins_min <= minute < self.ends_min and self._on(local.date(), holidays)
        if minute >= self.begins_min:
            return self._on(local.date(), holidays)
        return minute < self.ends_min and self._on(local.date() - timedelta(days=1), holidays)

    def _on(self, day: date, holidays: frozenset[date]) -> bool:
        if self.holidays is not None and (day in holidays) is (self.holidays == "never"):
            return False
        return day.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Schedule:
    """Windows on a calendar; without any it is always on."""

    windows: tuple[Window, ...] = ()
    calendar: Calendar = Calendar()

    def is_on(self, utc_s: float) -> bool:
        """Whether the rule holds at a moment, Unix seconds."""
        local = datetime.fromtimestamp(utc_s, UTC).astimezone(self.calendar.zone)
        return not self.windows or any(
            window.holds(local, self.calendar.holidays) for window in self.windows
        )

    def changes_at(self, utc_s: float) -> float | None:
        """The next full minute at which it turns on or off, Unix seconds; None within 8 days."""
        now, minute = self.is_on(utc_s), int(utc_s // 60)
        ahead: Iterable[int] = range(minute + 1, minute + LOOK_AHEAD_MIN)
        return next((60.0 * m for m in ahead if self.is_on(60.0 * m) != now), None)
