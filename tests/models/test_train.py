"""Training's input: what cannot be learned from is told; no run hangs or ends in a traceback."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch comes with `make train-env` only")

import torch

from datasets.labels import LabelError
from datasets.sources import read_sets
from models import load_manifest
from models.training import export, publish, train
from models.training.samples import Source

SCENE = Path(__file__).parent / "fixtures" / "scene_0900036.jpg"


def one_set(root: Path) -> Path:
    """A set of one picture below `root`."""
    for part, suffix in (("images", ".jpg"), ("labels", ".txt")):
        (root / "one" / part).mkdir(parents=True)
        shutil.copy(SCENE.with_suffix(suffix), root / "one" / part)
    meta = {"exhaustive": [4], "side": "training"}
    (root / "one" / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return root


def test_a_picture_that_breaks_during_a_run_ends_it_by_name(tmp_path: Path) -> None:
    (picture,) = read_sets(one_set(tmp_path))
    picture.file.write_bytes(b"\xff\xd8\xff no picture")
    source = Source(picture, np.zeros((0, 5), np.float32), 1.0)
    with closing(train.batches([source], 2, seed=0)) as made, pytest.raises(LabelError) as raised:
        next(made)
    assert str(picture.file) in str(raised.value)


def test_a_broken_picture_is_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = one_set(tmp_path) / "one" / "images"
    (folder / "cut.jpg").write_bytes(SCENE.read_bytes()[:3000])
    (folder.parent / "labels" / "cut.txt").write_text("", encoding="utf-8")
    (tmp_path / "pseudo.json").write_text(json.dumps({str(folder / SCENE.name): []}))
    found = train.sources(tmp_path, None, tmp_path)
    assert [s.picture.file.name for s in found] == [SCENE.name]
    told = capsys.readouterr().out
    assert "1 pictures cannot be decoded and are left out" in told
    assert "cut.jpg" in told


@pytest.mark.parametrize("content", [None, b"no weights"])
@pytest.mark.parametrize("command", [train.main, export.main, publish.main])
def test_base_weights_that_are_missing_or_broken_are_named_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: object,
    content: bytes | None,
) -> None:
    weights = one_set(tmp_path) / "weights" / "yolo11n_coco_recovered.pt"
    weights.parent.mkdir()
    if content is not None:
        weights.write_bytes(content)
    assert callable(command)
    assert command(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert str(weights) in error
    assert error.count("\n") == 1


def test_a_start_that_is_no_model_of_ours_is_named_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = load_manifest("nano").file.with_name("nano-int8.onnx")
    out = ["--out", str(tmp_path), "--start", str(wrong)]
    assert train.main(["--data", str(data), *out]) == 1
    error = capsys.readouterr().err
    assert str(wrong) in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_state_of_nothing_we_train_is_named_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_cut: bool
) -> None:
    state = tmp_path / "state.pt"
    torch.save({"step": 3}, state)
    if is_cut:
        state.write_bytes(state.read_bytes()[:40])
    assert train.main(["--data", str(data), "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert str(state) in error
    assert error.count("\n") == 1


def test_a_run_remembers_on_what_it_was_trained(data: Path, tmp_path: Path) -> None:
    def run() -> train.Run:
        return train.Run(data / f"{train.BASE}.pt", tmp_path, 2, "cpu", None)

    run().save()
    assert run().devices == [train.PROCESSOR]
