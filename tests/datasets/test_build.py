"""The builder: what it writes can be read again, bad input is named, sides stay apart."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets import build
from datasets.labels import LabelError, Labels
from datasets.manifest import set_entry
from datasets.sources import is_validation, read_set, read_sets
from datasets.taught import readable
from datasets.writer import SetWriter

BOX = np.array([[0.1, 0.2, 0.5, 0.6]], np.float32)


def write_set(folder: Path, lines: str = "4 0.3 0.4 0.4 0.4\n") -> Path:
    """A set of one grey picture."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    cv2.imwrite(str(folder / "images" / "one.jpg"), np.full((60, 80, 3), 90, np.uint8))
    (folder / "labels" / "one.txt").write_text(lines)
    (folder / "meta.json").write_text(json.dumps({"exhaustive": [4], "licence": "none stated"}))
    return folder


def run(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    line = ["build", "--source", str(source), "--out", str(out), "--only", "composites"]
    monkeypatch.setattr("sys.argv", [*line, "--composites", "1", "--drawn", "4"])
    return build.main()


def test_a_written_set_is_read_back_with_side_group_and_ignore_region(tmp_path: Path) -> None:
    writer = SetWriter(
        tmp_path / "made", side="training", exhaustive={5, 4}, about={"licence": "x"}
    )
    picture = np.full((60, 80, 3), 90, np.uint8)
    writer.add("one", picture, Labels(np.array([4]), BOX, BOX / 2), "camera 1", 90)
    writer.close()
    (read,) = read_set(tmp_path / "made")
    assert (read.group, read.side, read.exhaustive) == ("camera 1", "training", frozenset({4, 5}))
    assert read.labels.boxes == pytest.approx(BOX, abs=1e-5)
    assert read.labels.ignore == pytest.approx(BOX / 2, abs=1e-5)


@pytest.mark.parametrize(("side", "expected"), [("training", False), ("validation", True)])
def test_a_set_that_names_its_side_is_not_divided(
    tmp_path: Path, side: str, expected: bool
) -> None:
    writer = SetWriter(tmp_path / "made", side=side, exhaustive={4}, about={})
    for k in range(40):
        nothing = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
        writer.add(f"p{k}", np.zeros((16, 16, 3), np.uint8), nothing, f"group {k}", 80)
    writer.close()
    assert {is_validation(p) for p in read_set(tmp_path / "made")} == {expected}


def test_an_unknown_side_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "one")
    (folder / "meta.json").write_text(json.dumps({"exhaustive": [4], "side": "both"}))
    with pytest.raises(LabelError, match="side: is 'both'; use training or validation"):
        read_set(folder)


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "one")
    (folder / "images" / "one.jpg").unlink()
    with pytest.raises(LabelError, match="holds no picture"):
        read_set(folder)


@pytest.mark.parametrize("sin", ["no picture", "cut short", "empty"])
def test_a_corrupt_picture_is_left_out_and_named(tmp_path: Path, sin: str) -> None:
    folder = write_set(tmp_path / "one")
    whole = (folder / "images" / "one.jpg").read_bytes()
    bad = {"no picture": b"\xff\xd8 no \xff\xd9", "cut short": whole[:-40], "empty": b""}
    (folder / "images" / "two.jpg").write_bytes(bad[sin])
    (folder / "labels" / "two.txt").write_text("4 0.5 0.5 0.2 0.2\n")
    good, broken = readable(read_sets(tmp_path))
    assert [p.file.name for p in good] == ["one.jpg"]
    assert broken == [str(folder / "images" / "two.jpg")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("4 0.9 0.4 0.4 0.4\n", "one.txt:1: box '4 0.9 0.4 0.4 0.4' leaves 0..1"),
        ("11 0.5 0.4 0.4 0.4\n", "one.txt:1: class 11; use -1 to 8"),
    ],
)
def test_the_command_names_a_bad_label_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: str,
    message: str,
) -> None:
    write_set(tmp_path / "data" / "one", lines)
    assert run(tmp_path / "data", tmp_path / "out", monkeypatch) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_folder_without_backgrounds_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path / "data" / "unheard_of")
    assert run(tmp_path / "data", tmp_path / "out", monkeypatch) == 1
    assert "no background" in capsys.readouterr().err


def test_the_digest_of_a_set_changes_with_any_label(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "one")
    before = set_entry(folder)["sha256"]
    (folder / "labels" / "one.txt").write_text("")
    assert set_entry(folder)["sha256"] != before
