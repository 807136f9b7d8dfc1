"""Days of ordinary life differ, and what was lived of them counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import staged
from benchmarks.staging.days import DAY_S, Lived, Season, keep, lived
from benchmarks.staging.take import Take

WHOLE = Lived("day-000", DAY_S, 10, 5, ())


def test_no_two_days_have_the_same_season() -> None:
    seasons = [Season.of(number) for number in range(30)]
    assert len({(one.rise_h, one.showers, one.gales) for one in seasons}) == 30
    assert all(one == Season.of(number) for number, one in enumerate(seasons))


def test_a_day_that_was_broken_off_counts_and_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def live(take: Take, *, hourly: Callable[[Lived], bool]) -> Lived:
        ran.append(take.name)
        so_far = replace(WHOLE, name=take.name, seconds=3600.0)
        assert hourly(so_far)
        assert [day.seconds for day in lived(tmp_path)] == [DAY_S, 3600.0]
        return replace(so_far, seconds=DAY_S)

    monkeypatch.setattr(staged, "live", live)
    keep(WHOLE, tmp_path)
    keep(replace(WHOLE, name="day-001", seconds=7200.0), tmp_path)
    staged.days(0, 2, tmp_path)
    assert ran == ["day-001"]


def test_the_rate_counts_hours_of_days_that_are_not_whole() -> None:
    opened = {"camera": "day-000", "rule": "PIPE-09", "kind": "opened", "level": "orange"}
    one = replace(WHOLE, seconds=DAY_S / 2, events=({**opened, "time_s": 60.0, "why": ""},))
    told = staged.rates([one])
    assert "0.50 camera-days" in told
    assert "any level     1 alarms, 2.000 a day, at most 9.488 (95 %)" in told
    assert "red           0 alarms, 0.000 a day, at most 5.991 (95 %)" in told
