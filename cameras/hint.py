"""Motion as the encoder saw it: packets that are much larger than they were."""

from __future__ import annotations

from collections import deque
from statistics import median

from vision.types import Size

_SUMMED = 6
_REMEMBERED = 250
_LEAST_KNOWN = 25
_FACTOR = 3.0
_MOST_FACTOR = 12.0
_PIXELS_PER_BYTE = 1500


class SizeHint:
    """Says "look now" when the last packets are three times the median. Costs nothing.

    Sums of six packets, since B-frames and P-frames differ among themselves. Each false alarm
    raises the factor by half, each true one resets it.
    """

    def __init__(self) -> None:
        self._last: deque[int] = deque(maxlen=_SUMMED)
        self._sums: deque[int] = deque(maxlen=_REMEMBERED)
        self._factor = _FACTOR

    @property
    def is_learning(self) -> bool:
        """Whether it knows this camera too little to be relied on yet."""
        return 0 < len(self._sums) < _LEAST_KNOWN

    def step(self, size_bytes: int, picture_px: Size, *, still: bool) -> bool:
        """Take the size of the next packet that is no key frame; whether to look now.

        Only what comes while the picture is `still` counts as usual.
        """
        self._last.append(size_bytes)
        total = sum(self._last)
        known = len(self._sums) >= _LEAST_KNOWN
        usual = median(self._sums) if known and still else 0.0
        if still and len(self._last) == _SUMMED:
            self._sums.append(total)
        least = _SUMMED * picture_px[0] * picture_px[1] / _PIXELS_PER_BYTE
        return known and still and total > max(least, self._factor * usual)

    def learn(self, *, was_true: bool) -> None:
        """What came of the last alarm."""
        self._factor = _FACTOR if was_true else min(_MOST_FACTOR, self._factor * 1.5)
