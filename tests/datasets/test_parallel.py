"""Work spread over processes gives what one process gives, in order."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.parallel import each


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(processes: int) -> None:
    base = 100

    def work(k: int) -> int:
        return base + int(np.random.default_rng(k).integers(1 << 30))

    assert list(each(work, range(20), processes)) == [work(k) for k in range(20)]


def test_an_error_in_a_worker_reaches_the_caller() -> None:
    def work(k: int) -> int:
        raise ValueError(f"item {k}")

    with pytest.raises(ValueError, match="item 0"):
        list(each(work, range(3), 2))
