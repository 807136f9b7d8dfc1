"""`linewarden detect` prints what other programs read, and names what it could not read."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from linewarden.detect import UnreadableError, detect, frames
from models import load_manifest


@pytest.fixture
def picture() -> Path:
    return Path(__file__).parent.parent / "models" / "fixtures" / "scene_0900036.jpg"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    file = tmp_path / "clip.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * k, np.uint8), "bgr24")
            frame.pts, frame.time_base = k, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def test_json_output_has_one_object_a_picture_with_the_agreed_fields(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = detect([picture], load_manifest("nano"), json_lines=True, min_confidence=0.001)
    record = json.loads(capsys.readouterr().out)
    assert code == 0
    assert list(record) == ["file", "frame_index", "time_s", "width", "height", "ms", "detections"]
    assert (record["width"], record["height"], record["frame_index"]) == (640, 360, 0)
    first = record["detections"][0]
    assert list(first) == ["class", "confidence", "box"]
    assert len(first["box"]) == 4
    assert min(d["confidence"] for d in record["detections"]) < 0.1


def test_default_thresholds_are_those_of_the_manifest(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = load_manifest("nano")
    detect([picture], manifest, json_lines=True)
    for found in json.loads(capsys.readouterr().out)["detections"]:
        assert found["confidence"] >= manifest.thresholds[found["class"]]


def test_a_corrupt_file_is_named_and_the_others_go_on(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, empty = tmp_path / "broken.jpg", tmp_path / "empty.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    empty.write_bytes(b"")
    code = detect([broken, empty, tmp_path / "none.jpg", picture], load_manifest("nano"))
    said = capsys.readouterr()
    assert code == 1
    assert "broken.jpg: is no picture" in said.err
    assert "empty.jpg: is no picture" in said.err
    assert "none.jpg: no such file" in said.err
    assert picture.name in said.out


def test_a_folder_stands_for_the_pictures_in_it(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("b.JPG", "a.jpg"):
        (tmp_path / name).write_bytes(picture.read_bytes())
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    code = detect([tmp_path], load_manifest("nano"), json_lines=True, input_px=160)
    names = [Path(json.loads(line)["file"]).name for line in capsys.readouterr().out.splitlines()]
    assert (code, names) == (0, ["a.jpg", "b.JPG"])


def test_with_json_the_good_pictures_come_and_the_corrupt_one_is_one_line_of_error(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(picture.read_bytes()[:300])
    code = detect([picture, broken, picture], load_manifest("nano"), json_lines=True, input_px=160)
    said = capsys.readouterr()
    assert code == 1
    assert [json.loads(line)["file"] for line in said.out.splitlines()] == [str(picture)] * 2
    assert [line.split(":")[0] for line in said.err.splitlines()] == [str(broken)]


def test_the_lowest_scores_show_every_class_of_a_place(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detect([picture], load_manifest("nano"), json_lines=True, min_confidence=0.001)
    boxes = [tuple(d["box"]) for d in json.loads(capsys.readouterr().out)["detections"]]
    assert len(set(boxes)) < len(boxes)


def test_every_frame_of_a_video_has_its_index_and_time(clip: Path) -> None:
    seen = [(index, round(at_s, 3)) for index, at_s, _ in frames(clip)]
    assert seen == [(k, k / 10) for k in range(10)]


def test_of_a_video_one_frame_per_interval_is_looked_at(clip: Path) -> None:
    assert [index for index, _, _ in frames(clip, every_s=0.3)] == [0, 3, 6, 9]


def test_a_video_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.mp4"
    file.write_bytes(b"no video")
    with pytest.raises(UnreadableError, match=r"broken\.mp4: cannot be decoded"):
        list(frames(file))


def test_tiles_and_second_looks_print_the_same_fields_in_pixels_of_the_picture(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = load_manifest("nano")
    code = detect(
        [picture], manifest, json_lines=True, min_confidence=0.01, object_px=40, twice=True
    )
    record = json.loads(capsys.readouterr().out)
    assert code == 0
    assert list(record) == ["file", "frame_index", "time_s", "width", "height", "ms", "detections"]
    assert (record["width"], record["height"]) == (640, 360)
    scores = [found["confidence"] for found in record["detections"]]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.01
    assert max(found["box"][2] for found in record["detections"]) > 416
