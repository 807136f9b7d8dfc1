"""Extent: what a class loses to it alone, and whether labels of one scene agree on it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.labels import CLASSES, LabelledPicture
from models.training.extent import agreement, main, neighbours, table
from tests.models.made_up import Row, found, picture, seen
from vision import Picture

FIRE = ("fire", 20.0, 20.0, 60.0, 60.0)
A_THIRD = ("fire", 20.0, 46.0, 60.0, 60.0)  # of FIRE: IoU 0.35
FAR = ("fire", 120.0, 20.0, 160.0, 60.0)


def scene(seed: int, change: int = 0) -> Picture:
    """A picture like no other seed's, 200 by 100; `change` is noise upon it, in grey levels."""
    coarse = np.random.default_rng(seed).integers(0, 200, (8, 8, 3))
    large = cv2.resize(coarse.astype(np.float32), (200, 100))
    noise = np.random.default_rng(99).uniform(0, change, large.shape)
    return np.asarray(large + noise, np.uint8)


def frame(folder: Path, name: str, image: Picture, box: Row, group: str) -> LabelledPicture:
    file = folder / f"{name}.png"
    cv2.imwrite(str(file), image)
    return picture(str(file), [box], group=group)


def test_ap_rises_with_the_overlap_that_is_forgiven() -> None:
    what = seen((picture("a", [FIRE]), found(("fire", 0.9, *A_THIRD[1:]))))
    *_, whole = table(what, "fire").splitlines()
    assert " ".join(whole.split()) == "all 1 0.000 0.000 1.000 1.000 1.000 0 1 0"


def test_another_extent_is_told_from_nothing_there_in_each_set() -> None:
    what = seen(
        (picture("a", [FIRE], set_name="one"), found(("fire", 0.9, *FIRE[1:]))),
        (picture("b", [FIRE], set_name="two"), found(("fire", 0.9, *A_THIRD[1:]))),
        (picture("c", [FIRE], set_name="two"), found(("fire", 0.9, *FAR[1:]))),
        (picture("d", [FIRE], set_name="two"), found(("fire", 0.01, *FIRE[1:]))),
        (picture("e", [], set_name="none to find"), found()),
    )
    counts = {line.split()[0]: line.split()[-3:] for line in table(what, "fire").splitlines()[1:]}
    assert counts == {"one": ["1", "0", "0"], "two": ["0", "1", "2"], "all": ["1", "1", "2"]}


def test_labels_are_held_against_the_frame_most_alike(tmp_path: Path) -> None:
    here = frame(tmp_path, "a", scene(1), FIRE, "clip")
    nearest = frame(tmp_path, "b", scene(1, 3), A_THIRD, "clip")
    brighter = frame(tmp_path, "c", scene(1, 55), FAR, "clip")
    frames = neighbours([here, nearest, brighter], "fire")
    _, its = frames[here.file]
    assert its.boxes_px.tolist() == [pytest.approx(A_THIRD[1:], abs=0.01)]
    assert (its.frame_px, its.label(0)) == ((200, 100), "fire")


def test_frames_of_other_scenes_clips_or_classes_are_no_neighbours(tmp_path: Path) -> None:
    one = frame(tmp_path, "a", scene(1), FIRE, "clip")
    cut = frame(tmp_path, "b", scene(2), FIRE, "clip")
    elsewhere = frame(tmp_path, "c", scene(1), FIRE, "another clip")
    smoke = frame(tmp_path, "d", scene(1), ("smoke", *FIRE[1:]), "clip")
    assert neighbours([one, cut, elsewhere, smoke], "fire") == {}


def test_frames_without_contrast_are_no_neighbours(tmp_path: Path) -> None:
    black = np.zeros((100, 200, 3), np.uint8)
    pair = [frame(tmp_path, name, black, FIRE, "clip") for name in "ab"]
    assert neighbours(pair, "fire") == {}


def test_agreement_counts_the_labels_of_all_frames(tmp_path: Path) -> None:
    pair = [
        frame(tmp_path, "a", scene(1), FIRE, "clip"),
        frame(tmp_path, "b", scene(1, 3), A_THIRD, "clip"),
    ]
    said = agreement(neighbours(pair, "fire"), "fire")
    assert said.endswith("(2 frames): 0 of the same extent, 2 of another, 0 elsewhere")


def a_clip(root: Path) -> Path:
    """Two frames of one scene, held for validation, that show no fire where the labels say so."""
    folder = root / "one"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for name, box in (("a", "8 0.2 0.4 0.2 0.4"), ("b", "8 0.2 0.55 0.2 0.1")):
        cv2.imwrite(str(folder / "images" / f"{name}.png"), scene(1, ord(name) - ord("a")))
        (folder / "labels" / f"{name}.txt").write_text(box + "\n", encoding="utf-8")
    groups = {"clip": ["a", "b"]}
    meta = {"exhaustive": [8], "side": "validation", "split_groups": groups}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return root


def run(root: Path, name: str = "fire") -> int:
    given = ["--data", str(root), "--out", str(root / "out"), "--cache", str(root / "cache")]
    return main([*given, "--class", name, "--sizes", "160"])


def test_a_run_prints_both_figures_and_draws_labels_that_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(a_clip(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "at 160 px\nfire " in said
    assert said.endswith("(2 frames): 0 of the same extent, 2 of another, 0 elsewhere\n")
    shown = cv2.imread(str(tmp_path / "out" / "frames_fire.png"))
    assert shown is not None
    assert (shown == (0, 255, 255)).all(2).any()


def test_a_class_that_nothing_shows_leaves_no_old_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (a_clip(tmp_path) / "out").mkdir()
    old = tmp_path / "out" / "frames_smoke.png"
    old.write_bytes(b"of another day")
    assert run(tmp_path, "smoke") == 0
    assert not old.exists()
    assert "(0 frames): 0 of the same extent" in capsys.readouterr().out


def test_a_label_that_cannot_be_used_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = a_clip(tmp_path) / "one" / "labels" / "a.txt"
    label.write_text(f"{len(CLASSES)} 0.5 0.5 0.1 0.1\n", encoding="utf-8")
    assert run(tmp_path) == 1
    error = capsys.readouterr().err
    assert str(label) in error
    assert error.count("\n") == 1
