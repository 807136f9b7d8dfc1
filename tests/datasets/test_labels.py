"""Reading partial labels and dividing them by source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datasets.labels import LabelError, read_labels
from datasets.sources import read_set, read_sets, split


def write(folder: Path, text: str) -> Path:
    file = folder / "one.txt"
    file.write_text(text)
    return file


def test_a_box_is_read_as_corners_and_an_ignore_line_apart(tmp_path: Path) -> None:
    labels = read_labels(write(tmp_path, "4 0.5 0.5 0.2 0.4\n-1 0.1 0.1 0.1 0.1\n"))
    assert labels.class_ids.tolist() == [4]
    assert labels.boxes[0].tolist() == pytest.approx([0.4, 0.3, 0.6, 0.7])
    assert len(labels.ignore) == 1


def test_an_empty_file_means_nothing_is_there(tmp_path: Path) -> None:
    assert len(read_labels(write(tmp_path, "")).class_ids) == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("4 0.5 0.5 1.4 0.4", r"one\.txt:2: box .* leaves 0\.\.1"),
        ("4 0.5 0.5 0 0.4", r"one\.txt:2: box"),
        ("4 0.5 0.5 nan 0.4", r"one\.txt:2: box"),
        ("9 0.5 0.5 0.2 0.4", r"one\.txt:2: class 9; use -1 to 8"),
        ("4 0.5 0.5 0.2", r"one\.txt:2: is .* write: class cx cy w h"),
        ("four 0.5 0.5 0.2 0.4", r"one\.txt:2: is"),
    ],
)
def test_a_line_that_cannot_be_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_labels(write(tmp_path, f"0 0.5 0.5 0.2 0.4\n{line}\n"))


def test_a_missing_label_file_is_an_error_and_not_an_empty_picture(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="restore the label file"):
        read_labels(tmp_path / "none.txt")


def test_a_set_with_an_unknown_exhaustive_class_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "meta.json").write_text(json.dumps({"exhaustive": [0, 12]}))
    with pytest.raises(LabelError, match=r"unknown classes \[12\]"):
        read_set(tmp_path)


def test_groups_may_be_written_either_way(tmp_path: Path) -> None:
    for way, groups in (("a", {"one": "g"}), ("b", {"g": ["one"]})):
        folder = tmp_path / way
        (folder / "images").mkdir(parents=True)
        (folder / "labels").mkdir()
        (folder / "images" / "one.jpg").write_bytes(b"")
        (folder / "labels" / "one.txt").write_text("")
        meta = {"exhaustive": [7], "split_groups": groups}
        (folder / "meta.json").write_text(json.dumps(meta))
    assert {p.group for p in read_sets(tmp_path)} == {"g"}


def test_no_group_is_on_both_sides_of_the_split(data: Path) -> None:
    training, validation = split(read_sets(data))
    assert len(validation) > 200
    assert not {p.group for p in training} & {p.group for p in validation}
