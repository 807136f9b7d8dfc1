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

from events import rules
from events.rules import LEVELS, Transition
from events.rules.state import BLIND_S, Remembered, paused
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
def test_no_clock_runs_in_a_pause_and_nothing_opens_or_ends_by_it(staged: Staged) -> None:
    """Nobody can see for a minute, twice: before the opening, and after the cause has gone."""
    pauses = [staged.opens_s - 1, staged.ends_s - 1]
    state, late_s = staged.state(), 0.0
    said: list[tuple[str, float]] = []
    for now, seen in staged.looks(5, staged.ends_s + 30):
        if pauses and now >= pauses[0]:
            late_s += 60.0
            pauses.pop(0)
            state = paused(state, now + late_s - 0.1)
        state, news = staged.step(staged.rule, state, seen, now + late_s)
        said += [(one.kind, one.at_s - late_s) for one in news]
    whole = [(one.kind, one.at_s) for one in staged.play(staged.looks(5, staged.ends_s + 30))]
    assert [kind for kind, _ in said] == [kind for kind, _ in whole]
    # What only tells how long ago it looked, not since when it watches, may count the rest of one
    # gap: never more than the longest that counts as looked at.
    slack_s = 0.5 if isinstance(state, Remembered) else BLIND_S
    assert [at for _, at in said] == pytest.approx([at for _, at in whole], abs=slack_s)


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
    hinted_since = -inf if staged.is_hint is None else inf
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
        if staged.is_hint is not None and staged.is_hint(seen):
            hinted_since = min(hinted_since, now)
        if causes:
            cause_since = min(cause_since, now, max(hinted_since, staged.since(seen, now)))
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


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (
            rules.State,
            {
                "now_s": 9.0,
                "observed_s": 9.0,
                "clocks": [{"track_id": 1, "label": "excavator", "since_at": 1.0, "inside_s": 8.0}],
                "incident": {"opened_s": 9.0, "track_id": 1, "label": "excavator"},
                "empty_at": None,
                "refused": 2,
            },
        ),
        (
            rules.PassesState,
            {
                "now_s": 9.0,
                "visits": [
                    {
                        "track_id": 1,
                        "label": "truck",
                        "first_s": 1.0,
                        "last_s": 9.0,
                        "counted": True,
                    }
                ],
                "counted_s": [2.0],
                "last_pass_s": 9.0,
                "incident": {"opened_s": 2.0, "track_id": 1, "label": "truck"},
                "refused": 2,
            },
        ),
    ],
)
def test_a_state_that_an_earlier_version_wrote_is_read(
    state: type[rules.State] | type[rules.PassesState], kept: dict[str, Any]
) -> None:
    """The second one has a field that is no longer there."""
    read = state.from_json(kept)
    assert read.is_open
    assert read.refused == 2
    written = json.loads(json.dumps(read.to_json()))
    shared = (kept.keys() & written.keys()) - {"clocks"}
    assert {name: written[name] for name in shared} == {name: kept[name] for name in shared}
