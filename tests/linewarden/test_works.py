"""Works in the whole pipeline: settings by preset, staged pictures, what is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sin, tau
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from events.rules import RuleError, Transition
from linewarden.families import AnyRule, RuleSettings, classes_of
from linewarden.pipeline import Pipeline
from tests.vision.staging import SIZE, Shot
from vision import Detections, Picture, Zone

NAMES = ("person", "car", "truck", "bus", "excavator", "machine")
BAND = Zone("band5", ((60, 150), (600, 150), (600, 350), (60, 350)), SIZE)
RULES: TypeAdapter[RuleSettings] = TypeAdapter(AnyRule)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


class StagedDetector:
    """Finds what was drawn, a little beside where it is."""

    classes = NAMES

    def __init__(self) -> None:
        self.shot = Shot()
        self._chance = np.random.default_rng(3)

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        found = self.shot.boxes()
        boxes = np.array([box for _, box in found], np.float32)
        boxes += self._chance.normal(0, 1.5, boxes.shape).astype(np.float32)
        return Detections(
            boxes,
            np.full(len(found), 0.9, np.float32),
            np.array([NAMES.index(label) for label, _ in found], np.int64),
            NAMES,
            SIZE,
        )


def told(
    shots: Callable[[float], Shot],
    until_s: float,
    *rules: dict[str, Any],
    fps: float = 4,
    dark_from_s: float = float("inf"),
    band: Zone = BAND,
) -> list[tuple[str, Transition]]:
    """(rule, transition) of everything that is told of a staged scene that begins at noon."""
    stated = [RULES.validate_python({"zone": "band5", "clear": "6s", **rule}) for rule in rules]
    detector = StagedDetector()
    pipeline = Pipeline(
        detector,
        dict.fromkeys(NAMES, 0.4),
        [band],
        [rule.rule(NAMES) for rule in stated],
        settings={rule.name: rule for rule in stated},
    )
    said: list[tuple[str, Transition]] = []
    for i in range(int(until_s * fps)):
        t = i / fps
        detector.shot = shots(t)
        picture = detector.shot.picture(i) // (1 if t < dark_from_s else 40)
        step = pipeline.step(picture.astype(np.uint8), SIZE, t, utc_s=NOON.timestamp() + t)
        said += [(rule, one) for rule, news in step.transitions.items() for one in news]
    return said


def digs(t: float) -> Shot:
    """Digs from 4 s to 26 s, and stands."""
    return Shot(arm_deg=40 + 35 * sin(tau * min(max(t, 4.0), 26.0) / 7))


def test_one_digger_under_two_presets_alarms_once_and_ends_once() -> None:
    said = told(digs, 52, {"use": "PIPE-01"}, {"use": "PIPE-02", "after": "14s"})
    assert [(rule, one.kind, one.level) for rule, one in said] == [
        ("PIPE-01.band5", "opened", "red"),
        ("PIPE-01.band5", "ended", "red"),
    ]
    assert said[0][1].at_s == pytest.approx(14, abs=1.5)
    assert said[0][1].numbers["after_s"] == 10


def test_a_digger_whose_arm_reaches_out_of_the_zone_goes_on_working_where_it_stands() -> None:
    def digs_towards_the_camera(t: float) -> Shot:
        return replace(digs(t), bucket_px=30 * min(max(0.0, t - 13), 1.0) if t < 21 else 0.0)

    shallow = Zone("band5", ((60, 150), (600, 150), (600, 292), (60, 292)), SIZE)
    rule = {"use": "works", "after": "15s", "level": "red"}
    opened, *_ = told(digs_towards_the_camera, 26, rule, band=shallow)
    assert opened[1].at_s == pytest.approx(19, abs=1)


def test_a_digger_that_is_parked_alarms_nobody() -> None:
    assert told(lambda t: Shot(), 30, {"use": "PIPE-01"}, {"use": "PIPE-02"}) == []


def test_a_crossing_permit_lowers_the_level_and_is_named() -> None:
    permit = {
        "kind": "crossing",
        "number": "2026-17",
        "from": NOON - timedelta(hours=1),
        "until": NOON + timedelta(hours=1),
    }
    rule = {"use": "PIPE-01", "permits": [permit]}
    ((_, opened),) = told(digs, 20, rule)
    assert opened.level == "orange"
    assert "crossing permit -1; permit 2026-17" in opened.why_en


def test_a_lorry_that_waits_with_a_digger_on_it_is_no_works() -> None:
    def shot(t: float) -> Shot:
        return Shot(machine_x=-200 + 40 * min(t, 6), lorry=True)

    assert told(shot, 30, {"use": "PIPE-01"}) == []


def test_a_camera_that_goes_blind_soon_after_works_were_seen_alarms_orange() -> None:
    watched = {"use": "PIPE-15", "zone": "picture"}

    def shot(t: float) -> Shot:
        return digs(t)

    def blind(pictures: Callable[[float], Shot], rules: list[dict[str, Any]]) -> list[str]:
        said = told(pictures, 32, *rules, dark_from_s=20)
        return [one.level for rule, one in said if rule.startswith("PIPE-15")]

    assert blind(shot, [{"use": "PIPE-01"}, {**watched, "after": "5s"}]) == ["orange"]
    assert blind(lambda t: Shot(), [{"use": "PIPE-01"}, {**watched, "after": "5s"}]) == ["blue"]


def test_a_preset_that_no_camera_decides_says_why() -> None:
    with pytest.raises(ValidationError, match="no camera decides"):
        RULES.validate_python({"use": "PIPE-13", "zone": "band5"})


def test_a_preset_whose_class_no_model_knows_names_that_class() -> None:
    assert classes_of("PIPE-04") == ("drilling_rig",)
    with pytest.raises(RuleError, match="no class"):
        RULES.validate_python({"use": "PIPE-04", "zone": "band5"}).rule(NAMES)
