"""Schedules on the clock of a site: weekdays, holidays, midnight, and the hour that comes twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules.schedule import Calendar, Schedule, Window

NANJING = Calendar(ZoneInfo("Asia/Shanghai"), frozenset({date(2026, 10, 1)}))
BERLIN = Calendar(ZoneInfo("Europe/Berlin"))
WEEK = frozenset(range(5))
ALL = frozenset(range(7))


def at(text: str, calendar: Calendar = NANJING) -> float:
    """Unix seconds of a moment on the site's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone).timestamp()


def test_without_windows_a_rule_always_holds() -> None:
    assert Schedule().is_on(0.0)


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-11-27T07:00", True),
        ("2026-11-27T06:59", False),
        ("2026-11-27T19:00", False),
        ("2026-11-28T12:00", False),
        ("2026-10-01T12:00", False),
    ],
)
def test_working_hours_are_weekdays_but_holidays(moment: str, on: bool) -> None:
    hours = Schedule((Window(WEEK, 7 * 60, 19 * 60, "never"),), NANJING)
    assert hours.is_on(at(moment)) is on


def test_a_window_may_hold_on_holidays_only() -> None:
    holidays = Schedule((Window(ALL, 0, 24 * 60, "only"),), NANJING)
    assert holidays.is_on(at("2026-10-01T12:00"))
    assert not holidays.is_on(at("2026-10-02T12:00"))


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-11-27T22:30", True),  # Friday night
        ("2026-11-28T05:59", True),  # goes on over midnight
        ("2026-11-28T06:00", False),
        ("2026-11-28T22:30", False),  # Saturday night is none
        ("2026-11-30T05:00", False),  # nor is Monday's morning, which would be Sunday's night
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(moment: str, on: bool) -> None:
    nights = Schedule((Window(WEEK, 22 * 60, 6 * 60),), NANJING)
    assert nights.is_on(at(moment)) is on


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)],
)
def test_a_night_is_an_hour_shorter_or_longer_when_clocks_change(evening: str, hours: int) -> None:
    nights = Schedule((Window(ALL, 22 * 60, 6 * 60),), BERLIN)
    begins = at(f"{evening}T22:00", BERLIN)
    assert nights.changes_at(begins) == begins + hours * 3600


def test_an_hour_that_comes_twice_is_inside_both_times() -> None:
    window = Schedule((Window(ALL, 2 * 60, 3 * 60),), BERLIN)
    first = at("2026-10-25T02:30", BERLIN)
    assert window.is_on(first)
    assert window.is_on(first + 3600)
    assert not window.is_on(first + 7200)


def test_an_hour_that_is_skipped_never_comes() -> None:
    window = Schedule((Window(ALL, 2 * 60, 3 * 60),), BERLIN)
    midnight = at("2026-03-29T00:00", BERLIN)
    assert not any(window.is_on(midnight + 60 * i) for i in range(24 * 60))


@pytest.mark.parametrize(
    ("days", "begins", "ends"),
    [(frozenset(), 0, 60), (frozenset({7}), 0, 60), (ALL, 60, 60), (ALL, -1, 60), (ALL, 0, 1441)],
)
def test_a_window_that_is_none_is_refused(days: frozenset[int], begins: int, ends: int) -> None:
    with pytest.raises(ValueError):
        Window(days, begins, ends)


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    begins=st.integers(0, 1439),
    ends=st.integers(0, 1440),
)
def test_a_day_and_the_rest_of_it_cover_all_time(moment: datetime, begins: int, ends: int) -> None:
    if begins in (ends, ends % 1440):
        return
    utc_s = moment.replace(tzinfo=ZoneInfo("UTC")).timestamp()
    one = Schedule((Window(ALL, begins, ends),), BERLIN).is_on(utc_s)
    rest = Schedule((Window(ALL, ends % 1440, begins or 1440),), BERLIN).is_on(utc_s)
    assert one is not rest


def test_the_next_change_is_found_over_a_weekend() -> None:
    hours = Schedule((Window(WEEK, 7 * 60, 19 * 60),), NANJING)
    friday = at("2026-11-27T20:00")
    assert hours.changes_at(friday) == at("2026-11-30T07:00")
    assert Schedule((), NANJING).changes_at(friday) is None
    assert timedelta(seconds=at("2026-11-30T07:00") - friday) == timedelta(hours=59)
