"""Blocked exits: what the settings take, and a real recording under changes of light and camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from cameras import DecodePolicy, play_file
from cameras.calibration import ControlPoint, Homography, Site
from events.rules import ObstructionState, Transition, step_obstruction
from linewarden.families.base import Look, Scene, Shared, Sight
from linewarden.families.exit import REMEMBERED_S, ObstructionSettings, ObstructionWatcher
from linewarden.families.exit_ground import FloorOnGround
from linewarden.pipeline import KEEP_SHARE
from models import load_manifest
from vision import (
    Box,
    Detections,
    Floor,
    FreeSpace,
    Picture,
    Region,
    Track,
    Tracker,
    Zone,
    load_detector,
)

FPS = 2.5
GONE_S = 19.7
"""When the man has left the bag, by eye (truth.csv)."""
SPOT = Zone("spot", ((420, 330), (505, 330), (500, 440), (410, 440)), (720, 480))
WALK = Zone("walk", ((150, 250), (400, 250), (400, 440), (150, 440)), (720, 480))
Shown = tuple[float, Picture, list[Box]]
Change = Callable[[Picture, int], Picture]


def settings(**more: object) -> ObstructionSettings:
    return ObstructionSettings.model_validate({"use": "blocked-exit", "zone": "spot", **more})


@pytest.mark.parametrize(
    ("use", "after_s", "level", "width_m", "area_m2"),
    [
        ("blocked-exit", 60, "orange", None, None),
        ("fire-lane", 300, "orange", 4.0, None),
        ("hidden-hydrant", 300, "yellow", None, None),
        ("shutter-down", 60, "orange", None, None),
        ("piling", 300, "orange", None, 2.0),
    ],
)
def test_a_preset_says_what_the_file_leaves_out(
    use: str, after_s: float, level: str, width_m: float | None, area_m2: float | None
) -> None:
    rule = ObstructionSettings.model_validate({"use": use, "zone": "z"}).rule(("person",))
    assert (rule.after_s, rule.level, rule.width_m, rule.area_m2, rule.classes) == (
        after_s, level, width_m, area_m2, (),
    )  # fmt: skip


def test_what_stands_in_the_file_goes_before_the_preset() -> None:
    rule = settings(after="10s", clear="20s", level="red", width=1.4).rule(())
    assert (rule.after_s, rule.clear_s, rule.level, rule.width_m) == (10, 20, "red", 1.4)


def test_the_clear_width_beside_a_thing_is_measured_on_the_ground() -> None:
    """A passage 4 m wide seen from straight above, 100 pixels a metre; a thing leaves 2.5 m."""
    metre = 1 / 111_195  # degrees of latitude at the equator
    corners = [(0, 0), (800, 0), (800, 400), (0, 400), (400, 200)]
    points = [ControlPoint((x, y), x / 100 * metre, -y / 100 * metre) for x, y in corners]
    ground = Homography.fit(points, site=Site(0, 0), frame_px=(800, 400))
    zone = Zone("z", ((0, 0), (800, 0), (800, 400), (0, 400)), (800, 400))
    outline = tuple((x / 800, y / 400) for x, y in ((300, 250), (500, 250), (500, 400), (300, 400)))
    floor = Floor((Region(outline, "object", 0.1, 20.0),))
    measured = FloorOnGround(ground, zone, None).measured(floor, (800, 400))
    assert measured.width is not None
    assert measured.width.left_m == pytest.approx(2.5, abs=0.1)
    assert 0.0 < measured.width.sigma_m < 0.2
    assert measured.covered_m2 == pytest.approx(3.0, abs=0.1)


def seen_by_watcher(label: str, until_s: float = 8.0) -> Sight:
    """A floor on which a track of that label stands while it is learned."""
    zone = Zone("spot", ((20, 40), (140, 40), (140, 112), (20, 112)), (160, 120))
    rule = settings().rule(())
    watcher = ObstructionWatcher(rule, Scene({"spot": zone}, {}, Shared()))
    coarse = np.random.default_rng(3).normal(0, 18, (30, 40))
    grey = cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC) + 120
    picture = np.dstack([grey] * 3).astype(np.uint8)
    track = Track(1, label, 0.8, (60, 50, 110, 100), 0.0, 0.0, seen_now=True)
    nothing = Detections.none((label,), (160, 120))
    for i in range(int(2 * until_s)):
        track = replace(track, last_seen_s=i / 2)
        look = Look(picture, (160, 120), i / 2, None, nothing, (track,), ())
        sight = watcher.look(look, is_open=False)
    return sight


def test_a_car_on_a_floor_that_is_learned_is_remarked_with_the_zone() -> None:
    remark = seen_by_watcher("car").remark
    assert remark is not None
    zh, en = remark
    assert en.startswith("spot: ")
    assert "a vehicle or machine stood there" in en
    assert zh.startswith("spot:")


def test_smoke_over_a_floor_is_nothing_that_stands_there() -> None:
    remark = seen_by_watcher("smoke").remark
    assert remark is not None
    assert "stood there" not in remark[1]


@cache
def _bag() -> list[Shown]:
    """The clip of the bag with the persons as the watcher knows them, once for all tests."""
    from tests.conftest import data_folder

    manifest = load_manifest("nano")
    detector = load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
    least = [KEEP_SHARE * manifest.thresholds[name] for name in manifest.classes]
    tracker = Tracker(manifest.thresholds)
    shown: list[Shown] = []
    clip = data_folder() / "videos" / "leftbag_aboda4_480p.mp4"
    for frame in play_file(clip, DecodePolicy(busy_fps=FPS, quiet_s=1e9)):
        found = detector.detect(frame.picture, least)
        tracks = tracker.step(found, frame.mono_s)
        width, height = found.frame_px
        people = [
            (x1 / width, y1 / height, x2 / width, y2 / height)
            for (x1, y1, x2, y2) in (
                track.box_px
                for track in (*tracks, *tracker.candidates)
                if track.label == "person" and frame.mono_s - track.last_seen_s <= REMEMBERED_S
            )
        ]
        shown.append((frame.mono_s, frame.picture, people))
    begin_s = shown[0][0]
    return [(t - begin_s, picture, people) for t, picture, people in shown]


@pytest.fixture
def bag(data: Path) -> list[Shown]:
    return _bag()


def said(
    shown: Sequence[Shown],
    zones: Sequence[Zone] = (SPOT,),
    change: Change | None = None,
    after_s: float = 10,
) -> list[tuple[str, Transition]]:
    space, news = FreeSpace(), []
    for zone in zones:
        space.watch(zone)
    rule = settings(after=f"{after_s}s").rule(())
    states = {zone.id: ObstructionState() for zone in zones}
    for i, (t, picture, people) in enumerate(shown):
        floors = space.step(picture if change is None else change(picture, i), t, people)
        for name in states:
            states[name], said = step_obstruction(rule, states[name], floors.get(name), t)
            news += [(name, transition) for transition in said]
    return news


def assert_one_bag(news: list[tuple[str, Transition]], after_s: float = 10) -> None:
    assert [(name, s.kind) for name, s in news] == [("spot", "opened")]
    assert news[0][1].at_s == pytest.approx(GONE_S + after_s, abs=1)


@pytest.mark.parametrize("after_s", [5, 10, 15])
def test_a_bag_is_an_obstruction_once_after_its_man_has_gone(
    bag: list[Shown], after_s: float
) -> None:
    assert_one_bag(said(bag, (SPOT, WALK), after_s=after_s), after_s)


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.6])
def test_a_darker_or_brighter_picture_says_the_same(bag: list[Shown], factor: float) -> None:
    def change(picture: Picture, _: int) -> Picture:
        return np.clip(picture * factor, 0, 255).astype(np.uint8)

    assert_one_bag(said(bag, change=change))


@pytest.mark.parametrize("reach_px", [3, 6])
def test_a_picture_that_shakes_says_the_same(bag: list[Shown], reach_px: int) -> None:
    def change(picture: Picture, i: int) -> Picture:
        dx, dy = np.random.default_rng(i).uniform(-reach_px, reach_px, 2)
        way = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = picture.shape[1], picture.shape[0]
        return np.asarray(cv2.warpAffine(picture, way, size, borderMode=cv2.BORDER_REPLICATE))

    assert_one_bag(said(bag, (SPOT, WALK), change))


@pytest.mark.parametrize("seed", range(3))
def test_two_frames_in_five_lost_say_the_same(bag: list[Shown], seed: int) -> None:
    chance = np.random.default_rng(seed)
    assert_one_bag(said([look for look in bag if chance.random() > 0.4]))


def test_a_bag_that_stays_for_twenty_minutes_opens_once_and_never_ends(bag: list[Shown]) -> None:
    """The last seconds without the man near go on, forth and back, at one look in five seconds."""
    tail = [look for look in bag if 22 < look[0] < 28]
    end_s = bag[-1][0]
    loop = [*tail, *reversed(tail)]
    later = [(end_s + 5.0 * i, *loop[i % len(loop)][1:]) for i in range(1, 241)]
    news = said([*bag, *later])
    assert [s.kind for _, s in news] == ["opened"]
