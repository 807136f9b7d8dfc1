"""What is on at a time, found by slots, is what asking everything finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.staging.timetable import Timetable


def times(most_s: int) -> st.SearchStrategy[float]:
    """Times in whole milliseconds, between any two of which others can be asked for."""
    return st.integers(0, 1000 * most_s).map(lambda ms: ms / 1000)


spans = st.lists(
    st.tuples(times(900), times(40_000)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=12,
)


@given(spans, times(1000))
def test_what_is_on_is_found_in_the_order_given(ends: list[tuple[float, float]], t: float) -> None:
    table = Timetable([(since, until, k) for k, (since, until) in enumerate(ends)])
    assert table.at(t) == [k for k, (since, until) in enumerate(ends) if since <= t <= until]


@given(spans, times(1000))
def test_nothing_short_is_on_while_it_is_still(ends: list[tuple[float, float]], t: float) -> None:
    short = [(since, until, 0) for since, until in ends if until - since <= 6 * 3600]
    still = Timetable(short).still_until(t)
    checked = np.linspace(t, min(still, 2000.0), 20, endpoint=False)
    on = [any(since <= at <= until for since, until, _ in short) for at in checked]
    assert any(on) == (still == t and bool(on[0]))
