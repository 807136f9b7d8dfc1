from __future__ import annotations

from collections.abc import Callable

import av
import cv2
import numpy as np
import pytest

from tests.cameras.data import video
from vision import Box, CameraWatch, Condition, Picture

CLIPS = ("people_onebyone_indoor_432p.mp4", "smoke_campfire_480p.mp4", "night_ir_cctv_hvc1.mp4")
Alter = Callable[[Picture, int], Picture]


def looks(name: str, count: int = 24) -> list[Picture]:
    """One picture a second, 320 wide."""
    found: list[Picture] = []
    with av.open(str(video(name))) as clip:
        for frame in clip.decode(video=0):
            if float(frame.time or 0.0) >= len(found):
                height = round(frame.height * 320 / frame.width)
                small = frame.reformat(width=320, height=height, format="bgr24")
                found.append(small.to_ndarray())
            if len(found) == count:
                break
    return found


@pytest.fixture(scope="module", params=CLIPS)
def clip(request: pytest.FixtureRequest) -> list[Picture]:
    return looks(request.param)


def grained(picture: np.ndarray, seed: int, sigma: float = 1.5) -> Picture:
    grain = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def black(picture: Picture, k: int) -> Picture:
    return grained(np.full(picture.shape, 4.0), k, 2)


def white(picture: Picture, k: int) -> Picture:
    return grained(picture.astype(float) + 220, k)


def sprayed(picture: Picture, k: int) -> Picture:
    return grained(0.15 * cv2.GaussianBlur(picture, (0, 0), 20) + 120, k)


def defocused(picture: Picture, k: int) -> Picture:
    return grained(cv2.GaussianBlur(picture, (0, 0), 2.0), k, 0.7)


def turned(picture: Picture, k: int) -> Picture:
    height, width = picture.shape[:2]
    shift = np.array([[1, 0, 0.08 * width], [0, 1, 0.03 * height]], np.float32)
    moved = cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def stuck(picture: Picture, k: int) -> Picture:
    columns = 90 + np.arange(picture.shape[1], dtype=np.uint8)[:, None] % 50
    return np.broadcast_to(columns, picture.shape).copy()


def dimmed(picture: Picture, k: int) -> Picture:
    return (picture * 0.35).astype(np.uint8)


def infrared(picture: Picture, k: int) -> Picture:
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    lamp = 1.3 - 0.8 * np.hypot((x - width / 2) / width, (y - height / 2) / height)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) * 0.8 * lamp + 20
    noisy = np.clip(grey + np.random.default_rng(k).normal(0, 3, grey.shape), 0, 255)
    return np.asarray(cv2.merge([noisy.astype(np.uint8)] * 3), np.uint8)


def played(
    clip: list[Picture], alter: Alter, from_s: int = 12, until_s: int = 40
) -> list[Condition]:
    """What is said after the change; the clip runs to and fro."""
    watch, said = CameraWatch(), []
    order = [*range(len(clip)), *range(len(clip) - 2, 0, -1)]
    for k in range(until_s):
        picture = clip[order[k % len(order)]]
        condition = watch.step(alter(picture, k) if k >= from_s else picture, float(k))
        if k >= from_s + 2:
            said.append(condition)
    return said


@pytest.mark.parametrize(
    ("alter", "fault"),
    [
        (black, "black"),
        (white, "blinded"),
        (sprayed, "covered"),
        (defocused, "defocused"),
        (turned, "moved"),
        (stuck, "frozen"),
    ],
    ids=["black", "blinded", "covered", "defocused", "moved", "frozen"],
)
def test_a_staged_fault_is_named_in_nearly_every_look(
    clip: list[Picture], alter: Alter, fault: str
) -> None:
    said = [condition.fault for condition in played(clip, alter)]
    assert said.count(fault) >= 0.9 * len(said)


@pytest.mark.parametrize(
    "alter",
    [lambda picture, k: picture, dimmed, infrared],
    ids=["nothing", "dimmed", "night mode"],
)
def test_people_evening_and_the_switch_to_night_are_no_fault(
    clip: list[Picture], alter: Alter
) -> None:
    assert {condition.fault for condition in played(clip, alter)} == {None}


def test_before_the_first_reference_nothing_but_darkness_is_judged(clip: list[Picture]) -> None:
    watch = CameraWatch()
    first = [watch.step(picture, float(k)) for k, picture in enumerate(clip[:4])]
    assert not any(condition.known or condition.fault for condition in first)


def test_a_fault_is_never_learned(clip: list[Picture]) -> None:
    said = played(clip, sprayed, until_s=300)
    assert said[-1].fault == "covered"


def test_another_picture_size_begins_anew(clip: list[Picture]) -> None:
    watch = CameraWatch()
    for k in range(10):
        watch.step(clip[k], float(k))
    assert not watch.step(np.zeros((200, 100, 3), np.uint8) + 90, 11.0).known


def under_a_sheet(picture: Picture, k: int) -> Picture:
    """A thick sheet lets light and the broadest shapes through, and no edge."""
    return grained(0.8 * cv2.GaussianBlur(picture, (0, 0), 14), k, 1.0)


def test_a_sheet_that_lets_broad_shapes_through_covers_at_every_look(clip: list[Picture]) -> None:
    said = [condition.fault for condition in played(clip, under_a_sheet)]
    assert said.count("covered") >= 0.9 * len(said)


def ground(k: int) -> Picture:
    """A street full of edges on the left, and a paler one on the right, twice as wide as a view."""
    chance = np.random.default_rng(4)
    wide = chance.uniform(60, 190, (12, 40)).repeat(16, 0).repeat(16, 1)
    wide[:, 320:] = 125 + 0.25 * (wide[:, 320:] - 125)
    return grained(np.dstack([wide * 0.8, wide, wide * 0.9]), k, 1.0)


def test_a_camera_turned_to_paler_ground_is_moved_and_not_covered() -> None:
    watch = CameraWatch()
    for k in range(10):
        watch.step(ground(k)[:, :320], float(k))
    said = {watch.step(ground(k)[:, 144:464], float(k)).fault for k in range(11, 20)}
    assert said == {"moved"}


LORRY = (0.05, 0.0, 0.95, 0.75)


def behind_a_lorry(picture: Picture, k: int) -> Picture:
    """A lorry with a striped side: as rich in edges as what it hides."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = LORRY
    left, top, right, bottom = (
        round(v) for v in (x1 * width, y1 * height, x2 * width, y2 * height)
    )
    stripes = 60 + 120 * (np.arange(right - left) // 12 % 2)
    shown = picture.astype(float)
    shown[top:bottom, left:right] = stripes[None, :, None]
    return grained(shown, k)


def watched_with(clip: list[Picture], alter: Alter, box: Box) -> list[Condition]:
    """What is said of an altered view in which that box is seen."""
    watch = CameraWatch()
    for k in range(12):
        watch.step(clip[k % 12], float(k))
    said = []
    for k in range(14, 30):
        said.append(watch.step(alter(clip[k % len(clip)], k), float(k), [box]))
    return said


def test_a_lorry_that_is_seen_before_most_of_the_view_is_no_moved_camera(
    clip: list[Picture],
) -> None:
    assert {one.fault for one in watched_with(clip, behind_a_lorry, LORRY)} == {None}


def test_a_turned_camera_is_moved_though_something_is_seen_in_its_view(
    clip: list[Picture],
) -> None:
    said = [one.fault for one in watched_with(clip, turned, (0.4, 0.3, 0.6, 0.8))]
    assert said.count("moved") >= 0.9 * len(said)


def test_a_lorry_that_stands_before_the_view_for_long_is_not_learned() -> None:
    clip, watch = looks(CLIPS[0]), CameraWatch()
    for k in range(12):
        watch.step(clip[k], float(k))
    hidden = [behind_a_lorry(clip[12], k) for k in range(4)]
    for k in range(12, 1000):
        watch.step(hidden[k % 4], float(k), [LORRY])
    after = [watch.step(turned(clip[k % 12], k), 1000.0 + k).fault for k in range(8)]
    assert after[2:] == ["moved"] * 6
