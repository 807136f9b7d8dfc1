"""When a camera's picture is believed, and when its other rules wait."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules.suspension import SUSPENDS_AFTER_S, Suspension, step
from vision import Condition
from vision.camera_watch import Fault


def after(faults: Iterable[Fault | None], state: Suspension | None = None) -> Suspension:
    """The state after so many looks, one a second, from the newest on."""
    state = Suspension(0.0) if state is None else state
    for fault in faults:
        seen = Condition(fault, 0.0, known=True, mode="day")
        state = step(state, seen, (state.now_s or 0.0) + 1)
    return state


@pytest.mark.parametrize("fault", ["black", "blinded", "covered"])
def test_a_picture_that_shows_nothing_is_not_believed_for_a_moment(fault: Fault) -> None:
    held = after([fault]).held
    assert held is not None
    assert held.why_en.startswith("suspended: the ")


@pytest.mark.parametrize("fault", ["moved", "frozen", "defocused"])
def test_what_one_look_may_mistake_must_last(fault: Fault) -> None:
    lasts = round(SUSPENDS_AFTER_S[fault])
    assert after([fault] * lasts).held is None
    assert after([fault] * (lasts + 1)).held is not None


def test_one_good_look_ends_nothing_and_two_do() -> None:
    covered = after(["covered"] * 5)
    assert after([None], covered).held is not None
    assert after([None, None], covered).held is None


@given(st.lists(st.sampled_from([*SUSPENDS_AFTER_S, None]), max_size=40))
def test_rules_wait_only_for_a_fault_that_was_seen_within_the_last_two_seconds(
    faults: list[Fault | None],
) -> None:
    if after(faults).held is not None:
        assert any(faults[-2:])


def test_a_still_scene_that_changes_now_and_then_is_believed() -> None:
    rests: list[Fault | None] = [None if now % 3 == 2 else "frozen" for now in range(59)]
    assert after(rests).held is None
