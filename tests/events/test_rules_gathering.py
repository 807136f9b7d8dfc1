from __future__ import annotations

from collections.abc import Iterable

import pytest

from events.rules import Crowd, CrowdStep, Gathering, GatheringState, RuleError, Transition
from events.rules import step_gathering as step

STEPS = (CrowdStep("blue", 10), CrowdStep("yellow", 30), CrowdStep("orange", 100, 2.0))
RULE = Gathering("people", 1, "square", ("person",), after_s=120, clear_s=60, steps=STEPS)


def crowd(standing: float, density: float | None = None, *, stream: bool = False) -> Crowd:
    return Crowd(standing, standing, standing, standing, density, stream)


def play(minutes: Iterable[Crowd]) -> list[Transition]:
    """One look a second, each crowd for a minute."""
    state, said, now = GatheringState(), [], 0.0
    for seen in minutes:
        for _ in range(60):
            state, news = step(RULE, state, seen, now)
            said += news
            now += 1
    return said


def test_many_who_pass_and_do_not_stand_are_no_gathering() -> None:
    passing = Crowd(standing=2, count=40, low=35, high=50, density_per_m2=2.5, is_stream=True)
    assert play([passing] * 10) == []


def test_ten_who_stand_for_two_minutes_are_blue_and_said_once() -> None:
    (opened,) = play([crowd(11)] * 20)
    assert (opened.level, opened.at_s) == ("blue", 120)


def test_a_gathering_that_grows_is_raised_once_for_each_level() -> None:
    said = play([crowd(12)] * 4 + [crowd(35)] * 10)
    assert [(s.kind, s.level) for s in said] == [("opened", "blue"), ("raised", "yellow")]


def test_a_dense_crowd_is_grave_however_few_it_has() -> None:
    (opened,) = play([crowd(8, density=2.4)] * 5)
    assert opened.level == "orange"


def test_numbers_that_swing_about_the_limit_open_and_end_nothing_twice() -> None:
    assert [s.kind for s in play([crowd(10), crowd(9)] * 20)] == ["opened"]


@pytest.mark.parametrize(
    "steps",
    [(), (CrowdStep("blue", 0),), (CrowdStep("yellow", 30), CrowdStep("blue", 40))],
    ids=["none", "nobody", "falling"],
)
def test_levels_that_do_not_rise_are_refused(steps: tuple[CrowdStep, ...]) -> None:
    with pytest.raises(RuleError, match="rule people: levels are"):
        Gathering("people", 1, "square", ("person",), 120, 60, steps)
