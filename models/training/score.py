"""Scoring of boxes against partial labels: average precision, recall and false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MATCH_IOU = 0.5
IGNORE_SHARE = 0.5
HIT, FALSE, UNJUDGED = 1, 0, -1


def overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union of boxes (n, 4) and (m, 4)."""
    shared = _shared(a, b)
    union = _area(a)[:, None] + _area(b)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-12))


def covered(a: Floats, b: Floats) -> Floats:
    """Share of each box of `a` (n, 4) that each box of `b` (m, 4) covers."""
    return np.asarray(_shared(a, b) / np.maximum(_area(a)[:, None], 1e-12))


def _shared(a: Floats, b: Floats) -> Floats:
    lower = np.maximum(a[:, None, :2], b[None, :, :2])
    upper = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return np.asarray(np.prod(np.clip(upper - lower, 0, None), 2))


def _area(a: Floats) -> Floats:
    return np.asarray(np.prod(np.clip(a[:, 2:] - a[:, :2], 0, None), 1))


@dataclass(frozen=True, slots=True)
class Case:
    """One picture and one class: what is there, what was predicted, whether the labels say all.

    `truth` (n, 4), `ignore` (m, 4); `predicted` (k, 5) is x1, y1, x2, y2, score. `aside` (j, 4) are
    boxes that are there but not asked for: whoever finds them neither gains nor loses.
    """

    truth: Floats
    ignore: Floats
    predicted: Floats
    complete: bool
    aside: Floats = field(default_factory=lambda: np.zeros((0, 4)))

    @property
    def is_empty(self) -> bool:
        """Whether this picture surely does not show the class."""
        return self.complete and not len(self.truth) and not len(self.aside)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of each prediction and each box of one case.

    `outcome` (k,) is HIT, FALSE or UNJUDGED for each row of `predicted` (k, 5), which is sorted by
    falling score; `found_at` (n,) is the score at which each true box was found, -1 if never.
    """

    predicted: Floats
    outcome: NDArray[np.int8]
    found_at: Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision over recall of one class, by falling score; `boxes` were to be found.

    `false_per_100` counts, at each score, the false boxes on 100 pictures that surely do not show
    the class; it is NaN where there is no such picture.
    """

    boxes: int
    empty_pictures: int
    scores: Floats
    recall: Floats
    precision: Floats
    false_per_100: Floats

    @property
    def ap50(self) -> float:
        """Mean of the best precision at 101 recalls; NaN where there was nothing to find."""
        return average_precision(self.recall, self.precision) if self.boxes else float("nan")

    def at(self, score: float) -> tuple[float, float, float]:
        """Recall, precision and false boxes per 100 empty pictures at a threshold."""
        k = int(np.searchsorted(-self.scores, -score, side="right")) - 1
        if k < 0:
            return 0.0, 1.0, 0.0 if self.empty_pictures else float("nan")
        return float(self.recall[k]), float(self.precision[k]), float(self.false_per_100[k])


def judge(case: Case, iou: float = MATCH_IOU) -> Verdicts:
    """Match by falling score: each prediction takes the free box that it overlaps best."""
    predicted = case.predicted[np.argsort(-case.predicted[:, 4], kind="stable")]
    match = overlap(predicted[:, :4], np.concatenate([case.truth, case.aside]))
    ignored = np.asarray((covered(predicted[:, :4], case.ignore) >= IGNORE_SHARE).any(1))
    n = len(case.truth)
    found_at = np.full(match.shape[1], -1.0)
    outcome = np.full(len(predicted), UNJUDGED, np.int8)
    for k, row in enumerate(predicted):
        free = np.where((found_at < 0) & (match[k] >= iou))[0]
        wanted = free[free < n] if (free < n).any() else free
        if len(wanted):
            best = wanted[np.argmax(match[k][wanted])]
            found_at[best] = row[4]
            outcome[k] = HIT if best < n else UNJUDGED
        elif case.complete and not ignored[k]:
            outcome[k] = FALSE
    return Verdicts(predicted, outcome, found_at[:n])


def average_precision(recall: Floats, precision: Floats) -> float:
    """Mean of the best precision at 101 recalls; both arrays by falling score."""
    best = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101) - 1e-12)
    return float(np.mean(np.append(best, 0.0)[np.minimum(at, len(best))]))


def curve(cases: Sequence[Case], iou: float = MATCH_IOU) -> Curve:
    """Score one class over all pictures. Where labels are partial, unmatched boxes do not count."""
    verdicts = [judge(case, iou) for case in cases]
    counted = [v.outcome != UNJUDGED for v in verdicts]
    scores = _joined([v.predicted[c, 4] for v, c in zip(verdicts, counted, strict=True)])
    hits = _joined([v.outcome[c] == HIT for v, c in zip(verdicts, counted, strict=True)])
    on_empty = _joined(
        [np.full(c.sum(), case.is_empty) for case, c in zip(cases, counted, strict=True)]
    )
    order = np.argsort(-scores, kind="stable")
    ranked, good = scores[order], hits[order] > 0
    empties = sum(case.is_empty for case in cases)
    boxes = sum(len(case.truth) for case in cases)
    last = np.append(np.diff(ranked) != 0, True) if len(ranked) else np.zeros(0, bool)
    found, rank = np.cumsum(good), np.arange(1, len(good) + 1)
    false = np.cumsum(on_empty[order])
    per_100 = 100.0 * false / empties if empties else np.full(len(false), np.nan)
    return Curve(
        boxes=boxes,
        empty_pictures=empties,
        scores=ranked[last],
        recall=(found / max(boxes, 1))[last],
        precision=(found / rank)[last],
        false_per_100=per_100[last],
    )


def _joined(parts: Sequence[NDArray[np.generic]]) -> Floats:
    return np.asarray(np.concatenate(parts) if parts else np.zeros(0), np.float64)
