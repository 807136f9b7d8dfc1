"""Who is near already, and comes nearer."""

from __future__ import annotations

import pytest

from events.rules import Approaching, State
from events.rules.approach import step
from tests.events.staged import track
from vision import Approach

RULE = Approaching(
    "r", 1, "z", ("excavator",), 5, 30, "orange", "band5", 120, least_mps=0.2, near_m=15
)


@pytest.mark.parametrize(
    ("away_m", "closing_mps", "odds", "opens"),
    [
        (12.0, 0.08, 0.1, True),  # slow, but near and surely closing
        (12.0, 0.03, 0.1, False),  # closing by chance
        (12.0, -0.08, 0.0, False),  # leaving
        (18.0, 0.08, 0.1, False),  # slow and not near
        (18.0, 0.3, 0.9, True),  # there within two minutes
        (18.0, 0.1, 0.9, False),  # likely there, but slower than counts
    ],
)
def test_near_and_closing_is_an_approach_at_any_speed(
    away_m: float, closing_mps: float, odds: float, opens: bool
) -> None:
    seen = [(track(), Approach(away_m, 0.5, closing_mps, 0.02, odds, "m"))]
    state, said = State(), []
    for i in range(40):
        state, news = step(RULE, state, seen, i / 4)
        said += news
    assert [one.kind for one in said] == (["opened"] if opens else [])
    assert all(("nearer than 15 m" in one.why_en) == (away_m < 15) for one in said)
