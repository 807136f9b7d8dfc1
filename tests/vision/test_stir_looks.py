"""What many looks at one machine say together."""

from __future__ import annotations

import pytest

from vision.stir_looks import LAG_S, StirLook, stirring

BOX = (100.0, 100.0, 200.0, 200.0)


def looks(*shares: tuple[float, float]) -> list[StirLook]:
    return [StirLook(at_s, share, (150.0, 150.0), BOX) for at_s, share in shares]


def test_seconds_without_a_look_do_not_end_a_run_of_stirring() -> None:
    found = looks((10, 0.2), (11, 0.2), (17, 0.2), (18, 0.2))
    assert stirring(found).onset_s == pytest.approx(10 - LAG_S)


def test_seconds_of_rest_end_a_run_of_stirring() -> None:
    found = looks((10, 0.2), (11, 0.2), (13, 0.0), (15, 0.0), (17, 0.2), (18, 0.2))
    assert stirring(found).onset_s == pytest.approx(17 - LAG_S)


def test_one_look_that_stirs_in_a_second_that_does_not_begins_no_run() -> None:
    found = looks((9, 0.0), (10, 0.2), (10.4, 0.0), (10.8, 0.0), (12, 0.2), (13, 0.2))
    assert stirring(found).onset_s == pytest.approx(12 - LAG_S)
