"""The clock of the box: steps are noticed, quality is asked."""

from __future__ import annotations

from cameras.clock import StepWatch, SystemClock, clock_quality
from tests.cameras.fakes import JumpingClock


def test_a_wall_clock_that_is_set_is_noticed_once_with_its_sign() -> None:
    clock = JumpingClock()
    watch = StepWatch(clock)
    clock.now_s += 100
    assert watch.look() is None
    clock.utc_ahead_s -= 3600
    step = watch.look()
    assert step is not None
    assert step.by_s == -3600
    assert watch.look() is None


def test_slow_correction_is_no_step() -> None:
    clock = JumpingClock()
    watch = StepWatch(clock)
    for _ in range(100):
        clock.now_s += 1
        clock.utc_ahead_s += 0.5
        assert watch.look() is None


def test_clock_quality_says_ntp_only_when_it_knows_an_error() -> None:
    quality = clock_quality()
    assert (quality.source == "ntp") == quality.synced
    assert (quality.error_ms is not None) == quality.synced


def test_the_system_clock_runs_forward() -> None:
    clock = SystemClock()
    before_s = clock.monotonic()
    assert clock.monotonic() >= before_s
    assert clock.utc() > 1.7e9
