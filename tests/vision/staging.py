"""Staged machines for the tests of activity, drawn with texture, under a camera that shakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import Box, Picture, Track
from vision.activity import Activity, ActivityMeter

SIZE = (640, 360)
BODY: Box = (250.0, 180.0, 390.0, 280.0)


def texture(width: int, height: int, seed: int, grain: float = 2.0) -> NDArray[np.uint8]:
    """A patch of grey spots."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.clip(120 + 45 * smooth / smooth.std(), 0, 255).astype(np.uint8)


GROUND = texture(SIZE[0] + 40, SIZE[1] + 40, 1)
METAL, LORRY = texture(140, 100, 2), texture(220, 60, 3)
COAT = texture(30, 80, 4)


@dataclass(frozen=True)
class Shot:
    """What is drawn at one moment: where the machine is, its arm, what else."""

    machine_x: float = 0.0
    arm_deg: float | None = 40.0
    person_x: float | None = None
    lorry: bool = False
    light: float = 1.0
    shake: tuple[float, float] = (0.0, 0.0)
    bucket_px: float = 0.0
    """By how much the arm reaches below the machine, towards the camera."""

    def boxes(self) -> list[tuple[str, Box]]:
        """The boxes that a good detector finds."""
        x1, y1, x2, y2 = BODY
        reach = 0.0 if self.arm_deg is None else 110 * np.cos(np.radians(self.arm_deg))
        dx, (sx, sy) = self.machine_x, self.shake
        machine = (x1 + dx - max(0.0, reach) + sx, y1 - 40 + sy, x2 + dx + sx, y2 + sy)
        machine = (*machine[:3], machine[3] + self.bucket_px)
        found: list[tuple[str, Box]] = [("excavator", machine)]
        if self.lorry:
            found.append(("truck", (x1 - 40 + dx + sx, y1 + sy, x2 + 40 + dx + sx, y2 + 40 + sy)))
        if self.person_x is not None:
            found.append(
                ("person", (self.person_x + sx, 205 + sy, self.person_x + 30 + sx, 285 + sy))
            )
        return found

    def picture(self, seed: int = 0) -> Picture:
        """The picture, with the noise of a camera."""
        canvas = GROUND.copy()
        dx = self.machine_x
        if self.lorry:
            _paste(canvas, LORRY, 210 + dx, 260)
        _paste(canvas, METAL, BODY[0] + dx, BODY[1])
        if self.arm_deg is not None:
            angle = np.radians(self.arm_deg)
            foot = np.array([BODY[0] + dx + 30 + 20, BODY[1] + 20 + 20])
            tip = foot + 150 * np.array([-np.cos(angle), -np.sin(angle) * 0.7])
            for width, shade in ((16, 30), (7, 220)):
                ends = [tuple(int(v) for v in end) for end in (foot, tip)]
                cv2.line(canvas, ends[0], ends[1], (shade,), width)
        if self.person_x is not None:
            _paste(canvas, COAT, self.person_x, 205)
        move = np.array([[1, 0, self.shake[0] - 20], [0, 1, self.shake[1] - 20]], np.float64)
        seen = cv2.warpAffine(canvas, move, SIZE, flags=cv2.INTER_LINEAR).astype(np.float32)
        noise = np.random.default_rng(seed).normal(0, 2, seen.shape)
        grey = np.clip(seen * self.light + noise, 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _paste(canvas: NDArray[np.uint8], patch: NDArray[np.uint8], x: float, y: float) -> None:
    left, top = round(x) + 20, round(y) + 20
    height, width = canvas.shape
    x1, x2 = max(0, left), min(width, left + patch.shape[1])
    y1, y2 = max(0, top), min(height, top + patch.shape[0])
    if x1 < x2 and y1 < y2:
        canvas[y1:y2, x1:x2] = patch[y1 - top : y2 - top, x1 - left : x2 - left]


def watch(
    shots: Callable[[float], Shot],
    until_s: float,
    fps: float = 5,
    lost_s: tuple[float, float] = (0.0, 0.0),
) -> list[tuple[float, Activity]]:
    """What the machine was found to do at each moment; between `lost_s` no picture came."""
    meter, said = ActivityMeter(), []
    chance = np.random.default_rng(5)
    for i in range(int(until_s * fps)):
        t, shot = i / fps, shots(i / fps)
        if lost_s[0] < t < lost_s[1]:
            continue
        tracks = [
            Track(number, label, 0.9, _cut(_jittered(box, chance)), 0.0, t, seen_now=True)
            for number, (label, box) in enumerate(shot.boxes(), start=1)
            if _cut(box)[2] - _cut(box)[0] > 20
        ]
        done = meter.step(shot.picture(i), SIZE, tracks, t)
        if 1 in done:
            said.append((t, done[1]))
    return said


def _jittered(box: Box, chance: np.random.Generator) -> Box:
    """A box as exact as detectors are: 1.5 % of its height."""
    x1, y1, x2, y2 = np.asarray(box) + chance.normal(0, 0.015 * (box[3] - box[1]), 4)
    return float(x1), float(y1), float(x2), float(y2)


def _cut(box: Box) -> Box:
    """What the picture shows of a box."""
    x1, y1, x2, y2 = box
    return max(0.0, x1), max(0.0, y1), min(float(SIZE[0]), x2), min(float(SIZE[1]), y2)
