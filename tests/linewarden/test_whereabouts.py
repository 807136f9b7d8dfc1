"""How far from the pipe, in a preset's level, sentence and numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from events.place import Network
from events.rules import Transition
from linewarden.families import AnyRule, RuleSettings
from linewarden.families.grade import Grade, RecentWorks, Where

RULES: TypeAdapter[RuleSettings] = TypeAdapter(AnyRule)
OPENED = Transition("opened", 5.0, "red", "作业", "working", 1, "excavator", {"stayed_s": 10.0})
LON, LAT = 118.9, 32.1
M_LAT = 1 / 110_889


def network(hca: str | None = None) -> Network:
    """One pipe from west to east."""
    line = {"type": "LineString", "coordinates": [[LON - 0.002, LAT], [LON + 0.002, LAT]]}
    names = {"segment_id": "s1", "route_id": "r", "owner": "o", "subdistrict": "d", "hca": hca}
    feature = {"type": "Feature", "properties": {**names, "from_m": 0, "to_m": 1900}}
    document = {"type": "FeatureCollection", "features": [{**feature, "geometry": line}]}
    return Network.parse(json.dumps(document).encode(), "test")


@pytest.mark.parametrize(
    ("away_m", "sigma_m", "odds"),
    [(0, 2.5, 0.9545), (3, 1, 0.9772), (5, 1, 0.5), (6, 2.5, 0.3446), (8, 5, 0.2696), (60, 1, 0)],
)
def test_the_odds_of_being_in_the_band_are_those_of_the_table(
    away_m: float, sigma_m: float, odds: float
) -> None:
    """The table's sigma has the centreline's 0.5 m in it."""
    own = sigma_m**2 - 0.25
    found = network().odds_within(LON, LAT + away_m * M_LAT, (own, 0.0, own), 5.0)
    assert found == pytest.approx(odds, abs=0.01)


def graded(odds: float, area: Any, **rule: Any) -> Transition:
    stated = RULES.validate_python({"use": "PIPE-01", "zone": "band5", **rule})
    where = Where(odds, 3.2, 0.6, area, "s1", "0123456789abcdef")
    return Grade(stated, RecentWorks()).of(OPENED, None, lambda band_m: where)


def test_unsure_whether_it_is_in_the_band_is_one_level_down_and_to_be_checked() -> None:
    sure, unsure = graded(0.95, "II"), graded(0.7, "II")
    assert (sure.level, unsure.level) == ("red", "orange")
    assert "check" in unsure.why_en
    assert "3.2 +- 0.6 m from segment s1, in its 5 m band with odds of 70%" in unsure.why_en
    assert unsure.numbers == {
        "stayed_s": 10.0,
        "offset_m": 3.2,
        "offset_sigma_m": 0.6,
        "in_band_share": 0.7,
    }


def test_the_segments_area_counts_unless_the_rule_states_one() -> None:
    assert "HCA III +1" in graded(0.95, "III").why_en
    assert "HCA III" not in graded(0.95, "III", hca="I").why_en
