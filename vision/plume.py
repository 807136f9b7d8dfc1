"""Smoke and flames over time: does the place where one is suspected behave like a plume?

One picture cannot tell smoke from fog, steam, dust or a grey wall; ten seconds mostly can. A plume
stays, takes another shape all the time or moves without being carried as one piece, in no single
direction but up, and what stands behind it shows through or it has no edges. The cues are after
Toreyin 2005 and Yuan 2008 (flow, flicker), without their learned backgrounds: the reference is the
median of the same ten seconds, laid on each other where the camera shakes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_align import Aligner
from vision.types import Box, Picture, Point, Size

Grey = NDArray[np.float32]

WINDOW_S = 10.0
LEAST_S = 3.0
"""Less than this of a place says nothing."""
APART_S = 0.19
"""Pictures nearer than this to the last kept one are not kept: about five a second are enough."""
SIDE_PX = 480
"""Long side of the kept pictures."""
CROP_PX = 160
"""A suspected place is looked at with its long side so long: flow is found in windows of fixed
size, so a plume that is small in the picture would else look as if it moved in one piece."""
PAIRS = 12
"""How many pairs of neighbouring pictures are asked for their motion."""
MOST_PX = 200
"""A place is measured with its long side at most so long: more pixels only cost more."""
MOST_CALM = 25
"""So many pictures of the window, evenly spread, make the median."""
ROUGH = 4
"""What holds for the whole picture is measured on every so many-th pixel of it."""
SOBEL = 8.0
"""What `_gradients` gives for a slope of one grey level a pixel."""
SHAPE_PX = 48
"""Shapes are compared with the long side of a place so long: finer ones are grain."""
LEAST_CELLS = 24
"""So many moving pixels make a mask worth measuring."""


@dataclass(frozen=True, slots=True)
class PlumeCues:
    """What ten seconds of a place show; shares of 0..1 unless said.

    `active`: looks in which part of the box differed from its median; `area`: mean share of the
    box that did; `spread`: mean share of the whole picture that did. `non_rigid`: motion left
    after the best affine motion is taken off. `coherence`: length of the mean direction, 1 where
    all goes one way; `rising`: share of the motion that goes up within 60 degrees. `reshaped`:
    how unlike the change is to what it was one picture before, wherever it has gone meanwhile: 0
    for what keeps its shape. `see_through`: correlation of the gradients there with
    the calm ones. `edge`: how steep what came there is (the 95th percentile of the change's
    gradient, grey levels a pixel); `scene_edge`: how steep the calm picture is at its steepest
    fiftieth. `anchor_per_s`: speed of the lowest tenth in box heights a second.
    """

    active: float
    area: float
    spread: float
    non_rigid: float
    coherence: float
    rising: float
    reshaped: float
    see_through: float
    edge: float
    scene_edge: float
    anchor_per_s: float
    span_s: float

    @property
    def is_plume(self) -> bool:
        """Whether a place that shows this behaves like smoke or flames.

        Measured on 8 real clips (`tests/vision/test_plume.py`): true of nine in ten judgements on
        smoke and fire, of one in thirty on places where people, cars or machines move.
        """
        shows = self.see_through > 0.4 or self._is_soft
        return self._stays_and_stirs and shows and self.see_through < 0.985

    @property
    def is_flame(self) -> bool:
        """Whether a place that shows this behaves like flames: they hide more than smoke does."""
        return self.is_plume or (self._stays_and_stirs and 0.25 < self.see_through < 0.985)

    @property
    def _is_soft(self) -> bool:
        """Whether what came has no edges: thick smoke hides what is behind it as people and
        machines do, but they are as steep as anything in the scene.

        On the real clips crowds reach 33 to 43 grey levels a pixel and 1.7 to 2.8 of the scene,
        people in a room 16 to 30; smoke and a room that burns 9 to 22 and at most 0.8.
        """
        return self.edge < 18 and self.edge < 2 * self.scene_edge

    @property
    def _stays_and_stirs(self) -> bool:
        """Bound to a place that is never calm, and without a shape.

        A lamp that blinks has the same shape each time, whatever its beat; flames and smoke puff,
        so a beat says nothing against them. What goes one way may be smoke if that is up. Light and
        fog change a place without any billows: at most 2 grey levels a pixel. Smoke and flames on
        the real clips reach 24, staged sparks of welding 29, a child on a swing 37, a crowd 33.
        """
        stays = self.active >= 0.6 and self.anchor_per_s < 0.08
        disordered = self.non_rigid > 0.8 and self.coherence < 0.6
        rises = self.non_rigid > 0.65 and self.rising > 0.6
        shapeless = self.reshaped > 0.25 or (self.reshaped > 0.05 and (disordered or rises))
        stirs = self.area >= 0.08 and self.spread < 0.9
        billows = 2 < self.edge < 26
        return stays and shapeless and stirs and billows


@dataclass
class _Kept:
    """A picture of the past, laid on the others: it had moved by `shift_px` of its own pixels.

    None: it is as it came. `rough` is what remains of it where only the whole matters.
    """

    at_s: float
    grey: NDArray[np.uint8]
    shift_px: Point | None = None

    @cached_property
    def rough(self) -> Grey:
        return _smooth(self.grey)[::ROUGH, ::ROUGH].copy()


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the window shows of the whole picture, for all places alike; grey levels."""

    at_s: float
    noise: float
    spread: float
    edge: float


class _Steady:
    """Lays the pictures of a camera that shakes on each other.

    The first picture is the measure; where nobody can tell for a whole window, a new one.
    """

    def __init__(self) -> None:
        self._aligner = Aligner()
        self._told_s = 0.0

    def step(self, grey: NDArray[np.uint8], now_s: float) -> tuple[NDArray[np.uint8], Point]:
        """The picture moved back, and how far it had moved; as it is where nobody can tell."""
        shift = self._aligner.step(grey)
        if shift is None and now_s - self._told_s > WINDOW_S:
            self._aligner = Aligner()
            shift = self._aligner.step(grey)
        if shift is not None:
            self._told_s = now_s
        if shift is None or shift == (0.0, 0.0):
            return grey, (0.0, 0.0)
        x, y = shift
        back = np.array([[1, 0, x], [0, 1, y]], np.float32)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = grey.shape[1], grey.shape[0]
        laid = cv2.warpAffine(grey, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(laid, np.uint8), shift


class PlumeWatch:
    """The last ten seconds of a camera, kept small, and what they show at a place."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque()
        self._steady = _Steady()
        self._whole: _Whole | None = None

    def step(self, picture: Picture, now_s: float) -> None:
        """Take a picture of capture time `now_s`; one of another size begins anew."""
        if self._kept and not 0 <= now_s - self._kept[-1].at_s < WINDOW_S:
            self._begin_anew()
        if self._kept and now_s - self._kept[-1].at_s < APART_S:
            return
        k = min(1.0, SIDE_PX / max(picture.shape[:2]))
        size = max(1, round(picture.shape[1] * k)), max(1, round(picture.shape[0] * k))
        whole = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        grey = cv2.resize(whole, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        if self._kept and self._kept[-1].grey.shape != grey.shape:
            self._begin_anew()
        self._kept.append(_Kept(now_s, grey))
        while now_s - self._kept[0].at_s > WINDOW_S:
            self._kept.popleft()

    def _begin_anew(self) -> None:
        self._kept.clear()
        self._steady = _Steady()

    def _laid(self) -> Point:
        """Lay what is kept on each other, which only matters once something is suspected.

        Returns how far the newest had moved.
        """
        for kept in self._kept:
            if kept.shift_px is None:
                kept.grey, kept.shift_px = self._steady.step(kept.grey, kept.at_s)
        return self._kept[-1].shift_px or (0.0, 0.0)

    def judge(self, box_px: Box, frame_px: Size) -> PlumeCues | None:
        """The cues at a box in pixels of `frame_px`; None while there is too little to say."""
        if len(self._kept) < 8 or self._kept[-1].at_s - self._kept[0].at_s < LEAST_S:
            return None
        shift_px = self._laid()
        height, width = self._kept[-1].grey.shape
        rows, columns = _window(box_px, frame_px, (width, height), shift_px)
        if rows.stop - rows.start < 8 or columns.stop - columns.start < 8:
            return None
        if self._whole is None or self._whole.at_s != self._kept[-1].at_s:
            self._whole = _whole(self._kept)
        times = np.array([kept.at_s for kept in self._kept])
        crops = np.stack([_bounded(_smooth(kept.grey[rows, columns])) for kept in self._kept])
        return _cues(crops, times, self._whole)


def _smooth(grey: NDArray[np.uint8]) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), np.float32)


def _bounded(crop: Grey) -> Grey:
    scale = MOST_PX / max(crop.shape)
    if scale >= 1:
        return crop
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _calm(pictures: Grey) -> Grey:
    """The median of the window, by at most `MOST_CALM` of its pictures."""
    few = np.linspace(0, len(pictures) - 1, min(len(pictures), MOST_CALM)).round().astype(int)
    return np.asarray(np.median(pictures[few], 0), np.float32)


def _whole(past: Sequence[_Kept]) -> _Whole:
    rough = np.stack([kept.rough for kept in past])
    noise = 1.4826 * float(np.median(np.abs(np.diff(rough, axis=0)))) + 0.5
    spread = float((np.abs(rough - _calm(rough)) > 3 * noise).mean())
    middle = _smooth(past[len(past) // 2].grey)
    edge = float(np.percentile(np.hypot(*np.moveaxis(_gradients(middle), -1, 0)), 98))
    return _Whole(past[-1].at_s, noise, spread, edge / SOBEL)


def _window(box_px: Box, frame_px: Size, size: Size, shift_px: Point) -> tuple[slice, slice]:
    """Where a box of the newest picture lies in the kept ones, which are `shift_px` back."""
    k = np.tile(np.array(size) / np.array(frame_px), 2)
    x1, y1, x2, y2 = np.array(box_px) * k - np.tile(shift_px, 2)
    columns = slice(max(0, int(x1)), min(size[0], int(np.ceil(x2))))
    rows = slice(max(0, int(y1)), min(size[1], int(np.ceil(y2))))
    return rows, columns


def _cues(crops: Grey, times: NDArray[np.float64], whole: _Whole) -> PlumeCues:
    calm = _calm(crops)
    far = 3 * whole.noise
    masks = np.stack([_without_specks(np.abs(crop - calm) > far) for crop in crops])
    areas = masks.reshape(len(masks), -1).mean(1)
    rigid, coherent, rising = _motion(crops, masks)
    big = [k for k in range(len(masks)) if masks[k].sum() >= LEAST_CELLS]
    return PlumeCues(
        active=float((areas > 0.02).mean()),
        area=float(areas.mean()),
        spread=whole.spread,
        non_rigid=rigid,
        coherence=coherent,
        rising=rising,
        reshaped=_reshaped(crops - calm, big),
        see_through=_median([_shown(crops[k], calm, masks[k]) for k in big]),
        edge=_median([_steepest(crops[k] - calm, masks[k]) for k in big]),
        scene_edge=whole.edge,
        anchor_per_s=_anchor(masks, times, big),
        span_s=float(times[-1] - times[0]),
    )


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    cleaned = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cleaned, bool)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _motion(crops: Grey, masks: NDArray[np.bool_]) -> tuple[float, float, float]:
    """(motion left after the best affine one, length of the mean direction, share that goes up),
    medians of pairs.
    """
    left, coherent, rising = [], [], []
    scale = CROP_PX / max(crops.shape[1:])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    for k in np.unique(np.linspace(1, len(crops) - 1, PAIRS).astype(int)):
        if masks[k].sum() < LEAST_CELLS:
            continue
        before, now = (
            cv2.resize(crop, None, fx=scale, fy=scale, interpolation=how)
            .clip(0, 255)
            .astype(np.uint8)
            for crop in crops[k - 1 : k + 1]
        )
        mask = cv2.resize(masks[k].astype(np.uint8), now.shape[::-1]) > 0
        start = np.zeros((*now.shape, 2), np.float32)
        flow = cv2.calcOpticalFlowFarneback(before, now, start, 0.5, 2, 11, 2, 5, 1.1, 0)
        length = np.hypot(flow[..., 0], flow[..., 1])
        rows, columns = np.nonzero(mask & (length > 0.15))
        if len(rows) < LEAST_CELLS:
            continue
        moved = flow[rows, columns]
        basis = np.stack([columns, rows, np.ones_like(rows)], 1).astype(np.float32)
        best, *_ = np.linalg.lstsq(basis, moved, rcond=None)
        rest = np.square(moved - basis @ best).sum(1).mean()
        left.append(float(np.sqrt(rest / np.square(moved).sum(1).mean())))
        far = length[rows, columns]
        coherent.append(float(np.hypot(*moved.mean(0)) / far.mean()))
        rising.append(float(far[-moved[:, 1] > 0.5 * far].sum() / far.sum()))
    return _median(left), _median(coherent), _median(rising)


def _reshaped(changes: Grey, big: Sequence[int]) -> float:
    """How unlike the changes of neighbouring pictures are at the shift that suits them best.

    Unlike flow it needs no motion that is small beside the eddies: flames of twenty pixels and
    smoke at two looks a second are another shape at each look, a man is much the same. What is
    darker now where it was brighter, as a lamp that is on half of the time, has the same shape.
    """
    pairs = [(a, b) for a, b in pairwise(big) if b == a + 1]
    scale = min(1.0, SHAPE_PX / max(changes.shape[1:]))
    unlike = []
    for k in np.unique(np.linspace(0, len(pairs) - 1, PAIRS).astype(int)) if pairs else ():
        before, now = (
            cv2.resize(changes[i], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            for i in pairs[k]
        )
        rows, columns = before.shape[0] // 5, before.shape[1] // 5
        middle = before[rows : before.shape[0] - rows, columns : before.shape[1] - columns]
        alike = cv2.matchTemplate(now, middle, cv2.TM_CCOEFF_NORMED)
        unlike.append(1 - float(np.abs(alike).max()))
    return _median(unlike)


def _shown(crop: Grey, calm: Grey, mask: NDArray[np.bool_]) -> float:
    """Correlation of a picture's gradients with the calm ones inside the mask."""
    now, then = _gradients(crop)[mask], _gradients(calm)[mask]
    power = float(np.square(now).sum() * np.square(then).sum())
    return float((now * then).sum() / np.sqrt(power)) if power > 0 else 0.0


def _steepest(change: Grey, mask: NDArray[np.bool_]) -> float:
    """The 95th percentile of a change's gradient inside the mask, grey levels a pixel."""
    return float(np.percentile(np.hypot(*_gradients(change)[mask].T), 95)) / SOBEL


def _gradients(picture: Grey) -> Grey:
    x = cv2.Sobel(picture, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.stack([x, y], -1).astype(np.float32)


def _anchor(masks: NDArray[np.bool_], times: NDArray[np.float64], big: Sequence[int]) -> float:
    """Speed of the lowest tenth of the masks, in box heights a second."""
    feet = []
    for k in big:
        rows, columns = np.nonzero(masks[k])
        low = rows >= np.quantile(rows, 0.9)
        feet.append((times[k], columns[low].mean(), rows[low].mean()))
    if len(feet) < 4:
        return 0.0
    at, x, y = np.array(feet).T
    return float(np.hypot(_slope(at, x), _slope(at, y)) / masks.shape[1])


def _slope(at: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Theil-Sen: the median slope of all pairs."""
    i, j = np.triu_indices(len(at), 1)
    return float(np.median((values[j] - values[i]) / (at[j] - at[i])))
