"""What holds for every rule family: the tests on the seam."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from math import inf, isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.rules import LEVELS, Transition
from tests.events.staged import STAGED, Look, Staged

EVERY_FAMILY = pytest.mark.parametrize("staged", STAGED, ids=lambda staged: staged.name)
RATES = pytest.mark.parametrize("fps", [2, 5, 12.5, 25])


def thinned(looks: Sequence[Look], share: float, seed: int) -> list[Look]:
    """Looks with some lost at random; at most half a second in one piece beyond the frame gap."""
    chance, kept, kept_s = random.Random(seed), [], 0.0
    for look in looks:
        if 0 < look[0] <= kept_s + 0.5 + 1e-6 and chance.random() < share:
            continue
        kept_s = look[0]
        kept.append(look)
    return kept


@EVERY_FAMILY
@RATES
def test_the_staged_event_fires_once_and_ends_once_at_any_frame_rate(
    staged: Staged, fps: float
) -> None:
    said = staged.play(staged.looks(fps, staged.ends_s + 30))
    opened, *_, ended = said
    assert [s.kind for s in said if s.kind in ("opened", "ended")] == ["opened", "ended"]
    assert opened.at_s == pytest.approx(staged.opens_s, abs=1)
    assert ended.at_s == pytest.approx(staged.ends_s, abs=1)


@cache
def at_full_rate(staged: Staged, fps: float) -> list[Transition]:
    return staged.play(staged.looks(fps, staged.ends_s + 10))


@EVERY_FAMILY
@RATES
@settings(max_examples=25)
@given(share=st.floats(0, 0.4), seed=st.integers(0, 2**20))
def test_lost_frames_move_the_moment_by_less_than_a_second_and_never_fire_twice(
    staged: Staged, fps: float, share: float, seed: int
) -> None:
    whole = at_full_rate(staged, fps)
    said = staged.play(thinned(staged.looks(fps, staged.ends_s + 10), share, seed))
    assert [s.kind for s in said] == [s.kind for s in whole]
    assert [s.at_s for s in said] == pytest.approx([s.at_s for s in whole], abs=1 + 1e-6)


@EVERY_FAMILY
def test_a_quiet_scene_says_nothing(staged: Staged) -> None:
    assert staged.play([(i / 5, staged.quiet) for i in range(1500)]) == []


@EVERY_FAMILY
def test_a_state_that_goes_through_json_says_the_same(staged: Staged) -> None:
    looks = staged.looks(5, staged.ends_s + 30)
    state, said = staged.state(), []
    for now, seen in looks:
        state, news = staged.step(staged.rule, state, seen, now)
        state = type(state).from_json(json.loads(json.dumps(state.to_json())))
        said += news
    assert said == staged.play(looks)


@EVERY_FAMILY
@RATES
def test_an_incident_of_the_process_before_goes_on_without_a_second_alarm(
    staged: Staged, fps: float
) -> None:
    """The process starts anew while the cause still holds; the end comes once, when it is over."""
    begins_s = (staged.opens_s + staged.ends_s - staged.rule.clear_s) / 2
    state = staged.state.resumed(
        staged.opens_s, begins_s, label="excavator", level=staged.rule.level
    )
    assert state.is_open
    looks = [look for look in staged.looks(fps, staged.ends_s + 30) if look[0] > begins_s]
    said = staged.play(looks, state)
    assert [s.kind for s in said if s.kind in ("opened", "ended")] == ["ended"]
    assert said[-1].at_s == pytest.approx(staged.ends_s, abs=1)


@EVERY_FAMILY
def test_an_incident_whose_cause_went_while_nobody_looked_is_ended(staged: Staged) -> None:
    state = staged.state.resumed(-60.0, 0.0, label="excavator", level=staged.rule.level)
    looks = [(i / 5, staged.quiet) for i in range(1, round(5 * (staged.rule.clear_s + 5)))]
    assert [s.kind for s in staged.play(looks, state)] == ["ended"]


@EVERY_FAMILY
def test_every_transition_says_why_in_both_languages_and_in_numbers(staged: Staged) -> None:
    for said in staged.play(staged.looks(5, staged.ends_s + 30)):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said.why_zh)
        assert said.why_en.isascii()
        assert said.numbers
        assert all(isfinite(value) for value in said.numbers.values())


@EVERY_FAMILY
@given(data=st.data())
def test_no_transition_is_without_cause_and_time_never_runs_backwards(
    staged: Staged, data: st.DataObject
) -> None:
    moments = st.tuples(st.floats(-3, 12), staged.at_random)
    steps = data.draw(st.lists(moments, max_size=60))
    state, now, newest, level = staged.state(), 0.0, -inf, None
    cause_since = inf
    for dt, seen in steps:
        now += dt
        before: dict[str, Any] = state.to_json()
        state, said = staged.step(staged.rule, state, seen, now)
        if now <= newest:
            assert said == ()
            assert state.to_json() == {**before, "refused": before["refused"] + 1}
            continue
        newest = now
        causes = staged.is_cause(seen)
        if causes:
            cause_since = min(cause_since, now, staged.since(seen, now))
        for transition in said:
            assert transition.at_s == now
            match transition.kind:
                case "opened":
                    assert level is None
                    assert causes
                    assert now - cause_since >= staged.rule.after_s - 1e-6
                    level = transition.level
                case "ended":
                    assert level is not None
                    assert not causes
                    level, cause_since = None, inf
                case "raised" | "lowered":
                    assert level is not None
                    rises = LEVELS.index(transition.level) > LEVELS.index(level)
                    assert rises is (transition.kind == "raised")
                    level = transition.level
        assert state.is_open is (level is not None)
