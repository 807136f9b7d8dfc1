"""Whether a new model may replace the old one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.labels import CLASSES
from models.training.compare import Row, main, objections, rows, table
from models.training.resample import mcnemar, resampled_ap50, weights
from models.training.score import curve
from models.training.seen import Seen
from models.training.slices import cases
from tests.models.made_up import found, picture, seen

AT = dict.fromkeys(CLASSES, 0.5)
BOX = (20.0, 20.0, 60.0, 60.0)
FAR = (100.0, 20.0, 150.0, 80.0)


def world(excavators: Sequence[float], persons: Sequence[float]) -> Seen:
    """One excavator and one person a picture, found at these scores (0: not at all)."""
    pairs = []
    for k, (excavator, person) in enumerate(zip(excavators, persons, strict=True)):
        said = [("excavator", excavator, *BOX)] if excavator else []
        said += [("person", person, *FAR)] if person else []
        one = picture(f"p{k}", [("excavator", *BOX), ("person", *FAR)], group=f"g{k // 2}")
        pairs.append((one, found(*said)))
    return seen(*pairs)


def compared(old: Seen, new: Seen) -> list[Row]:
    return rows(old, new, (AT, AT), 416, draws=50)


def test_a_model_that_is_better_where_it_aimed_and_nowhere_worse_may_replace_the_old() -> None:
    old, new = world([0.9, 0, 0, 0], [0.9] * 4), world([0.9, 0.8, 0, 0], [0.9] * 4)
    assert objections(compared(old, new), ["excavator"]) == []


def test_a_class_that_falls_by_more_than_a_hundredth_forbids_it() -> None:
    old, new = world([0.9, 0, 0, 0], [0.9] * 4), world([0.9, 0.8, 0, 0], [0.9, 0.9, 0.9, 0])
    (said,) = objections(compared(old, new), ["excavator"])
    assert said == "person at 416 px is worse by 0.248 (at most 0.01)"


def test_a_model_that_is_no_better_where_it_aimed_may_not_replace_the_old() -> None:
    same = world([0.9, 0.9], [0.9, 0.9])
    (said,) = objections(compared(same, same), ["excavator"])
    assert said == "excavator at 416 px was aimed at and is not better (+0.000)"


def test_an_aim_that_no_picture_shows_is_said() -> None:
    same = world([0.9], [0.9])
    assert objections(compared(same, same), ["bus"]) == [
        "bus was aimed at, but no picture shows one"
    ]


def test_lost_and_gained_boxes_are_counted_at_the_working_threshold() -> None:
    old, new = world([0.9, 0.6, 0.4, 0.0], [0.9] * 4), world([0.9, 0.4, 0.6, 0.6], [0.9] * 4)
    row = next(r for r in compared(old, new) if r.name == "excavator")
    assert (row.lost, row.gained) == (1, 2)
    assert "excavator" in table([row])


@pytest.mark.parametrize(
    ("lost", "gained", "p"), [(0, 0, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (3, 3, 1.0)]
)
def test_mcnemar_is_the_exact_binomial_test(lost: int, gained: int, p: float) -> None:
    assert mcnemar(lost, gained) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_does_not_care_which_model_is_called_old(a: int, b: int) -> None:
    assert mcnemar(a, b) == mcnemar(b, a)
    assert 0 < mcnemar(a, b) <= 1


def test_pictures_of_one_group_are_drawn_together() -> None:
    drawn = weights(["a", "a", "b", "c"], 200, seed=1)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    assert (drawn[:, 1:].sum(1) == 3).all()
    assert (drawn[:, 0] != drawn[:, 2]).any()


def test_drawing_every_picture_once_gives_the_plain_figure() -> None:
    what = world([0.9, 0.2, 0, 0.4], [0.3, 0.9, 0.9, 0])
    for name in ("excavator", "person"):
        one = cases(what, [name])
        assert resampled_ap50(one, np.ones((1, 4)))[0] == pytest.approx(curve(one).ap50)


def test_drawing_a_picture_twice_is_having_it_twice() -> None:
    what = cases(world([0.9, 0.2, 0], [0.3, 0.9, 0.9]), ["excavator"])
    twice = [what[0], what[1], what[1], what[2]]
    drawn = np.array([[1.0, 2.0, 1.0]])
    assert resampled_ap50(what, drawn)[0] == pytest.approx(curve(twice).ap50)


def test_a_model_that_is_not_there_is_named_and_the_code_is_two(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["no-such-model", "nano", "--aim", "excavator"]) == 2
    assert "no-such-model" in capsys.readouterr().err
