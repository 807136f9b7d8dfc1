"""Faults of a camera: which of them forgive a look at which nothing is wrong."""

from __future__ import annotations

import pytest

from events.rules import CameraFault, CameraFaultState, step_camera_fault
from vision import Condition
from vision.camera_watch import Fault

RULE = CameraFault("watch", 1, "picture", ("camera",), 5.0, 20.0, "blue")


def opened_at(seen: list[Fault | None]) -> list[float]:
    """The seconds at which the rule opens, one look a second."""
    state, opened = CameraFaultState(), []
    for now, fault in enumerate(seen):
        condition = Condition(fault, 0.0, known=True, mode="infrared")
        state, said = step_camera_fault(RULE, state, condition, float(now))
        opened += [one.at_s for one in said if one.kind == "opened"]
    return opened


def spells(fault: Fault) -> list[Fault | None]:
    """Three seconds of it and a good one, for a minute."""
    return [None if now % 4 == 3 else fault for now in range(60)]


def test_a_still_scene_that_changes_now_and_then_is_not_frozen() -> None:
    assert opened_at(spells("frozen")) == []


def test_a_cover_is_one_though_single_looks_do_not_see_it() -> None:
    assert opened_at(spells("covered")) == [pytest.approx(10, abs=1)]


def test_a_picture_that_never_changes_is_frozen_after_ten_seconds() -> None:
    assert opened_at(["frozen"] * 30) == [pytest.approx(10, abs=1)]
