from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from events.rules import (
    Obstruction,
    ObstructionState,
    RuleError,
    Transition,
    step_obstruction,
    whole,
)
from vision import ClearWidth, Floor, Region

RULE = Obstruction("r", 1, "door", (), after_s=10, clear_s=6, level="orange")
FREE = Floor()
HIDDEN = Floor(hidden=True)


def thing(age_s: float, kind: Literal["object", "shadow-like"] = "object") -> Floor:
    return Floor((Region(((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)), kind, 0.2, age_s),))


def play(
    scene: Callable[[float], Floor | None], until_s: float, rule: Obstruction = RULE
) -> list[Transition]:
    state, said = ObstructionState(), []
    for i in range(int(until_s * 2)):
        state, news = step_obstruction(rule, state, scene(i / 2), i / 2)
        said += news
    return said


def kinds(said: list[Transition]) -> list[tuple[str, float]]:
    return [(s.kind, s.at_s) for s in said]


def test_goods_put_back_within_five_seconds_go_on_with_their_clock() -> None:
    def scene(t: float) -> Floor:
        return FREE if t < 2 or 6 <= t < 10 else thing(t - (2 if t < 6 else 10))

    (opened,) = play(scene, 22)
    assert opened.at_s == pytest.approx(17.5, abs=0.6)  # three quarters of 10 s as they stand now


def test_goods_put_back_within_five_seconds_make_no_second_event() -> None:
    said = play(lambda t: FREE if t < 2 or 20 <= t < 24.5 else thing(t - 2), 60)
    assert [s.kind for s in said] == ["opened"]


def test_goods_put_back_after_a_minute_start_a_new_clock() -> None:
    said = play(lambda t: FREE if t < 2 or 20 <= t < 80 else thing(t - (2 if t < 20 else 80)), 100)
    assert kinds(said) == [("opened", 12), ("ended", 26), ("opened", 90)]


def test_a_forklift_that_parks_for_less_than_the_time_opens_nothing() -> None:
    assert play(lambda t: thing(t - 2) if 2 <= t < 11 else FREE, 60) == []


def test_what_passers_by_hide_waits_and_is_not_forgotten() -> None:
    def scene(t: float) -> Floor:
        if t < 2:
            return FREE
        shown = thing(min(t - 2, 5) if t < 12 else t - 7)
        return Floor(shown.regions, hidden=7 <= t < 12)

    (opened,) = play(scene, 40)
    assert opened.at_s == pytest.approx(17, abs=0.6)


def test_something_that_keeps_changing_its_look_is_not_goods() -> None:
    assert play(lambda t: thing(t % 6), 60) == []


def test_hidden_floor_neither_opens_nor_ends_anything() -> None:
    said = play(lambda t: thing(t) if t < 15 else HIDDEN, 300)
    assert kinds(said) == [("opened", 10)]


def test_what_appears_after_a_hidden_look_was_not_there_before_it() -> None:
    looks = {0.0: HIDDEN, 5.0: thing(0), 10.0: thing(0), 15.0: thing(0)}
    state, said = ObstructionState(), []
    for now, floor in looks.items():
        state, news = step_obstruction(RULE, state, floor, now)
        said += news
    assert kinds(said) == [("opened", 15)]


def test_what_may_be_a_shadow_opens_late_and_blue() -> None:
    (opened,) = play(lambda t: thing(t, "shadow-like"), 200)
    assert (opened.level, opened.at_s) == ("blue", pytest.approx(120, abs=1))
    assert "doubt" in opened.why_en


def test_a_doubt_that_proves_a_thing_is_raised_to_the_level_of_the_rule() -> None:
    said = play(lambda t: thing(t, "shadow-like") if t < 150 else thing(t - 150), 200)
    assert [(s.kind, s.level) for s in said] == [("opened", "blue"), ("raised", "orange")]


def test_what_looked_like_a_shadow_for_long_is_no_thing_for_some_looks_that_say_so() -> None:
    def scene(t: float, stretch_s: float) -> Floor:
        return thing(t, "object" if 30 <= t < 30 + stretch_s else "shadow-like")

    assert play(lambda t: scene(t, 4), 60) == []
    assert [s.level for s in play(lambda t: scene(t, 8), 60)] == ["orange"]


def test_a_thing_of_the_reference_that_is_gone_blocks_nothing() -> None:
    gone = Floor((Region(((0, 0), (1, 0), (1, 1)), "removed", 0.3, 9.0),))
    assert play(lambda _: gone, 300) == []


@pytest.mark.parametrize(("left_m", "opens"), [(1.0, True), (1.38, False), (1.6, False)])
def test_a_width_limit_needs_to_be_passed_for_sure(left_m: float, opens: bool) -> None:
    rule = Obstruction("r", 1, "door", (), 10, 6, "orange", width_m=1.4)

    def scene(t: float) -> Floor:
        return Floor(thing(t).regions, width=ClearWidth(left_m, 0.05))

    assert bool(play(scene, 30, rule)) is opens


def test_the_sentence_says_what_is_left_to_pass_and_the_limit() -> None:
    rule = Obstruction("r", 1, "door", (), 10, 6, "orange", width_m=1.4)
    (opened,) = play(lambda t: Floor(thing(t).regions, width=ClearWidth(0.81, 0.06)), 15, rule)
    assert "clear width left 0.81 +- 0.06 m, limit 1.4 m" in opened.why_en
    assert "0.81 ± 0.06 米" in opened.why_zh
    assert opened.numbers["width_m"] == 0.81


def test_slow_filling_opens_when_the_width_falls_below_the_limit() -> None:
    rule = Obstruction("r", 1, "door", (), 10, 6, "orange", width_m=1.4)

    def scene(t: float) -> Floor:
        return Floor(thing(t).regions, width=ClearWidth(2.4 - 0.05 * t, 0.05))

    (opened,) = play(scene, 60, rule)
    assert opened.at_s == pytest.approx(21, abs=1.5)  # standing long since; 1.4 m for sure at 21 s


def test_a_small_heap_is_left_alone_and_a_large_one_is_not() -> None:
    rule = Obstruction("r", 1, "strip", (), 10, 6, "orange", subject="strip", area_m2=2.0)
    heap = {
        m2: play(lambda t, m2=m2: Floor(thing(t).regions, covered_m2=m2), 20, rule)
        for m2 in (1.0, 3.0)
    }  # type: ignore[misc] # a default binds the loop's value
    assert (bool(heap[1.0]), bool(heap[3.0])) == (False, True)


@pytest.mark.parametrize("wrong", [{"after_s": 0.0}, {"width_m": 0.0}, {"area_m2": -1.0}])
def test_times_and_limits_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RuleError, match="more than 0"):
        Obstruction(
            **{
                "id": "r",
                "version": 1,
                "zone_id": "z",
                "classes": (),
                "after_s": 1.0,
                "clear_s": 1.0,
                "level": "red",
                **wrong,
            }
        )  # type: ignore[arg-type] # one wrong value at a time


def test_an_event_says_that_nobody_has_confirmed_the_floor_and_what_is_doubted() -> None:
    def shown(t: float) -> Floor:
        return replace(thing(t), unconfirmed=1.0, doubts=("island", "late"))

    (opened,) = play(shown, 15)
    assert "not confirmed by anybody" in opened.why_en
    assert "a part stands out" in opened.why_en
    assert "尚未经人确认" in opened.why_zh
    assert whole(opened.numbers)["reference_unconfirmed_permille"] == 1000
    assert whole(opened.numbers)["reference_doubts_count"] == 2


def test_an_event_of_a_confirmed_floor_says_nothing_of_its_reference() -> None:
    (opened,) = play(thing, 15)
    assert "reference" not in opened.why_en
    assert whole(opened.numbers)["reference_unconfirmed_permille"] == 0
