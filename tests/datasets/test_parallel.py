"""Work spread over processes gives what one process gives, in order."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from datasets.parallel import each


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(processes: int) -> None:
    base = 100

    def work(k: int) -> int:
        return base + int(np.random.default_rng(k).integers(1 << 30))

    assert list(each(work, range(20), processes)) == [work(k) for k in range(20)]


def test_workers_may_use_opencv_after_their_parent_has() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (900, 900, 3), np.uint8)

    def work(k: int) -> float:
        return float(cv2.GaussianBlur(picture, (0, 0), 3 + k).mean())

    before = work(0)
    assert next(each(work, range(4), 2)) == before


def test_an_error_in_a_worker_reaches_the_caller() -> None:
    def work(k: int) -> int:
        raise ValueError(f"item {k}")

    with pytest.raises(ValueError, match="item 0"):
        list(each(work, range(3), 2))
