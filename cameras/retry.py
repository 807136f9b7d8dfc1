"""How long to wait before a source is tried again."""

from __future__ import annotations

import random

from cameras.errors import Frozen, SourceError, Unauthorized

FIRST_S = 1.0
MOST_S = 60.0
HEALTHY_AFTER_S = 10.0


class Backoff:
    """Waits that double from 1 to 60 s, jittered so that cameras do not knock all at once.

    A connection that lasted 10 s starts again at the first wait, unless it was frozen. After a
    refused password each wait is the longest.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failures = 0

    def wait_s(self, fault: SourceError, *, lasted_s: float) -> float:
        """Seconds to wait after `fault` ended a connection that had lasted `lasted_s`."""
        if lasted_s >= HEALTHY_AFTER_S and not isinstance(fault, Frozen):
            self._failures = 0
        ceiling = MOST_S if isinstance(fault, Unauthorized) else self._ceiling_s()
        self._failures += 1
        return max(FIRST_S, ceiling * self._chance.uniform(0.5, 1.0))

    def _ceiling_s(self) -> float:
        return min(MOST_S, FIRST_S * 2.0 ** min(self._failures, 10))
