"""Blocked floor on real recordings: when it opens, what stays silent, and what a look costs.

`python -m benchmarks.obstruction [--data FOLDER] [--cases WORD]`. The detector runs once on each
clip; its persons mask the floor in every changed version of it. Beside each case stands OpenCV's
MOG2 (foreground over 5 % of the zone for the rule's time, the same persons masked): the loop that
one would write. Last come dark shadows along the grain of staged floors, a row for each contrast.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import machine
from cameras import DecodePolicy, play_file
from events.rules import Obstruction, ObstructionState, step_obstruction
from models import load_manifest
from vision import Box, FreeSpace, Picture, Zone, load_detector
from vision.free_space_grid import Grid, work_size

Change = Callable[[Picture, float, int], NDArray[np.generic]]
Corner = tuple[int, int, int, int]
"""x, y, width, height in pixels."""
Shown = tuple[float, Picture, list[Box]]
FPS = 2.5
BAG, ROOM = "leftbag_aboda4_480p.mp4", "people_onebyone_indoor_432p.mp4"
SPOT = Zone("spot", ((420, 330), (505, 330), (500, 440), (410, 440)), (720, 480))
FLOOR = Zone("floor", ((330, 300), (620, 300), (640, 425), (300, 425)), (768, 432))
WALK = Zone("walk", ((150, 250), (400, 250), (400, 440), (150, 440)), (720, 480))
EVEN = Zone("even", ((480, 300), (630, 300), (630, 425), (480, 425)), (768, 432))
PLANKED = Zone("door", ((40, 90), (280, 90), (280, 230), (40, 230)), (320, 240))
CONTRASTS = (8.0, 16.0, 30.0)
SPREAD, PAVED = (528, 324, 96, 84), (200, 300, 96, 84)
"""Where shadows and sheets lie in the two clips."""
OTHERS = (
    ("vehicles_intel_car_432p.mp4", ((150, 150), (600, 150), (650, 420), (100, 420)), (768, 432)),
    ("fog_swing_480p.mp4", ((100, 250), (750, 250), (800, 470), (50, 470)), (854, 480)),
    ("night_ir_cctv_hvc1.mp4", ((100, 500), (860, 500), (900, 1060), (50, 1060)), (960, 1088)),
    ("crowd_plaza_360p.mp4", ((0, 60), (639, 60), (639, 359), (0, 359)), (640, 360)),
)


@dataclass(frozen=True)
class Case:
    """A clip, changed or not, and when the rule should open (None: never)."""

    name: str
    clip: str
    zone: Zone
    wanted_s: float | None
    change: Change | None = None
    after_s: float = 10.0
    masked: bool = True
    keep: float = 1.0
    until_s: float = 1e9


def cases() -> Iterator[Case]:
    """Everything that is measured."""
    gone_s = 29.7
    yield Case("bag", BAG, SPOT, gone_s)
    for factor in (0.3, 0.6, 1.6):
        yield Case(f"bag, light x{factor}", BAG, SPOT, gone_s, _lit(factor))
    for reach in (3, 6, 9):
        yield Case(f"bag, shake +-{reach} px", BAG, SPOT, gone_s, _shaken(reach))
    for keep in (0.8, 0.6):
        yield Case(f"bag, {1 - keep:.0%} of frames lost", BAG, SPOT, gone_s, keep=keep)
    for name, colour in PAINTS.items():
        change = _pasted(colour)
        yield Case(f"pasted {name} box", ROOM, FLOOR, 30.6, change, until_s=62)
    for name, colour in PAINTS.items():
        change = _pasted(colour, 30.0)
        yield Case(f"{name} box beside somebody", ROOM, FLOOR, 40.0, change, until_s=72)
    for name, colour in PAINTS.items():
        yield Case(f"pasted {name} box, 30 s", ROOM, FLOOR, 50.6, _pasted(colour), 30.0, until_s=92)
    yield from shadows()
    yield from sheets()
    yield Case("people, masked", ROOM, FLOOR, None)
    for after_s in (10.0, 30.0):
        name = f"people, no boxes, {after_s:g} s"
        yield Case(name, ROOM, FLOOR, None, None, after_s, masked=False)
    for clip, polygon, size in OTHERS:
        yield Case(clip.split("_")[0], clip, Zone("z", polygon, size), None)


def shadows() -> Iterator[Case]:
    """Shadows that come and stay: on wood, on wood made even, on paving; none is a thing."""
    for factor in (0.7, 0.5, 0.35):
        for edge_px in (0.8, 1.5, 4.0):
            name = f"shadow x{factor}, edge {edge_px:g} px"
            dark = _shadow(factor, edge_px)
            yield Case(f"{name}, wood", ROOM, FLOOR, None, dark, until_s=47)
            yield Case(f"{name}, wood, 30 s", ROOM, FLOOR, None, dark, 30.0, until_s=67)
            even = _both(_even, dark)
            yield Case(f"{name}, even floor", ROOM, EVEN, None, even, until_s=47)
            paving = _shadow(factor, edge_px, PAVED)
            yield Case(f"{name}, paving", BAG, WALK, None, paving)


def sheets() -> Iterator[Case]:
    """Flat sheets and a veil on the floor: things, of which some can only be doubted."""
    for name, paint in SHEETS.items():
        laid = _sheet(paint)
        yield Case(f"sheet {name}, wood", ROOM, FLOOR, 30.6, laid, until_s=62)
        yield Case(f"sheet {name}, even floor", ROOM, EVEN, 30.6, _both(_even, laid), until_s=62)
    for clearness in (0.7, 0.5, 0.3):
        veil = _veil(clearness)
        yield Case(f"veil {clearness:.0%} clear, wood", ROOM, FLOOR, 30.6, veil, until_s=62)


WOOD = (30.0, 68.0, 124.0)
"""The mean colour of the wooden floor, BGR."""
SHEETS: dict[str, tuple[float, float, float] | float] = {
    "grey dark": (60, 60, 60),
    "grey light": (190, 190, 190),
    "floor x1.2": 1.2,
    "floor x1.0": 1.0,
    "floor x0.7": 0.7,
    "floor x0.5": 0.5,
}
"""A colour, or the floor's own mean colour so much brighter."""
PAINTS: dict[str, tuple[float, float, float]] = {
    "brown": (90, 130, 170),
    "grey": (120, 120, 120),
    "black": (25, 25, 25),
    "floor-coloured": (60, 100, 160),
}


def _lit(factor: float) -> Change:
    return lambda picture, _t, _i: np.asarray(np.clip(picture * factor, 0, 255))


def _shaken(reach_px: float) -> Change:
    def change(picture: Picture, _t: float, i: int) -> NDArray[np.generic]:
        dx, dy = np.random.default_rng(i).uniform(-reach_px, reach_px, 2)
        way = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        size = picture.shape[1], picture.shape[0]
        return np.asarray(cv2.warpAffine(picture, way, size, borderMode=cv2.BORDER_REPLICATE))

    return change


def _pasted(colour: tuple[float, float, float], at_s: float = 20.6) -> Change:
    """A box with three shaded sides, its shadow and its own noise, from `at_s` on."""
    x, y, width, height = 546, 342, 72, 66

    def change(picture: Picture, t: float, i: int) -> NDArray[np.generic]:
        if t < at_s:
            return picture
        shown = picture.astype(np.float32) * _soft(picture, (x - 6, y + 50, 84, 20), 0.7, 3)
        box = np.tile(np.array(colour, np.float32), (height, width, 1))
        box[: height // 3] *= 1.25
        box[height // 3 :, width // 2 :] *= 0.85
        box += np.random.default_rng(i).normal(0, 3, box.shape)
        shown[y : y + height, x : x + width] = box
        return np.asarray(np.clip(shown, 0, 255))

    return change


def _shadow(factor: float, edge_px: float, box: Corner = SPREAD) -> Change:
    def change(picture: Picture, t: float, _i: int) -> NDArray[np.generic]:
        if t < 20.6:
            return picture
        return np.asarray(picture * _soft(picture, box, factor, edge_px))

    return change


def _even(picture: Picture, _t: float, i: int) -> NDArray[np.generic]:
    """A part of the floor without its texture, as painted concrete; nobody is seen there."""
    x1, y1, x2, y2 = 450, 280, 660, 432
    shown = picture.astype(np.float32)
    shade = np.linspace(0.9, 1.1, x2 - x1)[None, :, None]
    noise = np.random.default_rng(i).normal(0, 1.5, (y2 - y1, x2 - x1, 3))
    shown[y1:y2, x1:x2] = np.array(WOOD) * shade + noise
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def _both(first: Change, second: Change) -> Change:
    def change(picture: Picture, t: float, i: int) -> NDArray[np.generic]:
        return second(np.asarray(first(picture, t, i), np.uint8), t, i)

    return change


def _sheet(paint: tuple[float, float, float] | float) -> Change:
    """A flat sheet from 20.6 s on, with a faint shade of its own and the sensor's noise."""
    x, y, width, height = SPREAD

    def change(picture: Picture, t: float, i: int) -> NDArray[np.generic]:
        if t < 20.6:
            return picture
        shown = picture.astype(np.float32)
        around = shown[y + height : y + height + 12, x : x + width].reshape(-1, 3)
        colour = np.median(around, 0) * paint if isinstance(paint, float) else np.array(paint)
        shade = np.linspace(0.97, 1.03, width)[None, :, None]
        noise = np.random.default_rng(i).normal(0, 2, (height, width, 3))
        shown[y : y + height, x : x + width] = colour * shade + noise
        return np.asarray(np.clip(shown, 0, 255))

    return change


def _veil(clearness: float) -> Change:
    """A film through which so much of the floor shows, from 20.6 s on."""
    x, y, width, height = SPREAD

    def change(picture: Picture, t: float, _i: int) -> NDArray[np.generic]:
        if t < 20.6:
            return picture
        shown = picture.astype(np.float32)
        part = np.s_[y : y + height, x : x + width]
        shown[part] = clearness * shown[part] + (1 - clearness) * 200
        return np.asarray(shown)

    return change


def _soft(
    picture: Picture, box: tuple[int, int, int, int], factor: float, sigma: float
) -> NDArray[np.float32]:
    x, y, width, height = box
    light = np.ones(picture.shape[:2], np.float32)
    light[y : y + height, x : x + width] = factor
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma)[..., None], np.float32)


@cache
def shown(clip: Path) -> list[Shown]:
    """A clip's pictures with the persons that the shipped detector finds."""
    manifest = load_manifest("nano")
    detector = load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
    least = [manifest.thresholds[name] for name in manifest.classes]
    looks: list[Shown] = []
    for frame in play_file(clip, DecodePolicy(busy_fps=FPS, quiet_s=1e9)):
        found = detector.detect(frame.picture, least)
        scale = np.array(found.frame_px * 2)
        people = [
            (float(b[0]), float(b[1]), float(b[2]), float(b[3]))
            for i, b in enumerate(found.boxes_px / scale)
            if found.label(i) == "person"
        ]
        looks.append((frame.mono_s, frame.picture, people))
    return [(t - looks[0][0], picture, people) for t, picture, people in looks]


def changed(case: Case, looks: Sequence[Shown]) -> Iterator[Shown]:
    """The case's version of a clip."""
    chance = np.random.default_rng(1)
    for i, (t, picture, people) in enumerate(looks):
        if t > case.until_s or chance.random() > case.keep:
            continue
        new = picture if case.change is None else case.change(picture, t, i)
        yield t, np.asarray(new, np.uint8), people if case.masked else []


@dataclass(frozen=True)
class Result:
    """Times at which the rule opened, in seconds; milliseconds of each look; what was there last.

    `kind`: the kind of region that was seen in most of the last looks.
    """

    opened_s: list[float]
    took_ms: list[float]
    kind: str


def ours(zone: Zone, after_s: float, looks: Iterable[Shown]) -> Result:
    """What our rule makes of what is shown."""
    space, state = FreeSpace(), ObstructionState()
    space.watch(zone)
    rule = Obstruction("r", 1, zone.id, (), after_s, 6.0, "orange")
    opened, took_ms = [], []
    kinds: list[str] = []
    for t, picture, people in looks:
        began = time.thread_time()
        floors = space.step(picture, t, people)
        took_ms.append(1000 * (time.thread_time() - began))
        state, said = step_obstruction(rule, state, floors.get(zone.id), t)
        opened += [s.at_s for s in said if s.kind == "opened"]
        if zone.id in floors:
            seen = [region.kind for region in floors[zone.id].regions]
            kinds = [*kinds, "object" if "object" in seen else (*seen, "-")[0]][-10:]
    return Result(opened, took_ms, Counter(kinds).most_common(1)[0][0] if kinds else "-")


def peer(case: Case, looks: Sequence[Shown]) -> list[float]:
    """The times at which MOG2's foreground has filled 5 % of the zone for the rule's time."""
    model, since, opened, is_open = cv2.createBackgroundSubtractorMOG2(), None, [], False
    grid: Grid | None = None
    for t, picture, people in changed(case, looks):
        size = work_size((picture.shape[1], picture.shape[0]))
        grid = grid or Grid.over(case.zone, size)
        front = model.apply(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)) > 200
        there = np.asarray(grid.crop(front.astype(np.uint8) * 255, (0, 0)), np.float32)
        cells = cv2.resize(there, grid.floor.shape[::-1], interpolation=cv2.INTER_AREA) > 127
        share = float((cells & grid.floor & ~grid.covered(people)).sum()) / int(grid.floor.sum())
        since = (since if since is not None else t) if share > 0.05 else None
        ripe = since is not None and t - since >= case.after_s
        opened += [t] if ripe and not is_open else []
        is_open = ripe
    return opened


def planks(contrast: float, seed: int) -> Picture:
    """A floor of wood, (240, 320, 3): its grain runs down the picture, and little else does."""
    grain = np.random.default_rng(seed).normal(0, contrast, (1, 60))
    boards = cv2.resize(grain, PLANKED.frame_px, interpolation=cv2.INTER_CUBIC)
    coarse = np.random.default_rng(seed + 1).normal(0, 1, (60, 80))
    grey = 90 + boards + 3 * cv2.resize(coarse, PLANKED.frame_px)
    return np.clip(np.dstack([grey * 0.35, grey * 0.7, grey * 1.2]), 0, 255).astype(np.uint8)


def grained(contrast: float) -> Iterator[Iterator[Shown]]:
    """24 floors on which a dark shadow comes after 4 s and stays: eight seeds, three borders."""
    box = (120, 110, 64, 72)
    for seed, edge_px in product(range(1, 9), (0.8, 1.5, 4.0)):
        floor = planks(contrast, seed)
        dark = np.asarray(floor * _soft(floor, box, 0.35, edge_px), np.uint8)
        yield (
            (t, _noisy(dark if t >= 4 else floor, int(100 * t)), []) for t in np.arange(0, 26, 0.5)
        )


def _noisy(picture: Picture, seed: int) -> Picture:
    noise = np.random.default_rng(seed).normal(0, 2, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("LINEWARDEN_DATA", "../shared/data"))
    parser.add_argument("--cases", default="", help="only cases with this word in their name")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(machine("numpy", "opencv-python-headless"))
    head = f"{'case':<38}{'wanted':>8}{'ours':>14}  {'at last':<12}{'MOG2':<20}{'ms a look':>10}"
    print(head)
    for case in cases():
        if options.cases not in case.name:
            continue
        looks = shown(Path(options.data) / "videos" / case.clip)
        result = ours(case.zone, case.after_s, changed(case, looks))
        other = " ".join(f"{t:.1f}" for t in peer(case, looks)[:4]) or "-"
        mine = " ".join(f"{t:.1f}" for t in result.opened_s) or "-"
        wanted = "-" if case.wanted_s is None else f"{case.wanted_s:.1f}"
        cost = f"{np.median(result.took_ms):>10.1f}"
        row = f"{case.name:<38}{wanted:>8}{mine:>14}  {result.kind:<12}{other:<20}{cost}"
        print(row, flush=True)
    for contrast in CONTRASTS if options.cases in "grain" else ():
        results = [ours(PLANKED, 10.0, looks) for looks in grained(contrast)]
        false = sum(bool(result.opened_s) for result in results)
        print(f"shadows along a grain of {contrast:g}: {false} of {len(results)} open", flush=True)


if __name__ == "__main__":
    main()
