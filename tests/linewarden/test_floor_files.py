"""References of floors in files: what is refused, what is heard, and what a person is told."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from typer.testing import CliRunner

from linewarden.cli import app
from linewarden.doctor_floors import check_floors
from linewarden.errors import line_of
from linewarden.floor_files import (
    MAGIC,
    MOST_BYTES,
    FloorFile,
    FloorFileError,
    FloorFolder,
    decoded,
    encoded,
    folder_of,
    read,
    write,
)
from linewarden.floor_keeper import FloorKeeper
from linewarden.floor_keeper import given as given_to_replay
from linewarden.reference import looked_up, row
from linewarden.settings import EdgeSettings, load_edge
from vision import Bank, FreeSpace, Kept, Picture, Zone

SIZE = (160, 120)
ZONE = Zone("door", ((20, 40), (140, 40), (140, 112), (20, 112)), SIZE)
THEN, NOW = "2026-11-27T10:00:00.000Z", "2026-11-28T09:00:00.000Z"
EDGE = """\
device: {{name: box, store: "http://127.0.0.1:9", key: {folder}/device.key}}
cameras:
  - id: north
    analyse: {{url: rtsp://127.0.0.1:9/a}}
    zones: [{{id: door, polygon: [[20, 40], [140, 40], [140, 112], [20, 112]], frame: [160, 120]}}]
    rules: [{{use: blocked-exit, zone: door}}]
"""


def picture(t: float) -> Picture:
    coarse = np.random.default_rng(3).normal(0, 18, (30, 40))
    grey = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC) + 120
    grain = np.random.default_rng(int(10 * t)).normal(0, 2, (120, 160, 3))
    return np.clip(grey[..., None] + grain, 0, 255).astype(np.uint8)


def watching(kept: Kept | None = None, until_s: float = 8.0) -> FreeSpace:
    space = FreeSpace()
    space.watch(ZONE, kept or Kept())
    for i in range(int(2 * until_s)):
        space.step(picture(i / 2), i / 2)
    return space


BANK = watching().banks()["door"]
FILE = FloorFile(BANK, THEN, {BANK.lights[0].number: THEN})
BYTES = encoded(FILE)


@pytest.fixture
def edge(tmp_path: Path) -> Path:
    file = tmp_path / "edge.yaml"
    file.write_text(EDGE.format(folder=tmp_path))
    return file


@pytest.fixture
def settings(edge: Path) -> EdgeSettings:
    return load_edge(edge)


@pytest.fixture
def folder(settings: EdgeSettings) -> FloorFolder:
    made = folder_of(settings.spool_folder, "north")
    made.folder.mkdir(parents=True)
    return made


def stated(rest: bytes) -> bytes:
    """A file that states the digest of what it holds, whatever that is."""
    return MAGIC + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def with_header(change: Callable[[dict[str, object]], None]) -> bytes:
    line, _, body = BYTES[len(MAGIC) + 65 :].partition(b"\n")
    header = json.loads(line)
    change(header)
    return stated(json.dumps(header).encode() + b"\n" + body)


def test_a_file_says_what_was_written() -> None:
    back = decoded(BYTES, "door")
    assert (back.begun_at, dict(back.since)) == (THEN, dict(FILE.since))
    assert (back.bank.polygon, back.bank.work_px) == (BANK.polygon, BANK.work_px)
    for was, now in zip(BANK.lights, back.bank.lights, strict=True):
        np.testing.assert_array_equal(was.x, now.x)
        np.testing.assert_array_equal(was.colour, now.colour)
        np.testing.assert_array_equal(was.known, now.known)


@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
@example(len(MAGIC) + 64, 1)
def test_a_byte_that_is_wrong_makes_the_file_none(at: int, by: int) -> None:
    wrong = bytearray(BYTES)
    wrong[at] ^= by
    with pytest.raises(ValueError, match="is "):
        decoded(bytes(wrong), "door")


@given(st.integers(0, len(BYTES) - 1))
def test_a_file_that_was_cut_off_is_none(size: int) -> None:
    with pytest.raises(ValueError, match="is "):
        decoded(BYTES[:size], "door")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no reference of a floor"),
        (b"\x89PNG\r\n\x1a\n", "no reference of a floor"),
        (MAGIC.replace(b"1", b"2") + BYTES[len(MAGIC) :], "another version"),
        (b"x" * (MOST_BYTES + 1), "larger than"),
        (stated(b"not json\n"), "header"),
        (stated(b""), "header"),
        (with_header(lambda h: h.pop("polygon")), "polygon"),
        (with_header(lambda h: h.update(at=5)), "light 5 of 1"),
        (with_header(lambda h: h.update(work_px=[320, 240])), "array of the shape"),
        (with_header(lambda h: h.update(work_px=[4, 4])), "a working size of 4x4"),
        (with_header(lambda h: h.update(polygon=[[0, 0], [1, 1]])), "polygon"),
        (with_header(lambda h: h.update(lights=[])), "lights"),
        (with_header(lambda h: h["arrays"].pop()), "bytes of arrays"),  # type: ignore[attr-defined] # a list
    ],
)
def test_a_foreign_file_is_refused_with_what_is_wrong(data: bytes, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        decoded(data, "door")


def test_a_file_that_cannot_be_used_is_one_line_with_its_name(folder: FloorFolder) -> None:
    folder.learned("door").write_bytes(BYTES[:-1])
    with pytest.raises(FloorFileError) as caught:
        read(folder.learned("door"))
    assert str(folder.learned("door")) in str(line_of(caught.value))


def kept_files(folder: FloorFolder) -> set[str]:
    return {file.name for file in folder.folder.iterdir()} - {".lock"}


def test_a_process_goes_on_with_what_the_one_before_has_kept(folder: FloorFolder) -> None:
    keeper = FloorKeeper(folder, ["door"])
    assert keeper.begin()["door"].bank is None
    keeper.step(watching(), 100.0, THEN)
    kept = FloorKeeper(folder, ["door"]).begin()["door"]
    assert kept.bank is not None
    assert kept.begun is None
    assert kept_files(folder) == {"door.floor"}


def test_it_stays_known_since_when_a_floor_is_learned(folder: FloorFolder) -> None:
    FloorKeeper(folder, ["door"]).step(watching(), 100.0, THEN)
    later = FloorKeeper(folder, ["door"])
    space = watching(later.begin()["door"])
    later.step(space, 200.0, NOW)
    found = read(folder.learned("door"))
    assert found is not None
    assert found.begun_at == THEN


def test_what_only_followed_the_light_is_written_every_ten_minutes(folder: FloorFolder) -> None:
    keeper, space = FloorKeeper(folder, ["door"]), watching()
    keeper.step(space, 100.0, THEN)
    first = folder.learned("door").stat().st_ino
    keeper.step(space, 400.0, THEN)
    assert folder.learned("door").stat().st_ino == first
    keeper.step(space, 701.0, THEN)
    assert folder.learned("door").stat().st_ino != first


def test_a_damaged_file_is_moved_aside_and_the_zone_begins_anew_in_doubt(
    folder: FloorFolder,
) -> None:
    folder.learned("door").write_bytes(BYTES[:-1])
    kept = FloorKeeper(folder, ["door"]).begin()["door"]
    assert (kept.bank, kept.begun) == (None, "damaged")
    assert kept_files(folder) == {"door.floor.bad"}
    floor = watching(kept).step(picture(9), 9.0)["door"]
    assert floor.doubts == ("damaged",)


def test_a_running_process_hears_that_a_floor_was_confirmed(
    folder: FloorFolder, edge: Path
) -> None:
    keeper, space = FloorKeeper(folder, ["door"]), watching()
    keeper.step(space, 100.0, THEN)
    said = CliRunner().invoke(app, confirm_command(edge))
    assert said.exit_code == 0, said.output
    keeper.step(space, 106.0, NOW)
    assert space.step(picture(9), 9.0)["door"].unconfirmed == 0.0


def test_a_running_process_hears_that_a_floor_was_forgotten(
    folder: FloorFolder, edge: Path
) -> None:
    keeper, space = FloorKeeper(folder, ["door"]), watching()
    keeper.step(space, 100.0, THEN)
    CliRunner().invoke(app, ["reference", "forget", "-c", str(edge), "--zone", "door"])
    keeper.step(space, 106.0, NOW)
    assert space.banks() == {}
    assert kept_files(folder) == set()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_disk_that_refuses_does_not_stop_the_watch(folder: FloorFolder) -> None:
    folder.folder.chmod(0o500)
    assert refusals(folder) == ["references not kept"]
    folder.folder.chmod(0o700)


def test_a_folder_that_is_a_file_does_not_stop_the_watch(tmp_path: Path) -> None:
    (tmp_path / "floors").write_text("in the way")
    assert refusals(FloorFolder(tmp_path / "floors")) == ["references not kept"]


def refusals(folder: FloorFolder) -> list[str]:
    """What is logged in two steps of a watch that cannot keep anything: said once."""
    keeper, space = FloorKeeper(folder, ["door"]), watching()
    with capture_logs() as logs:
        keeper.step(space, 100.0, THEN)
        keeper.step(space, 106.0, NOW)
    assert space.step(picture(9), 9.0)["door"].known > 0
    return [str(one["event"]) for one in logs]


def confirm_command(edge: Path, *more: str) -> list[str]:
    png = edge.with_name("look.png")
    command = ["reference", "confirm", "-c", str(edge), "--zone", "door", "--by", "zhou"]
    return [*command, "--picture", str(png), *(more or ("--yes",))]


def listed(edge: Path) -> dict[str, object]:
    said = CliRunner().invoke(app, ["reference", "list", "-c", str(edge), "--json"])
    assert said.exit_code == 0, said.output
    found: dict[str, object] = json.loads(said.output)
    return found


def test_the_list_says_of_each_floor_since_when_and_who(folder: FloorFolder, edge: Path) -> None:
    assert listed(edge)["state"] == "not learned yet"
    write(folder.learned("door"), FILE)
    found = listed(edge)
    assert (found["state"], found["since"], found["modes"]) == ("unconfirmed", THEN, 1)
    CliRunner().invoke(app, confirm_command(edge))
    found = listed(edge)
    assert (found["state"], found["confirmed_by"], found["confirmed_modes"]) == (
        "confirmed", "zhou", 1,
    )  # fmt: skip


def test_what_a_person_confirmed_is_kept_with_the_picture_that_he_saw(
    folder: FloorFolder, edge: Path
) -> None:
    write(folder.learned("door"), FILE)
    CliRunner().invoke(app, confirm_command(edge))
    found = read(folder.confirmed("door"))
    assert found is not None
    assert found.confirmed is not None
    png = edge.with_name("look.png").read_bytes()
    assert found.confirmed.picture_sha256 == hashlib.sha256(png).hexdigest()
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[0] == 2 * SIZE[1]


def test_nobody_confirms_without_being_asked(folder: FloorFolder, edge: Path) -> None:
    write(folder.learned("door"), FILE)
    said = CliRunner().invoke(app, confirm_command(edge, "--camera", "north"))
    assert "--yes" in str(line_of(said.exception or RuntimeError()))
    assert not folder.confirmed("door").exists()


def test_a_floor_that_nobody_watches_is_told_with_those_that_are(settings: EdgeSettings) -> None:
    with pytest.raises(Exception, match="no camera watches a floor 'gate'") as caught:
        looked_up(settings, None, "gate")
    assert "north/door" in str(line_of(caught.value))


def test_the_list_names_a_damaged_file(folder: FloorFolder) -> None:
    folder.learned("door").write_bytes(b"x")
    found = row("north", "door", folder)
    assert found.state == "damaged"
    assert "door.floor" in found.said_zh


def test_the_doctor_says_that_nobody_has_confirmed_and_how(
    folder: FloorFolder, edge: Path, settings: EdgeSettings
) -> None:
    [before] = check_floors(edge, settings, settings.cameras[0])
    assert (before.state, "nothing has been learned" in before.found) == ("warn", True)
    write(folder.learned("door"), FILE)
    [found] = check_floors(edge, settings, settings.cameras[0])
    assert (found.state, "not confirmed" in found.found) == ("warn", True)
    assert f"reference confirm --config {edge} --camera north --zone door" in found.remedy
    CliRunner().invoke(app, confirm_command(edge))
    [after] = check_floors(edge, settings, settings.cameras[0])
    assert (after.state, "zhou" in after.found) == ("ok", True)


def test_a_replay_takes_the_references_that_it_is_given(folder: FloorFolder) -> None:
    write(folder.learned("door"), FILE)
    kept = given_to_replay(folder, ["door"])["door"]
    assert isinstance(kept.bank, Bank)
    with pytest.raises(FloorFileError, match="no reference of gate"):
        given_to_replay(folder, ["gate"])
