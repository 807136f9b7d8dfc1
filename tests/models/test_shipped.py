"""The model that is shipped: its bytes, its card, and that it sees what it was made for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets import scenes
from datasets.labels import CLASSES, read_labels
from models import Manifest, load_manifest
from models.manifest import SHIPPED, digest_of
from models.training.score import overlap
from vision import load_detector

MOST_BYTES = 12_000_000
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def nano() -> Manifest:
    return load_manifest("nano")


@pytest.fixture(scope="module", params=sorted(load_manifest("nano").weights))
def either(request: pytest.FixtureRequest, nano: Manifest) -> Manifest:
    return nano.at(precision=request.param)


def test_each_shipped_file_is_small_and_has_the_digest_of_the_manifest(nano: Manifest) -> None:
    for weights in nano.weights.values():
        assert digest_of(weights.file) == weights.sha256
        assert weights.file.stat().st_size <= MOST_BYTES


def test_the_shipped_model_has_both_sizes(nano: Manifest) -> None:
    assert list(nano.sizes) == [416, 640]


def test_the_card_names_the_digest_every_class_with_its_threshold_and_every_set(
    nano: Manifest,
) -> None:
    card = (SHIPPED / "nano.md").read_text(encoding="utf-8")
    for weights in nano.weights.values():
        assert weights.sha256 in card
    assert nano.licence in card
    for thresholds in nano.sizes.values():
        for name in nano.classes:
            assert f"| {name} |" in card
            assert f"| {thresholds[name]:.2f} |" in card
    for name in nano.trained_on:
        assert f"- {name}: " in card


@pytest.mark.parametrize("side", [320, 416, 640])
def test_the_shipped_model_runs_at_any_multiple_of_32(either: Manifest, side: int) -> None:
    detector = load_detector(either.file, classes=either.classes, input_px=side, backend="onnx")
    grey = np.full((360, 640, 3), 114, np.uint8)
    assert len(detector.detect(grey, either.thresholds_by_id())) == 0


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.jpg")), ids=lambda file: file.stem)
def test_the_shipped_model_sees_the_excavator_of_a_render_it_never_saw(
    either: Manifest, file: Path
) -> None:
    detector = load_detector(either.file, classes=either.classes, input_px=416, backend="onnx")
    picture = cv2.imread(str(file))
    assert picture is not None
    found = detector.detect(picture.astype(np.uint8), either.thresholds_by_id())
    seen = found.boxes_px[[found.label(i) == "excavator" for i in range(len(found))]]
    labels = read_labels(file.with_suffix(".txt"))
    wanted = labels.boxes[labels.class_ids == CLASSES.index("excavator")]
    assert (overlap(seen, wanted * np.array(found.frame_px * 2)) >= 0.5).any()


def test_the_shipped_model_sees_the_excavator_of_a_real_clip(either: Manifest, data: Path) -> None:
    from linewarden.detect import frames

    detector = load_detector(either.file, classes=either.classes, input_px=416, backend="onnx")
    clip = data / "videos" / "excavator_wheeled_1080p60.mp4"
    for _, _, picture in frames(clip, every_s=3):
        found = detector.detect(picture, either.thresholds_by_id())
        if "excavator" in [found.label(i) for i in range(len(found))]:
            return
    pytest.fail("no excavator in any of the frames")


def test_the_shipped_model_sees_nothing_in_an_empty_corridor(either: Manifest) -> None:
    detector = load_detector(either.file, classes=either.classes, input_px=416, backend="onnx")
    found = detector.detect(scenes.get("corridor").render(0.0), either.thresholds_by_id())
    assert [found.label(i) for i in range(len(found))] == []
