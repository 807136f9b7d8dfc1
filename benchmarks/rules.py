"""What all rules of a busy camera cost together, beside the detector in the same run.

`python -m benchmarks.rules [--seconds 60] [--fps 12]`. A staged camera of 640x360 with 20 objects
(people who stand and walk, vehicles, machines of which two work) and four zones: an exit and a fire
lane with something standing in it, a square for gatherings, and a strip over a pipeline with works,
approach and dwell. Everything runs in one thread; figures are processor time per picture. What
rules share (what tracks do, the comparison of floors) counts where it is first asked for.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
from pydantic import TypeAdapter

from benchmarks.report import machine, show
from benchmarks.statistics import quantile
from cameras.calibration import ControlPoint, Homography, Site
from datasets import scenes
from datasets.labels import CLASSES
from linewarden.families import FAMILIES, AnyRule, Look, RuleSettings, Running, Scene, Shared
from models import load_manifest
from vision import Box, Detections, Detector, Picture, Tracker, Zone, load_detector

SIZE = (640, 360)
AIM_MS = 2.0
ZONES = (
    Zone("exit", ((215, 165), (315, 165), (330, 245), (200, 245)), SIZE),
    Zone("lane", ((20, 250), (300, 250), (320, 350), (0, 350)), SIZE),
    Zone("square", ((330, 190), (480, 190), (500, 350), (330, 350)), SIZE),
    Zone("strip", ((490, 150), (635, 150), (635, 355), (490, 355)), SIZE),
)
RULES: tuple[Mapping[str, object], ...] = (
    {"use": "blocked-exit", "zone": "exit"},
    {"use": "fire-lane", "zone": "lane"},
    {"use": "gathering", "zone": "square", "at_least": 5},
    {"use": "person-in-zone", "zone": "square"},
    {"use": "works", "zone": "strip"},
    {"use": "approach", "zone": "square", "towards": "strip"},
    {"use": "machine-in-zone", "zone": "strip"},
    {"use": "vehicle-stopped", "zone": "strip"},
    {"use": "piling", "zone": "strip"},
)
OBSTRUCTION = ("blocked-exit", "fire-lane", "piling")
Thing = tuple[str, Box, Box]
"""What it is, its box, and how it goes: (amplitude x, amplitude y, period in seconds, phase)."""


def things() -> list[Thing]:
    """Twenty objects: 12 people of whom six stand, 4 vehicles, 4 machines."""
    found: list[Thing] = []
    for i in range(6):
        x = 350.0 + 20 * i
        found.append(("person", (x, 220.0, x + 18, 270.0), (1.0, 0.5, 7.0, float(i))))
    for i in range(6):
        x, y = 120.0 + 60 * i, 180.0 + 12 * i
        found.append(("person", (x, y, x + 18, y + 50), (80.0, 10.0, 20.0 + 2 * i, float(i))))
    for i, label in enumerate(("car", "truck", "car", "bus")):
        x, y = 20.0 + 70 * i, 60.0 + 8 * i
        found.append((label, (x, y, x + 70, y + 40), (150.0, 4.0, 30.0, float(i))))
    found.append(("excavator", (500.0, 180.0, 590.0, 250.0), (0.5, 0.5, 5.0, 0.0)))
    found.append(("excavator", (540.0, 250.0, 630.0, 330.0), (0.5, 0.5, 6.0, 1.0)))
    found.append(("machine", (400.0, 280.0, 470.0, 330.0), (25.0, 2.0, 40.0, 0.0)))
    found.append(("machine", (350.0, 120.0, 420.0, 160.0), (0.5, 0.5, 9.0, 2.0)))
    return found


class Stage:
    """Pictures and boxes of the staged camera. The floor is a rendered yard with grain."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        yard = scenes.get("yard", size_px=SIZE, fps=12)
        self._floor = np.asarray(yard.render(0.0), np.uint8)
        self._things = things()
        coats = [self._chance.integers(30, 220, (12, 8, 3)).astype(np.uint8) for _ in self._things]
        self._coats = coats
        grain = self._chance.normal(0, 2.5, (8, SIZE[1], SIZE[0], 3))
        self._grain = grain.astype(np.int16)
        points = [ControlPoint(p.pixel, p.lon, p.lat) for p in yard.control_points]
        site = Site(yard.site.lon, yard.site.lat)
        self.ground = Homography.fit(points, site=site, frame_px=SIZE)

    def boxes(self, t: float) -> list[tuple[str, Box]]:
        """Where everything is at `t` seconds."""
        found: list[tuple[str, Box]] = []
        for label, (x1, y1, x2, y2), (ax, ay, period_s, phase) in self._things:
            dx = ax * float(np.sin(2 * np.pi * t / period_s + phase))
            dy = ay * float(np.cos(2 * np.pi * t / period_s + phase))
            found.append((label, (x1 + dx, y1 + dy, x2 + dx, y2 + dy)))
        return found

    def picture(self, t: float, index: int) -> Picture:
        """What the camera shows at `t`: from 10 s on a carton in the lane."""
        canvas = self._floor.copy()
        for k, (_, box) in enumerate(self.boxes(t)):
            _paste(canvas, self._coats[k], box)
        for arm in ((500, 190), (540, 260)):
            tip = int(arm[0] + 40 + 40 * np.cos(2.5 * t)), int(arm[1] + 20 + 25 * np.sin(2.5 * t))
            cv2.line(canvas, (arm[0] + 40, arm[1] + 30), tip, (20, 160, 230), 8)
        if t > 10:
            _paste(canvas, self._coats[0][:, ::-1], (120.0, 280.0, 180.0, 330.0))
        grained = canvas.astype(np.int16) + self._grain[index % len(self._grain)]
        return np.asarray(np.clip(grained, 0, 255), np.uint8)

    def detections(self, t: float) -> Detections:
        """The boxes as a detector gives them, a little beside where things are."""
        seen = self.boxes(t)
        boxes = np.array([box for _, box in seen], np.float32)
        boxes += self._chance.normal(0, 0.7, boxes.shape).astype(np.float32)
        labels = np.array([CLASSES.index(label) for label, _ in seen], np.int64)
        return Detections(boxes, np.full(len(seen), 0.8, np.float32), labels, CLASSES, SIZE)


def _paste(canvas: Picture, coat: Picture, box: Box) -> None:
    x1, y1, x2, y2 = (round(v) for v in box)
    x1, y1, x2, y2 = max(0, x1), max(0, y1), min(SIZE[0], x2), min(SIZE[1], y2)
    if x2 > x1 and y2 > y1:
        canvas[y1:y2, x1:x2] = cv2.resize(coat, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)


def running(ground: Homography) -> list[Running]:
    """The rules, as the pipeline runs them."""
    read: TypeAdapter[RuleSettings] = TypeAdapter(AnyRule)
    zones = {zone.id: zone for zone in ZONES}
    shared, made = Shared(), []
    for plain in RULES:
        stated = read.validate_python({"after": "60s", "clear": "20s", "level": "orange", **plain})
        rule = stated.rule(CLASSES)
        thresholds = dict.fromkeys(CLASSES, 0.4)
        scene = Scene(zones, thresholds, shared, ground, settings=stated)
        made.append(Running(rule, FAMILIES[type(rule)], scene))
    return made


def looks(stage: Stage, seconds: float, fps: float) -> Iterator[tuple[float, Picture, Detections]]:
    """Time, picture and boxes of every picture."""
    for i in range(round(seconds * fps)):
        yield i / fps, stage.picture(i / fps, i), stage.detections(i / fps)


def measure(
    stage: Stage, rules: Sequence[Running], detector: Detector, seconds: float, fps: float
) -> dict[str, list[float]]:
    """Milliseconds of each picture by what took them; the first 5 s only warm up."""
    tracker, took = Tracker(), defaultdict[str, list[float]](list)
    thresholds = [0.3] * len(detector.classes)
    for t, picture, found in looks(stage, seconds, fps):
        tracks, tracking_ms = timed(partial(tracker.step, found, t))
        look = Look(picture, SIZE, t, None, found, tracks, tracker.candidates)
        by_use: dict[str, float] = defaultdict(float)
        for one in rules:
            use = one.settings.use if one.settings is not None else ""
            _, ms = timed(partial(one.look, look, lambda *_: True))
            by_use["obstruction" if use in OBSTRUCTION else use] += ms
        if t < 5:
            continue
        for use, ms in by_use.items():
            took[use].append(ms)
        took["all rules"].append(sum(by_use.values()))
        took["tracker"].append(tracking_ms)
        if len(took["all rules"]) % 6 == 0:
            _, ms = timed(partial(detector.detect, picture, thresholds))
            took["detector"].append(ms)
    return took


def timed(work: Callable[[], Any]) -> tuple[Any, float]:  # what `work` gives
    """(what it gives, milliseconds of this thread's processor time)."""
    began_s = time.thread_time()
    given = work()
    return given, 1000 * (time.thread_time() - began_s)


def figures(name: str, took: Mapping[str, Sequence[float]]) -> list[str]:
    """A row of the table: mean, median, p95, worst, and the mean by the detector's median."""
    ms = took[name]
    share = statistics.mean(ms) / statistics.median(took["detector"])
    numbers = (statistics.mean(ms), statistics.median(ms), quantile(ms, 0.95) or 0.0, max(ms))
    return [name, *(f"{value:.2f}" for value in numbers), f"{share:.3f}"]


def main() -> None:
    """Measure and print; exit code 1 where the mean is above the aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--fps", type=float, default=12)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    manifest = load_manifest("nano")
    detector = load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
    stage = Stage(seed=1)
    took = measure(stage, running(stage.ground), detector, given.seconds, given.fps)
    print(machine("numpy", "opencv-python-headless"), f"load {os.getloadavg()[0]:.1f}")
    uses = [name for name in took if name not in ("all rules", "tracker", "detector")]
    show(
        f"20 objects, 4 zones, {len(RULES)} rules, 640x360, {given.fps:g} pictures a second",
        ["ms a picture", "mean", "median", "p95", "worst", "x detector"],
        [figures(name, took) for name in (*uses, "all rules", "tracker", "detector")],
    )
    if statistics.mean(took["all rules"]) > AIM_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
