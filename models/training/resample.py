"""How far a difference between two models can be trusted: McNemar's test, bootstrap by group."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.score import HIT, UNJUDGED, Case, Floats, average_precision, judge


def mcnemar(lost: int, gained: int) -> float:
    """Two-sided exact p-value: `lost` boxes only the old model found, `gained` only the new one.

    The chance that a fair coin, thrown once a box, is at least as one-sided (McNemar 1947, exact).
    """
    thrown = lost + gained
    tail = sum(math.comb(thrown, k) for k in range(min(lost, gained) + 1))
    return min(1.0, float(2 * tail / 2**thrown))


def weights(groups: Sequence[str], draws: int, seed: int) -> NDArray[np.float64]:
    """How often each picture is drawn (draws, pictures) when whole groups are drawn anew.

    Pictures of one group are frames of one camera or video: they are right and wrong together.
    """
    names, of_picture = np.unique(np.array(groups), return_inverse=True)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
    return np.asarray(times[:, of_picture], np.float64)


def resampled_ap50(cases: Sequence[Case], drawn: NDArray[np.float64]) -> Floats:
    """AP50 for each row of `drawn` (draws, pictures); NaN where no box was drawn."""
    verdicts = [judge(case) for case in cases]
    counted = [v.outcome != UNJUDGED for v in verdicts]
    kept = list(zip(verdicts, counted, strict=True))
    if not kept:
        return np.full(len(drawn), np.nan)
    scores = np.concatenate([v.predicted[c, 4] for v, c in kept])
    hits = np.concatenate([v.outcome[c] == HIT for v, c in kept])
    picture = np.repeat(np.arange(len(cases)), [int(c.sum()) for c in counted])
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True) if len(scores) else np.zeros(0, bool)
    boxes = drawn @ np.array([len(case.truth) for case in cases], np.float64)
    return np.array(
        [
            _ap50(times[picture[order]], hits[order], last, n) if n else np.nan
            for times, n in zip(drawn, boxes, strict=True)
        ]
    )


def _ap50(times: Floats, hits: NDArray[np.bool_], last: NDArray[np.bool_], boxes: float) -> float:
    found, said = np.cumsum(times * hits), np.cumsum(times)
    return average_precision((found / boxes)[last], (found / np.maximum(said, 1e-12))[last])
