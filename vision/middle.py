"""The median, where it is asked for many times a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def middle(values: NDArray[Any]) -> NDArray[Any]:  # of whatever numbers
    """Per column (n, ...) the median; of an even number, the upper of the two.

    Many times as fast as NumPy's for the hundred numbers that a zone has.
    """
    half = len(values) // 2
    return np.asarray(np.partition(values, half, axis=0)[half])
