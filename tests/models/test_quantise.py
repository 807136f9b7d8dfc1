"""What INT8 is learned from, and what stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datasets.labels import LabelledPicture, Labels

quantise = pytest.importorskip(
    "models.training.quantise", reason="needs the training environment", exc_type=ImportError
)


def picture(set_name: str, k: int) -> LabelledPicture:
    none = np.zeros((0, 4), np.float32)
    labels = Labels(np.zeros(0, np.int64), none, none)
    file = Path(f"{set_name}/{k}.jpg")
    return LabelledPicture(file, set_name, f"{set_name}/{k}", labels, frozenset())


def test_a_large_set_gives_no_more_pictures_than_a_small_one_has_room_for() -> None:
    pictures = [picture("large", k) for k in range(50)] + [picture("small", k) for k in range(3)]
    chosen = [p.set_name for p in quantise.calibration_pictures(pictures, 8)]
    assert (chosen.count("large"), chosen.count("small")) == (5, 3)


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="1 pictures to calibrate with; 300 are needed"):
        quantise.quantise(Path("a.onnx"), Path("b.onnx"), [picture("one", 0)])


def test_a_range_holds_zero_and_every_value_where_none_is_rare() -> None:
    values = np.linspace(1, 2, 30_000, dtype=np.float32)
    assert quantise.fitted_range(values, lambda v: v) == (0.0, 2.0)


def test_a_range_in_front_of_a_silu_need_not_reach_where_the_silu_is_zero() -> None:
    values = np.linspace(-40, 4, 30_000, dtype=np.float32)
    low, _ = quantise.fitted_range(values, lambda v: v / (1 + np.exp(-v)))
    assert -15 < low < 0


def test_another_network_is_refused_rather_than_quantised_whole() -> None:
    with pytest.raises(ValueError, match="another network"):
        quantise.kept_float(["/backbone/conv1/Conv"])


def test_every_class_has_its_scores_in_fp32() -> None:
    names = [f"/model.23/cv3.{k}/cv3.{k}.2/Conv" for k in range(3)]
    others = ["/model.10/attn/MatMul", "/model.1/conv/Conv", "/model.9/cv1/conv/Conv"]
    kept = quantise.kept_float([*names, *others, "/model.23/cv2.0/cv2.0.2/Conv"])
    assert kept == [*names, *others]
