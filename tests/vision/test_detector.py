from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from tests.vision.coco import COCO
from vision import ModelError, backends, load_detector
from vision.decode import check_fixed_size, check_output, decode
from vision.letterbox import Letterbox

FIT = Letterbox.fit((832, 416), (416, 416))
NAMES = ("person", "car", "truck")


def output(
    *cells: tuple[list[float], list[float]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """One picture's output from (cx cy w h, scores) a cell."""
    return np.array([[*box, *scores] for box, scores in cells], np.float32).T


def base_model(data: Path) -> Path:
    return data / "weights" / "yolo11n_coco_recovered.onnx"


def test_a_cell_becomes_a_box_of_the_picture_in_corners() -> None:
    found = decode(output(([208, 208, 40, 20], [0, 0.9, 0])), NAMES, [0.5] * 3, FIT)
    assert found.label(0) == "car"
    assert found.boxes_px[0].tolist() == pytest.approx([376, 188, 456, 228])
    assert found.frame_px == (832, 416)


def test_a_box_that_leaves_the_picture_is_not_clipped() -> None:
    found = decode(output(([5, 310, 40, 40], [0.9, 0, 0])), NAMES, [0.5] * 3, FIT)
    assert found.boxes_px[0].tolist() == pytest.approx([-30, 372, 50, 452])


def test_each_class_has_its_own_threshold() -> None:
    cells = output(([50, 200, 20, 20], [0.4, 0, 0]), ([200, 200, 20, 20], [0, 0.4, 0]))
    found = decode(cells, NAMES, [0.3, 0.5, 0.5], FIT)
    assert [found.label(i) for i in range(len(found))] == ["person"]


def test_a_cell_falls_to_its_next_class_where_the_best_is_below_its_threshold() -> None:
    found = decode(output(([50, 200, 20, 20], [0, 0.45, 0.5])), NAMES, [0.4, 0.4, 0.6], FIT)
    assert [found.label(i) for i in range(len(found))] == ["car"]


def test_a_cell_that_could_be_two_classes_is_the_likelier_one() -> None:
    found = decode(output(([50, 200, 20, 20], [0, 0.45, 0.5])), NAMES, [0.4] * 3, FIT)
    assert [found.label(i) for i in range(len(found))] == [NAMES[2]]


def test_every_class_of_a_cell_is_given_where_all_are_wanted() -> None:
    cell = output(([50, 200, 20, 20], [0, 0.45, 0.5]))
    found = decode(cell, NAMES, [0.4] * 3, FIT, every_class=True)
    assert [found.label(i) for i in range(len(found))] == [NAMES[2], "car"]


def test_an_object_seen_by_two_cells_is_not_given_twice_as_two_classes() -> None:
    cells = output(
        ([50, 200, 20, 20], [0, 0.5, 0.6]),
        ([51, 200, 20, 20], [0, 0.45, 0.4]),
    )
    found = decode(cells, NAMES, [0.3] * 3, FIT)
    assert [found.label(i) for i in range(len(found))] == [NAMES[2]]


def test_a_neighbouring_cell_does_not_speak_for_its_second_class() -> None:
    cells = output(
        ([50, 200, 20, 20], [0, 0.3, 0.6]),
        ([51, 200, 20, 20], [0, 0.4, 0.5]),
    )
    found = decode(cells, NAMES, [0.3] * 3, FIT)
    assert [found.label(i) for i in range(len(found))] == [NAMES[2]]


def test_boxes_come_best_first_and_one_per_object_and_class() -> None:
    cells = output(
        ([50, 200, 20, 20], [0.5, 0, 0]),
        ([51, 200, 20, 20], [0.8, 0, 0]),
        ([200, 200, 20, 20], [0, 0.9, 0]),
    )
    found = decode(cells, NAMES, [0.3] * 3, FIT)
    assert [found.label(i) for i in range(len(found))] == ["car", "person"]
    assert found.confidences.tolist() == pytest.approx([0.9, 0.8])


def test_nothing_above_its_threshold_gives_no_rows() -> None:
    assert len(decode(output(([50, 200, 20, 20], [0.1, 0, 0])), NAMES, [0.3] * 3, FIT)) == 0


def test_a_missing_model_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file") as caught:
        load_detector(tmp_path / "none.onnx", classes=["person"], input_px=416)
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07" * 500])
def test_a_broken_model_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot load it") as caught:
        load_detector(file, classes=["person"], input_px=416)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("px", [0, -32, 100, 415])
def test_an_input_size_that_no_network_takes_is_refused(tmp_path: Path, px: int) -> None:
    with pytest.raises(ModelError, match="multiple of 32"):
        load_detector(tmp_path / "any.onnx", classes=["person"], input_px=px)


def test_a_model_of_fixed_size_names_the_size_that_it_takes() -> None:
    check_fixed_size(Path("m.onnx"), [416, 416], 416)
    check_fixed_size(Path("m.onnx"), ["height", "width"], 640)
    with pytest.raises(ModelError, match="takes 416x416 px, asked for 640 px"):
        check_fixed_size(Path("m.onnx"), [416, 416], 640)


@pytest.mark.parametrize("shape", [(1, 84, 3549), (1, 3549, 13), (13, 3549)])
def test_an_output_that_does_not_match_the_classes_is_refused(shape: tuple[int, ...]) -> None:
    nine = [f"class{i}" for i in range(9)]
    check_output(Path("m.onnx"), (1, 13, 3549), nine)
    with pytest.raises(ModelError, match=r"expected 1 x 13 x N"):
        check_output(Path("m.onnx"), shape, nine)


@pytest.mark.skipif(find_spec("openvino") is not None, reason="openvino is installed here")
def test_a_back_end_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModelError, match="'openvino' is not installed"):
        load_detector("m.onnx", classes=["person"], input_px=416, backend="openvino")


def test_the_base_install_has_onnx_runtime() -> None:
    assert "onnx" in backends()


def test_the_base_model_refuses_a_list_of_other_length(data: Path) -> None:
    with pytest.raises(ModelError, match="expected 1 x 13 x N"):
        load_detector(base_model(data), classes=[f"c{i}" for i in range(9)], input_px=416)


@pytest.mark.parametrize("backend", [name for name in ("onnx", "openvino") if name in backends()])
def test_the_base_model_finds_the_persons_that_are_labelled(
    data: Path, backend: Literal["onnx", "openvino"]
) -> None:
    detector = load_detector(base_model(data), classes=COCO, input_px=416, backend=backend)
    clip = data / "videos" / "people_onebyone_indoor_432p.mp4"
    found = detector.detect(picture_at(clip, 30.0), [0.4] * 80)
    assert [found.label(i) for i in range(len(found))].count("person") == 1
    x1, y1, x2, y2 = found.boxes_px[0]
    assert x1 < 445 < x2
    assert (x2 - x1, y2 - y1) > (60, 250)
    assert json.loads(json.dumps(found.boxes_px[0].tolist()))


def test_a_grey_picture_is_refused_by_its_shape(data: Path) -> None:
    detector = load_detector(base_model(data), classes=COCO, input_px=416)
    with pytest.raises(ValueError, match="expected a picture"):
        detector.detect(np.zeros((100, 100), np.uint8), [0.4] * 80)


def picture_at(clip: Path, at_s: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    import av

    with av.open(str(clip)) as container:
        container.seek(int(at_s * 1e6))
        frame = next(f for f in container.decode(video=0) if f.time and f.time >= at_s)
        return frame.to_ndarray(format="bgr24")  # type: ignore[return-value] # av says ndarray
