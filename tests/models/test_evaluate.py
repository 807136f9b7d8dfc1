"""Evaluation: the same figures as the reference scorer, and parts that say what they say."""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from datasets.labels import CLASSES
from datasets.sources import read_sets
from models import load_manifest
from models.training.evaluate import BASE, evaluate, main, manifest_of, see
from models.training.report import Fit, at_work, report
from models.training.score import curve, judge
from models.training.seen import LEAST_SCORE, Seen, remembered, working_boxes
from models.training.sheets import confusion, invented, missed, otherwise_cut, sheet
from models.training.slices import GROUPS, cases, curves_by_height, is_night, tightness
from tests.models.made_up import found, picture, seen
from vision import Detector, load_detector

SCENE = Path(__file__).parent / "fixtures" / "scene_0900036.jpg"
EXCAVATOR = ("excavator", 20.0, 20.0, 60.0, 60.0)
THRESHOLDS = dict.fromkeys(CLASSES, 0.5)


@pytest.fixture(scope="module")
def reference(data: Path) -> ModuleType:
    """The scorer that others measure this project with."""
    file = data.parent / "tools" / "score_boxes.py"
    if not file.is_file():
        pytest.skip(f"no reference scorer at {file}")
    spec = importlib.util.spec_from_file_location("score_boxes", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def random_seen(seed: int) -> Seen:
    """Pictures with partial labels and predictions, half of them near a labelled box."""
    rng = np.random.default_rng(seed)
    pairs = []
    for k in range(30):
        corner, side = rng.uniform(0, 80, (4, 2)), rng.uniform(8, 60, (4, 2))
        rows = np.hstack([corner, np.minimum(corner + side, [199, 99])])[: rng.integers(0, 5)]
        names = [CLASSES[c] for c in rng.integers(0, 6, len(rows))]
        listed = [c for c in CLASSES if rng.random() < 0.7]
        near = rows + rng.normal(0, 3, rows.shape)
        wild = np.sort(rng.uniform(0, 99, (4, 2, 2)), 1).reshape(4, 4)
        said = [(name, near[i]) for i, name in enumerate(names) if rng.random() < 0.8]
        said += [(CLASSES[rng.integers(0, 6)], box) for box in wild]
        said += [("truck", near[i]) for i, name in enumerate(names) if name == "car"]
        scored = [(n, float(rng.integers(1, 20)) / 20, *map(float, box)) for n, box in said]
        boxes = [(n, *map(float, box)) for n, box in zip(names, rows, strict=True)]
        pairs.append((picture(f"p{k}", boxes, listed), found(*scored)))
    return seen(*pairs)


def by_reference(module: ModuleType, what: Seen, at: dict[str, float]) -> dict[str, Any]:
    labels, said, meta = {}, {}, {}
    for file, (one, detections) in what.items():
        boxes = one.labels.boxes * np.array(detections.frame_px * 2, np.float64)
        labels[file.name] = np.hstack([one.labels.class_ids[:, None], boxes])
        rows = zip(detections.class_ids, detections.confidences, detections.boxes_px, strict=True)
        said[file.name] = [(int(c), float(s), *map(float, box)) for c, s, box in rows]
        meta[file.name] = {"exhaustive": set(one.exhaustive)}
    groups = {name: {CLASSES.index(n) for n in names} for name, names in GROUPS.items()}
    scores: dict[str, Any] = module.evaluate(labels, said, meta, groups, at=at, merge_nms=0.7)
    return scores


@pytest.mark.parametrize("seed", range(5))
def test_all_figures_agree_with_the_reference_scorer(reference: ModuleType, seed: int) -> None:
    what = random_seen(seed)
    expected = by_reference(reference, what, dict.fromkeys(GROUPS, 0.4))
    for group, names in GROUPS.items():
        ours, theirs = curve(cases(what, names)), expected[group]
        assert ours.boxes == theirs["boxes"], group
        assert ours.empty_pictures == theirs["negatives"], group
        if ours.boxes:
            recall, precision, false = ours.at(0.4)
            assert ours.ap50 == pytest.approx(theirs["ap50_101"]), group
            assert recall == pytest.approx(theirs["recall"]), group
            assert precision == pytest.approx(theirs["precision"]), group
            assert false == pytest.approx(theirs["false_per_100_negatives"], nan_ok=True), group


def test_recall_by_height_agrees_with_the_reference_scorer(reference: ModuleType) -> None:
    what = random_seen(7)
    theirs = by_reference(reference, what, {"car": 0.4})["car"]["recall_by_height"]["32-64"]
    one = cases(what, ["car"])
    tall = np.concatenate([c.truth[:, 3] - c.truth[:, 1] for c in one])
    hits = np.concatenate([judge(c).found_at >= 0.4 for c in one])
    asked = (tall >= 32) & (tall < 64)
    assert theirs["boxes"] == asked.sum() > 0
    assert theirs["recall"] == pytest.approx(hits[asked].mean())


def test_a_find_of_another_height_is_neither_gain_nor_loss() -> None:
    small = ("excavator", 100.0, 20.0, 120.0, 40.0)
    what = seen(
        (
            picture("a", [EXCAVATOR, small]),
            found(("excavator", 0.9, *EXCAVATOR[1:]), ("excavator", 0.6, *small[1:])),
        )
    )
    parts = curves_by_height(what)
    assert parts["16-32"]["excavator"].boxes == 1
    assert parts["16-32"]["excavator"].ap50 == 1.0
    assert parts["32-64"]["excavator"].ap50 == 1.0


def test_a_box_of_another_extent_is_told_from_nothing_there() -> None:
    lower = ("excavator", 0.9, 20.0, 45.0, 60.0, 60.0)
    far = picture("b", [("excavator", 120.0, 20.0, 160.0, 60.0)])
    what = seen((picture("a", [EXCAVATOR]), found(lower)), (far, found()))
    assert tightness(what, ["excavator"], 0.5).tolist() == pytest.approx([0.375, 0.0])
    assert report("ours", what, THRESHOLDS, quick=True).fit["excavator"] == Fit(0, 1, 1)


@pytest.mark.parametrize(
    ("said", "file", "text"),
    [
        ("unknown class", "labels", "12 0.5 0.5 0.1 0.1"),
        ("outside 0..1", "labels", "4 1.5 0.5 0.1 0.1"),
        ("empty set", "images", ""),
    ],
)
def test_a_set_that_must_not_be_learned_from_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str, file: str, text: str
) -> None:
    folder = _set_of(SCENE, tmp_path) / "one"
    if file == "labels":
        (folder / "labels" / f"{SCENE.stem}.txt").write_text(text, encoding="utf-8")
    else:
        (folder / "images" / SCENE.name).unlink()
    model = str(load_manifest("nano").file)
    out = ["--out", str(tmp_path), "--quick"]
    assert main(["--data", str(tmp_path), "--model", model, *out]) == 1, said
    error = capsys.readouterr().err
    assert str(folder / file) in error
    assert error.count("\n") == 1


def test_without_what_draws_pictures_it_is_said_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{main.__module__}.find_spec", lambda name: None)
    assert main(["--data", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "make train-env" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bgr", "night"), [((40, 60, 30), True), ((150, 150, 150), True), ((180, 140, 90), False)]
)
def test_dark_and_colourless_pictures_are_night(bgr: tuple[int, int, int], night: bool) -> None:
    assert is_night(np.full((90, 160, 3), bgr, np.uint8)) is night


def test_what_a_model_saw_is_not_looked_at_again(tmp_path: Path) -> None:
    model = load_manifest("nano").file
    one = read_sets(_set_of(SCENE, tmp_path))
    calls: list[int] = []

    def load() -> Detector:
        calls.append(1)
        return load_detector(model, classes=CLASSES, input_px=160, backend="onnx")

    first = remembered(load, model, 160, one, tmp_path / "cache")
    again = remembered(load, model, 160, one, tmp_path / "cache")
    assert len(calls) == 1
    (_, a), (_, b) = next(iter(first.values())), next(iter(again.values()))
    assert len(a) > 0
    assert a.confidences.min() >= LEAST_SCORE
    assert (a.classes, a.frame_px) == (b.classes, b.frame_px)
    np.testing.assert_array_equal(a.boxes_px, b.boxes_px)
    np.testing.assert_array_equal(a.class_ids, b.class_ids)


def test_a_picture_that_cannot_be_decoded_is_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _set_of(SCENE, tmp_path) / "one"
    (folder / "images" / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (folder / "labels" / "broken.txt").write_text("", encoding="utf-8")
    both = read_sets(tmp_path)
    what = see(load_manifest("nano").file, both, 160, tmp_path / "cache")
    assert [p.name for p in what] == [SCENE.name]
    assert "1 pictures cannot be decoded and are left out" in capsys.readouterr().err


def test_at_work_a_place_has_its_surest_class_only() -> None:
    said = found(("machine", 0.6, *EXCAVATOR[1:]), ("excavator", 0.55, *EXCAVATOR[1:]))
    one = working_boxes(said, THRESHOLDS)
    assert [one.label(i) for i in range(len(one))] == ["machine"]
    loud = THRESHOLDS | {"machine": 0.65}
    one = working_boxes(said, loud)
    assert [one.label(i) for i in range(len(one))] == ["excavator"]


def test_a_miss_says_what_was_seen_in_its_place() -> None:
    what = seen((picture("a", [EXCAVATOR]), found(("machine", 0.7, *EXCAVATOR[1:]))))
    (mistake,) = missed(what, ["excavator"], THRESHOLDS)
    assert mistake.text == "excavator 40px: machine 0.70"
    what = seen((picture("a", [EXCAVATOR]), found(("excavator", 0.3, *EXCAVATOR[1:]))))
    assert missed(what, ["excavator"], THRESHOLDS)[0].text == "excavator 40px: only excavator 0.30"


def test_invented_boxes_are_those_where_the_labels_would_say_so() -> None:
    said = found(("excavator", 0.7, *EXCAVATOR[1:]), ("excavator", 0.2, 100, 20, 150, 80))
    what = seen((picture("a", []), said), (picture("b", [], ["person"]), said))
    (mistake,) = invented(what, ["excavator"], THRESHOLDS)
    assert (mistake.picture.file.name, mistake.badness) == ("a", pytest.approx(0.7))


def test_a_box_of_another_extent_than_its_label_is_shown_as_such() -> None:
    _, x1, y1, x2, y2 = EXCAVATOR
    third = ("excavator", 0.06, x1, y1, x1 + (x2 - x1) / 3, y2)
    same = ("excavator", 0.06, *EXCAVATOR[1:])
    quiet = ("excavator", 0.01, x1, y1, x1 + (x2 - x1) / 3, y2)
    shown = [
        [
            m.text
            for m in otherwise_cut(seen((picture("a", [EXCAVATOR]), found(one))), ["excavator"])
        ]
        for one in (third, same, quiet)
    ]
    assert shown == [["excavator iou 0.33"], [], []]


def test_the_confusion_matrix_counts_every_box_once() -> None:
    said = found(("machine", 0.7, *EXCAVATOR[1:]), ("car", 0.9, 100, 20, 150, 80))
    counts = confusion(seen((picture("a", [EXCAVATOR]), said)), THRESHOLDS)
    assert counts[CLASSES.index("excavator"), CLASSES.index("machine")] == 1
    assert counts[len(CLASSES), CLASSES.index("car")] == 1
    assert counts.sum() == 2


def test_a_sheet_shows_each_mistake(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    cv2.imwrite(str(file), np.full((100, 200, 3), 90, np.uint8))
    what = seen((picture(str(file), [EXCAVATOR]), found(("machine", 0.7, *EXCAVATOR[1:]))))
    shown = sheet(missed(what, ["excavator"], THRESHOLDS))
    assert (shown == (0, 255, 255)).all(2).any()


def test_the_working_table_keeps_smoke_on_empty_scenes_apart() -> None:
    fog = picture("fog", [], ["smoke"], set_name="zhxu_roadfog")
    what = seen((fog, found(("smoke", 0.9, 0, 0, 90, 90))), (picture("b", []), found()))
    one = report("ours", what, THRESHOLDS, quick=True)
    assert one.work.smoke_scenes.at(0.5)[2] == 100.0
    assert one.work.all["smoke"].at(0.5)[2] == 50.0
    assert "smoke*" in at_work(one)
    assert math.isnan(one.whole.site["excavator"].ap50)


def test_a_model_without_a_manifest_is_judged_at_the_shipped_thresholds(tmp_path: Path) -> None:
    nano = load_manifest("nano")
    assert manifest_of(nano.file) == ("nano", nano)
    assert manifest_of(tmp_path / "other.onnx") == ("the shipped nano", nano)


def test_each_size_is_judged_at_its_own_thresholds(data: Path, tmp_path: Path) -> None:
    given = _one_picture(data, tmp_path, sizes=[416, 640])
    reports = evaluate(given)
    nano = load_manifest("nano")
    assert reports["ours 416"].thresholds == nano.at(input_px=416).thresholds
    assert reports["ours 640"].thresholds == nano.at(input_px=640).thresholds
    assert reports["ours 416"].thresholds != reports["ours 640"].thresholds


def test_an_evaluation_writes_its_figures(data: Path, tmp_path: Path) -> None:
    evaluate(_one_picture(data, tmp_path, sizes=[160]))
    figures = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == {"base 160", "ours 160"}
    assert figures["ours 160"]["all"]["excavator"]["boxes"] >= 1


def _one_picture(data: Path, tmp_path: Path, sizes: list[int]) -> argparse.Namespace:
    """What the command line gives for a quick evaluation of the shipped model on one picture."""
    folder = _set_of(SCENE, tmp_path / "data")
    (folder / "weights").mkdir()
    (folder / BASE).symlink_to((data / BASE).resolve())
    return argparse.Namespace(
        data=folder,
        model=load_manifest("nano").file,
        out=tmp_path / "out",
        sizes=sizes,
        renders=[folder],
        quick=True,
        cache=tmp_path / "cache",
        backend="onnx",
    )


def _set_of(file: Path, root: Path) -> Path:
    """A set of one picture with one excavator."""
    folder = root / "one"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    shutil.copy(file, folder / "images")
    label = folder / "labels" / f"{file.stem}.txt"
    label.write_text("4 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    meta = json.dumps({"exhaustive": list(range(9))})
    (folder / "meta.json").write_text(meta, encoding="utf-8")
    return root
