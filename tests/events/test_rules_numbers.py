"""The numbers of a transition: a unit in each name, and whole in the record."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules import Transition, whole
from events.rules.family import WHOLE_UNITS
from tests.events.sample import draft


def test_numbers_become_integers_in_a_smaller_unit() -> None:
    assert whole({"width_m": 0.8104, "after_s": 8, "inside_share": 0.95, "persons_count": 12}) == {
        "width_mm": 810,
        "after_ms": 8000,
        "inside_permille": 950,
        "persons_count": 12,
    }


@pytest.mark.parametrize("numbers", [{"width": 1.0}, {"width_m": nan}, {"width_m": inf}])
def test_a_number_without_unit_or_end_is_refused(numbers: Mapping[str, float]) -> None:
    with pytest.raises(ValueError, match="number"):
        Transition("opened", 1.0, "red", "原因", "why", 0, "x", numbers)


@given(unit=st.sampled_from(sorted(WHOLE_UNITS)), value=st.floats(-1e6, 1e6))
def test_every_unit_of_a_rule_has_a_name_that_the_record_takes(unit: str, value: float) -> None:
    assert draft(numbers=whole({f"some_{unit}": value})).numbers is not None
