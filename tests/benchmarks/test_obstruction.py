from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.obstruction import Case, cases, changed, ours, shown

COMPANY_S = 10.0
"""Somebody stands beside the box from 24 s on: so long at most its time stands still."""
PASTED = [case for case in cases() if case.name.startswith("pasted ")]
SHADOWS = [case for case in cases() if case.name.startswith("shadow x0.35, edge 0.8")]


def opened(case: Case, data: Path) -> list[float]:
    looks = shown(data / "videos" / case.clip)
    return ours(case.zone, case.after_s, changed(case, looks)).opened_s


@pytest.mark.parametrize("case", PASTED, ids=lambda case: case.name)
def test_a_box_pasted_among_people_opens_once_after_company_at_most(case: Case, data: Path) -> None:
    (at_s,) = opened(case, data)
    assert case.wanted_s is not None
    assert case.wanted_s - 1 <= at_s <= case.wanted_s + COMPANY_S + 2.5


@pytest.mark.parametrize("case", SHADOWS, ids=lambda case: case.name)
def test_a_sharp_dark_shadow_on_a_real_floor_opens_nothing(case: Case, data: Path) -> None:
    assert opened(case, data) == []
