"""Is the camera still looking where it was put, and can it see?

Once a second, on a small grey picture, against a reference of the same mode (day or infra-red):
gradients rather than brightness, so that evening is no fault. Starting values of the table in
Lee 2015 and Saglam & Temizel 2009 (edge energy, disappearance of edges), tuned on staged faults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.saturation import saturation
from vision.types import Box, Picture

Floats = NDArray[np.float32]
Fault = Literal["black", "blinded", "covered", "defocused", "moved", "frozen"]

FAULT_AFTER_S: Mapping[Fault, float] = MappingProxyType(
    {
        "black": 5.0,
        "blinded": 10.0,
        "covered": 10.0,
        "defocused": 60.0,
        "moved": 20.0,
        "frozen": 10.0,
    }
)
"""How long each must last before it is one: a lorry before the lens, a flash, a hunting focus."""

SIDE_PX, CELL_PX = 320, 16
EVERY_S = 1.0
LEARN_LOOKS = 5
"""The reference of a mode is the median of its first so many pictures."""
FOLLOW_LOOKS, ADAPT = 10, 1 / 600
"""So many good looks go into the reference together, each by that share: ten minutes."""
GRACE_S = 15.0
"""After a change of mode nothing is said for so long."""
GREY_SATURATION = 6.0
EDGE_ENERGY = 40.0
"""Mean squared gradient from which a cell has edges to go by."""
LEAST_CELLS = 12
COVERED_SHARE = 0.8
"""So many of the cells have lost their pattern under a cover, not a lorry before half the lens."""
NOTHING_LEFT = 0.05
"""With less of its edges left than this, what is alike is noise, and half of the cells decide."""
SURE_RESPONSE, LEAST_SHIFT = 0.15, 0.02
"""From this response a shift of the view is sure; from this share of the width it is one."""
LEAST_ALIKE = 0.45
"""So far the edges of the middle cell must agree with the view's to be where they were."""
LEAST_LIKENESS = 0.3
"""A night picture correlates so much with the day's after a blur."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What one look says. `fault` is None where nothing is wrong or nothing can be said.

    `known`: there is a reference to judge by. `measure`: the number that decided, 0..1 or pixels
    of a picture 320 wide. `mode`: day or infra-red.
    """

    fault: Fault | None
    measure: float
    known: bool
    mode: Literal["day", "infrared"]


@dataclass(frozen=True)
class _View:
    """A picture, and what pictures are compared by: each is asked for when it is needed."""

    grey: Floats

    @cached_property
    def gradients(self) -> Floats:
        return _gradients(self.grey)

    @cached_property
    def energy(self) -> Floats:
        return _energy(self.gradients)

    @cached_property
    def norm(self) -> Floats:
        return np.asarray(np.sqrt(_cells(np.square(self.gradients).sum(0)) + 1.0), np.float32)

    @cached_property
    def contrast(self) -> Floats:
        """What is left of the energy whatever the focus."""
        return _energy(_gradients(cv2.GaussianBlur(self.grey, (0, 0), 3).astype(np.float32)))

    @cached_property
    def detail(self) -> Floats:
        """Energy of the finest detail of each cell, without what noise gives to every cell."""
        cells = _cells(np.square(cv2.Laplacian(self.grey, cv2.CV_32F)))
        return np.asarray(np.maximum(cells - np.percentile(cells, 10), 0.01), np.float32)


@dataclass(slots=True)
class _Reference:
    """How a mode looks when all is well, and the good looks that are not in it yet."""

    looks: list[Floats]
    view: _View | None = None


class CameraWatch:
    """Follows one camera; pictures in rising time."""

    def __init__(self) -> None:
        self._references: dict[str, _Reference] = {}
        self._mode: Literal["day", "infrared"] | None = None
        self._changed_s = float("-inf")
        self._last_s = float("-inf")
        self._newest: Floats | None = None
        self._condition = Condition(None, 0.0, known=False, mode="day")

    def step(self, picture: Picture, now_s: float, boxes: Sequence[Box] = ()) -> Condition:
        """Take a picture (BGR); more often than once a second the last answer stands.

        `boxes`: where objects were seen a moment ago, in shares of width and height. A lorry that
        hides most of the view is no turned camera while what can be seen beside it is in place;
        nor is it learned.
        """
        if 0 <= now_s - self._last_s < EVERY_S:
            return self._condition
        self._last_s = now_s
        resized = cv2.resize(picture, _small(picture), interpolation=cv2.INTER_AREA)
        small = resized.astype(np.uint8, copy=False)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        frozen = self._newest is not None and _unchanged(self._newest, grey)
        self._newest = grey
        mode = self._mode_of(small, grey, now_s)
        reference = self._references.setdefault(mode, _Reference([]))
        fault, measure = ("frozen", 0.0) if frozen else _judged(grey, reference)
        if now_s - self._changed_s < GRACE_S and fault not in ("black", "frozen"):
            fault = None
        if fault is None:
            _learn(reference, grey)
        elif fault == "moved" and reference.view is not None and boxes:
            fault = None if _is_only_hidden(grey, reference.view, boxes) else fault
        self._condition = Condition(fault, measure, known=reference.view is not None, mode=mode)
        return self._condition

    def forget(self) -> None:
        """Learn by day and in infra-red anew: what is seen from now on is the right view."""
        self._references.clear()
        self._mode = None

    def _mode_of(
        self, small: NDArray[np.uint8], grey: Floats, now_s: float
    ) -> Literal["day", "infrared"]:
        """Day or infra-red. A picture without colour that shows something else, or nothing, is
        no night: it stays in the mode that was and is judged by its reference.
        """
        mode: Literal["day", "infrared"] = (
            "infrared" if saturation(small) < GREY_SATURATION else "day"
        )
        if self._mode is None:
            self._mode = mode
        view = self._references.setdefault(self._mode, _Reference([])).view
        if mode != self._mode and view is not None and view.grey.shape == grey.shape:
            if mode not in self._references and not _is_night_of(_View(grey), view):
                return self._mode
            self._mode, self._changed_s = mode, now_s
        return self._mode


def _small(picture: Picture) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return SIDE_PX, max(CELL_PX, round(height * SIDE_PX / width))


def _unchanged(before: Floats, now: Floats) -> bool:
    return before.shape == now.shape and float(np.abs(before - now).mean()) < 0.05


def _judged(grey: Floats, reference: _Reference) -> tuple[Fault | None, float]:
    mean, spread = float(grey.mean()), float(grey.std())
    if (mean < 12 and np.percentile(grey, 99) < 30) or (spread < 2 and mean < 40):
        return "black", mean
    view = reference.view
    if view is None or view.grey.shape != grey.shape:
        return None, 0.0
    now, was = _View(grey), view.energy
    edges = was > EDGE_ENERGY
    if edges.sum() < LEAST_CELLS:
        return None, 0.0
    kept = float(np.median(now.energy[edges] / was[edges]))
    bright = float((grey >= 250).mean())
    if bright > 0.4 and kept < 0.5:
        return "blinded", bright
    alike = _alike(now, view)[edges]
    lost = float((alike < 0.3).mean())
    if kept < 0.25 and lost > (COVERED_SHARE if kept >= NOTHING_LEFT else 0.5):
        return _covered_or_moved(now, view, lost)
    return _focus_or_shift(now, view, kept, float(np.median(alike)))


def _alike(now: _View, view: _View) -> Floats:
    """How far the gradients of each cell agree, -1 to 1."""
    both = _cells((now.gradients * view.gradients).sum(0))
    return np.asarray(both / (now.norm * view.norm), np.float32)


def _is_only_hidden(grey: Floats, view: _View, boxes: Sequence[Box]) -> bool:
    """Whether all that boxes leave to be seen of the view is where it was, if they leave enough."""
    seen = (view.energy > EDGE_ENERGY) & ~_covered(boxes, view.energy.shape, grey.shape)
    if seen.sum() < LEAST_CELLS:
        return True
    return float(np.median(_alike(_View(grey), view)[seen])) >= LEAST_ALIKE


def _covered(
    boxes: Sequence[Box], cells: tuple[int, ...], picture: tuple[int, ...]
) -> NDArray[np.bool_]:
    """The cells of a small picture that boxes touch."""
    covered = np.zeros(cells, bool)
    rows, columns = picture[0] / CELL_PX, picture[1] / CELL_PX
    for x1, y1, x2, y2 in boxes:
        top, left = max(0, floor(y1 * rows)), max(0, floor(x1 * columns))
        covered[top : max(0, ceil(y2 * rows)), left : max(0, ceil(x2 * columns))] = True
    return covered


def _covered_or_moved(now: _View, view: _View, lost: float) -> tuple[Fault | None, float]:
    """A cover takes the edges away; a camera that turned to poorer ground shows them elsewhere."""
    far, response = _displaced(now, view)
    is_elsewhere = response > SURE_RESPONSE and far > LEAST_SHIFT * now.grey.shape[1]
    return ("moved", far) if is_elsewhere else ("covered", lost)


def _focus_or_shift(
    now: _View, view: _View, kept: float, alike: float
) -> tuple[Fault | None, float]:
    """What is where it was, or is so after a blur, can only be out of focus."""
    if alike < LEAST_ALIKE and _coarse_likeness(now, view) < 0.6:
        return _shift(now, view, kept)
    contrast = _median_share(now.contrast, view.contrast)
    sharp = _median_share(now.detail, view.detail) / max(contrast, 1e-3)
    return ("defocused" if sharp < 0.35 else None), sharp


def _median_share(now: Floats, then: Floats) -> float:
    """How much of the energy is left in the richer half of the cells."""
    rich = then >= np.median(then)
    return float(np.median(now[rich] / then[rich]))


def _energy(gradients: Floats) -> Floats:
    """Mean squared gradient of each cell, without what noise gives to every cell."""
    cells = _cells(np.square(gradients).sum(0))
    return np.asarray(np.maximum(cells - np.percentile(cells, 10), 0.01), np.float32)


def _shift(now: _View, view: _View, kept: float) -> tuple[Fault | None, float]:
    """Moved, where the picture is as rich as before, and elsewhere or another one."""
    far, response = _displaced(now, view)
    moved = far > LEAST_SHIFT * now.grey.shape[1] if response > SURE_RESPONSE else kept >= 0.5
    return ("moved" if moved else None), far


def _displaced(now: _View, view: _View) -> tuple[float, float]:
    """By how many pixels the view's edges are displaced, and how clearly (phase correlation)."""
    before, after = (np.sqrt(np.square(p.gradients).sum(0)).astype(np.float32) for p in (view, now))
    window = cv2.createHanningWindow(now.grey.shape[::-1], cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(before, after, window)
    return float(np.hypot(dx, dy)), float(response)


def _is_night_of(now: _View, view: _View) -> bool:
    """Whether a picture shows the same place as the view, by lamps of its own."""
    kept = _median_share(now.energy, view.energy)
    return kept > 0.1 and _coarse_likeness(now, view) > LEAST_LIKENESS


def _coarse_likeness(a: _View, b: _View) -> float:
    """Correlation of both pictures' gradients after a blur that hides the focus."""
    now, then = (_gradients(cv2.GaussianBlur(p.grey, (0, 0), 4).astype(np.float32)) for p in (a, b))
    power = float(np.square(now).sum() * np.square(then).sum())
    return float((now * then).sum() / np.sqrt(power)) if power > 0 else 0.0


def _gradients(picture: Floats) -> Floats:
    """Across and down (2, H, W), after a blur by one pixel."""
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.stack([x, y]).astype(np.float32)


def _cells(values: Floats) -> Floats:
    """Means over cells of 16x16 pixels."""
    rows, columns = (n // CELL_PX for n in values.shape)
    whole = values[: rows * CELL_PX, : columns * CELL_PX]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _learn(reference: _Reference, grey: Floats) -> None:
    """The first looks give the reference; then it follows slowly, and never a fault."""
    if reference.view is not None and reference.view.grey.shape != grey.shape:
        reference.looks, reference.view = [], None
    reference.looks.append(grey)
    if len(reference.looks) < (LEARN_LOOKS if reference.view is None else FOLLOW_LOOKS):
        return
    if reference.view is None:
        learned = np.median(reference.looks, 0)
    else:
        was = reference.view.grey
        learned = was + FOLLOW_LOOKS * ADAPT * (np.mean(reference.looks, 0) - was)
    reference.looks, reference.view = [], _View(learned.astype(np.float32))
