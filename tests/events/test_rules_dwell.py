from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules import Dwell, RuleError, State, Transition, step
from events.rules.state import BLIND_S
from vision import Track

RULE = Dwell("r", 1, "band5", ("excavator", "machine"), after_s=8, clear_s=20, level="red")
Look = tuple[float, Sequence[Track]]


def track(number: int = 1, label: str = "excavator") -> Track:
    return Track(number, label, 0.9, (0, 0, 10, 10), 0, 0, seen_now=True)


def play(rule: Dwell, looks: Iterable[Look], state: State | None = None) -> list[Transition]:
    said: list[Transition] = []
    state = state or State()
    for now, seen in looks:
        state, more = step(rule, state, seen, now)
        said += more
    return said


def stays(
    from_s: float, to_s: float, *, fps: float = 5, until_s: float | None = None, number: int = 1
) -> list[Look]:
    """Looks from 0 s on, an object in the zone from `from_s` up to `to_s`."""
    end_s = to_s + 30 if until_s is None else until_s
    times = (i / fps for i in range(int(end_s * fps) + 1))
    return [(t, [track(number)] if from_s <= t < to_s else []) for t in times]


def test_a_lorry_that_passes_in_six_seconds_opens_nothing() -> None:
    assert play(RULE, stays(2, 8)) == []


@pytest.mark.parametrize("fps", [2, 5, 12.5, 25])
def test_a_digger_that_stays_opens_once_and_ends_at_any_frame_rate(fps: float) -> None:
    opened, ended = play(RULE, stays(2, 40, fps=fps))
    assert (opened.kind, ended.kind) == ("opened", "ended")
    assert opened.at_s == pytest.approx(10, abs=1 / fps)
    assert ended.at_s == pytest.approx(60, abs=2 / fps)


@given(
    fps=st.floats(2, 25),
    share=st.floats(0, 0.4),
    seed=st.integers(0, 2**20),
    after_s=st.floats(2, 30),
)
def test_lost_frames_move_the_moment_by_less_than_a_second_and_never_fire_twice(
    fps: float, share: float, seed: int, after_s: float
) -> None:
    chance = random.Random(seed)
    rule = Dwell("r", 1, "z", ("excavator",), after_s=after_s, clear_s=10, level="red")
    looks: list[Look] = []
    kept_s = 0.0
    for look in stays(0, after_s + 20, fps=fps, until_s=after_s + 40):
        # Not more than half a second is lost in one piece; at 2 fps no two in a row.
        if look[0] - kept_s + 1 / fps < 1.0 and look[0] > 0 and chance.random() < share:
            continue
        kept_s = look[0]
        looks.append(look)
    said = play(rule, looks)
    assert [s.kind for s in said] == ["opened", "ended"]
    assert -1e-6 <= said[0].at_s - after_s <= 1


@given(seed=st.integers(0, 2**20), share=st.floats(0, 0.4))
def test_a_detector_that_blinks_at_five_frames_a_second_fires_within_a_second(
    seed: int, share: float
) -> None:
    chance = random.Random(seed)
    looks: list[Look] = []
    missed = 0
    for t, seen in stays(0, 20, until_s=20):
        missed = missed + 1 if seen and t > 0 and missed < 4 and chance.random() < share else 0
        looks.append((t, [] if missed else seen))
    (opened,) = play(RULE, looks)
    assert 8 <= opened.at_s <= 9


looks_at_random = st.lists(
    st.tuples(
        st.floats(-3, 12),
        st.lists(
            st.builds(track, st.integers(1, 4), st.sampled_from(["excavator", "person"])),
            max_size=3,
        ),
    ),
    max_size=80,
)


@given(steps=looks_at_random)
def test_no_transition_is_without_cause_and_time_never_runs_backwards(
    steps: list[tuple[float, list[Track]]],
) -> None:
    state, now, newest = State(), 0.0, -inf
    was_open, inside_since, refused = False, inf, 0
    for dt, seen in steps:
        now += dt
        before = state
        state, said = step(RULE, state, seen, now)
        if now <= newest:
            refused += 1
            assert said == ()
            assert state.refused == refused
            assert (state.now_s, state.clocks) == (before.now_s, before.clocks)
            continue
        newest = now
        there = any(t.label == "excavator" for t in seen)
        inside_since = min(inside_since, now) if there else inside_since
        assert len(said) <= 1
        for transition in said:
            assert transition.at_s == now
            if transition.kind == "opened":
                assert not was_open
                assert there
                assert now - inside_since >= RULE.after_s - 1e-6
            else:
                assert transition.kind == "ended"
                assert was_open
                assert not there
                inside_since = inf
            was_open = not was_open
        assert state.is_open is was_open


def test_a_stream_of_passing_lorries_never_adds_up_to_one_that_stays() -> None:
    looks = [(i / 5, [track(number=1 + i // 20)]) for i in range(5 * 120)]
    assert play(RULE, looks) == []


def test_two_that_follow_each_other_make_one_incident() -> None:
    looks = [(i / 5, [track(1)] if i < 100 else [track(2)]) for i in range(400)]
    assert [s.kind for s in play(RULE, looks)] == ["opened"]


def test_a_short_absence_keeps_the_clock_and_a_longer_one_resets_it() -> None:
    for away_s, opens_s in ((1.4, 8), (3.0, 8), (5.0, 17)):
        looks = [(t, [] if 4 <= t < 4 + away_s else seen) for t, seen in stays(0, 30)]
        assert play(RULE, looks)[0].at_s == pytest.approx(opens_s, abs=0.3)


def test_a_rule_that_clears_fast_forgives_no_longer_absence_than_that() -> None:
    rule = Dwell("r", 1, "z", ("excavator",), after_s=2, clear_s=0.4, level="red")
    looks = [(t, [] if 1 <= t < 1.8 else seen) for t, seen in stays(0, 30)]
    assert play(rule, looks)[0].at_s == pytest.approx(3.8, abs=0.3)


def test_a_foot_that_only_brushes_the_zone_does_not_stay_in_it() -> None:
    looks = [(i / 10, [track()] if i % 10 < 3 else []) for i in range(600)]
    assert play(RULE, looks) == []


def test_an_excavator_hidden_for_fifteen_seconds_is_one_incident() -> None:
    looks = [(t, [] if 20 <= t < 35 else seen) for t, seen in stays(0, 60)]
    assert [s.kind for s in play(RULE, looks)] == ["opened", "ended"]


def test_classes_that_the_rule_does_not_name_are_nothing_to_it() -> None:
    assert play(RULE, [(i / 5, [track(label="person")]) for i in range(200)]) == []


def test_what_is_only_remembered_is_not_in_the_zone() -> None:
    ghost = Track(1, "excavator", 0.9, (0, 0, 10, 10), 0, 0, seen_now=False)
    assert play(RULE, [(i / 5, [ghost]) for i in range(200)]) == []


def test_while_nobody_looks_no_clock_runs() -> None:
    looks = [(0.0, [track()]), (1.0, [track()]), (3600.0, [track()]), (3601.0, [track()])]
    assert play(RULE, looks) == []
    looks += [(3602.0, [track()])]
    (opened,) = play(RULE, looks)
    assert f"{1 + BLIND_S + 2:.1f} s" in opened.why_en


def test_a_camera_that_was_away_for_an_hour_does_not_end_an_incident_by_one_empty_look() -> None:
    looks: list[Look] = [(i / 5, [track()]) for i in range(60)]
    looks += [(3600.0, []), (3600.2, [track()]), (3605.0, [track()])]
    assert [s.kind for s in play(RULE, looks)] == ["opened"]


def test_a_repeated_or_earlier_frame_is_refused_and_counted() -> None:
    state, _ = step(RULE, State(), [track()], 10)
    state, said = step(RULE, state, [], 10)
    state, said = step(RULE, state, [], 3)
    assert (state.refused, state.now_s, said) == (2, 10, ())


def test_the_state_says_when_every_frame_is_worth_a_look() -> None:
    timing: list[tuple[float, bool]] = []
    state = State()
    for now, seen in stays(2, 20, fps=1, until_s=50):
        state, _ = step(RULE, state, seen, now)
        timing.append((now, state.is_timing))
    on = [now for now, is_timing in timing if is_timing]
    assert on == [*range(2, 10), *range(20, 40)]


def test_the_state_goes_through_json_at_any_moment_without_a_change() -> None:
    state, plain_state = State(), State()
    for now, seen in stays(2, 30):
        state, said = step(RULE, state, seen, now)
        plain_state, again = step(RULE, plain_state, seen, now)
        assert again == said
        plain_state = State.from_json(json.loads(json.dumps(plain_state.to_json())))
        assert plain_state == state


def test_an_incident_that_was_open_at_a_kill_goes_on_and_ends_once() -> None:
    state = State.resumed(-40.0, 5.0, label="excavator")
    assert state.is_open
    looks = [(5 + t, seen) for t, seen in stays(0.2, 10)]
    (ended,) = play(RULE, looks, state)
    assert (ended.kind, ended.label) == ("ended", "excavator")
    assert ended.at_s == pytest.approx(35, abs=0.3)
    assert "75.2 s" in ended.why_en or "75.0 s" in ended.why_en


def test_an_incident_whose_culprit_left_while_the_box_was_down_ends_after_the_time_to_clear() -> (
    None
):
    said = play(RULE, [(6 + i / 5, []) for i in range(200)], State.resumed(0, 5, label="machine"))
    assert [s.kind for s in said] == ["ended"]
    assert said[0].at_s == pytest.approx(26, abs=0.3)


def test_the_reason_is_said_in_both_languages_with_the_numbers() -> None:
    opened, ended = play(RULE, stays(0, 12))
    assert opened.why_en == "excavator in zone band5 for 8.0 s (opens at 8 s)"
    assert opened.why_zh.startswith("挖掘机在区域 band5 内已停留 8.0 秒")
    assert "no excavator or machine in zone band5 for 20.0 s (ends at 20 s)" in ended.why_en
    assert "挖掘机、施工机械" in ended.why_zh
    assert (opened.level, opened.track_id, opened.label) == ("red", 1, "excavator")


@pytest.mark.parametrize(
    ("classes", "after_s", "clear_s", "says"),
    [
        ((), 8, 20, "no class"),
        (("car",), 0, 20, "after is 0 s"),
        (("car",), 8, -1, "clear is -1 s"),
        (("car",), float("nan"), 20, "after is nan s"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(
    classes: tuple[str, ...], after_s: float, clear_s: float, says: str
) -> None:
    with pytest.raises(RuleError, match=says) as caught:
        Dwell("r7", 1, "z", classes, after_s, clear_s, "red")
    assert "r7" in str(caught.value)
    assert caught.value.remedy


def test_whoever_has_stayed_for_a_minute_may_be_missed_for_some_seconds() -> None:
    rule = Dwell("r", 1, "z", ("excavator",), after_s=60, clear_s=20, level="red")
    looks = [(t, [] if 45 <= t < 50 else seen) for t, seen in stays(0, 90)]
    assert play(rule, looks)[0].at_s == pytest.approx(60, abs=0.3)
