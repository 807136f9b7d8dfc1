"""`linewarden reference`: what a box has learned of its floors, to be confirmed or forgotten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from events.rules.floor_words import remark
from linewarden.errors import CommandError
from linewarden.floor_files import (
    Confirmation,
    FloorFile,
    FloorFileError,
    FloorFolder,
    folder_of,
    read,
    write,
)
from linewarden.floor_keeper import floors_of
from linewarden.lettering import letter
from linewarden.settings import EdgeSettings
from vision import Picture, Zone
from vision.free_space_doubt import standing_of
from vision.free_space_grid import CELL_PX, Grid

ZOOM = 2
GAP_PX = 8
_OUTLINE, _UNKNOWN, _DIM = (60, 220, 255), (70, 70, 200), 0.55


@dataclass(frozen=True, slots=True)
class Row:
    """What is to be said of one zone's reference. Times are RFC 3339.

    `confirmed_modes` of `modes`: in how many lights somebody has confirmed it.
    """

    camera: str
    zone: str
    state: str
    since: str | None = None
    modes: int = 0
    confirmed_modes: int = 0
    confirmed_by: str | None = None
    confirmed_at: str | None = None
    doubts: tuple[str, ...] = ()
    said_zh: str = ""
    said_en: str = ""

    def as_json(self) -> str:
        """A line of `--json`."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        """A line for a person."""
        who = "unconfirmed"
        if self.confirmed_by is not None:
            of = f" in {self.confirmed_modes} of {self.modes} modes"
            who = f"confirmed by {self.confirmed_by} at {self.confirmed_at}{of}"
        learned = "" if self.since is None else f"{self.modes} modes, since {self.since}, {who}"
        parts = (f"{self.camera}/{self.zone}", self.state, learned, self.said_en, self.said_zh)
        return "  ".join(part for part in parts if part)


def rows(settings: EdgeSettings) -> Iterator[Row]:
    """One for each floor that the settings' rules watch."""
    for camera in settings.cameras:
        folder = folder_of(settings.spool_folder, camera.id)
        for zone_id in floors_of(camera):
            yield row(camera.id, zone_id, folder)


def row(camera_id: str, zone_id: str, folder: FloorFolder) -> Row:
    """What the files say of one zone."""
    try:
        learned, confirmed = read(folder.learned(zone_id)), read(folder.confirmed(zone_id))
    except FloorFileError as error:
        return Row(camera_id, zone_id, "damaged", said_zh=f"{error}", said_en=error.remedy)
    if learned is None:
        return Row(camera_id, zone_id, "not learned yet")
    bank = learned.bank
    copy = None if confirmed is None or confirmed.confirmed is None else confirmed.bank
    unconfirmed, doubts = standing_of(bank, copy)
    zh, en = remark(unconfirmed, doubts) or ("", "")
    numbers = set() if copy is None else {light.number for light in copy.lights}
    known = sum(light.number in numbers for light in bank.lights)
    said = confirmed.confirmed if confirmed is not None and known else None
    return Row(
        camera_id,
        zone_id,
        "in doubt" if doubts else "unconfirmed" if en else "confirmed",
        learned.begun_at,
        len(bank.lights),
        known,
        None if said is None else said.by,
        None if said is None else said.at,
        doubts,
        zh,
        en,
    )


def looked_up(settings: EdgeSettings, camera_id: str | None, zone_id: str) -> FloorFolder:
    """The folder of a camera that watches that floor. `CommandError` where none does, or several.

    `camera_id` may be left out where one camera alone has a floor of that name.
    """
    there = {c.id: floors_of(c) for c in settings.cameras if camera_id in (None, c.id)}
    found = [name for name, floors in there.items() if zone_id in floors]
    if len(found) == 1:
        return folder_of(settings.spool_folder, found[0])
    known = [f"{name}/{zone}" for name, floors in there.items() for zone in floors]
    raise CommandError(
        f"{'no' if not found else 'more than one'} camera watches a floor {zone_id!r}",
        f"give --camera and --zone with one of: {', '.join(known) or 'none has such a rule'}",
    )


def to_confirm(folder: FloorFolder, zone_id: str) -> tuple[FloorFile, bytes]:
    """(what was learned, the PNG to look at). Raises `FloorFileError`, `CommandError`."""
    learned = read(folder.learned(zone_id))
    if learned is None:
        raise CommandError(
            f"zone {zone_id}: nothing has been learned of it yet",
            "run the edge until it has seen the floor for some seconds",
        )
    _, png = cv2.imencode(".png", picture_of(learned, zone_id))
    return learned, png.tobytes()


def confirm(
    folder: FloorFolder, zone_id: str, seen: FloorFile, png: bytes, *, by: str, at: str
) -> None:
    """Record that `by` has looked at that picture at `at` (RFC 3339), and found the floor free."""
    said = Confirmation(by, at, hashlib.sha256(png).hexdigest())
    copy = FloorFile(seen.bank, seen.begun_at, seen.since, said)
    with folder.locked():
        try:
            write(folder.confirmed(zone_id), copy)
        except OSError as error:
            raise _refused(folder.confirmed(zone_id), error) from None


def forget(folder: FloorFolder, zone_id: str) -> bool:
    """Delete what is known of a floor; False where there was nothing."""
    there = False
    with folder.locked():
        for file in (folder.learned(zone_id), folder.confirmed(zone_id)):
            try:
                file.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _refused(file, error) from None
            there = True
    return there


def _refused(file: Path, error: OSError) -> CommandError:
    return CommandError(f"{file}: {error.strerror}", "run it as the account that runs the edge")


def picture_of(kept: FloorFile, zone_id: str) -> Picture:
    """The learned floor in each light, side by side, outlined; what is not known yet is red."""
    bank = kept.bank
    grid = Grid.over(Zone(zone_id, bank.polygon, bank.frame_px), bank.work_px)
    scale = np.array(bank.work_px) / np.array(bank.frame_px)
    corners = np.round(np.array(bank.polygon) * scale * ZOOM).astype(np.int32)
    panels = []
    for light in bank.lights:
        (width, height), at = grid.size_px, np.s_[grid.top :, grid.left :]
        panel = (light.around * _DIM).astype(np.uint8)
        known = _pixels(light.known)
        np.copyto(panel[at][:height, :width], light.view, where=known[..., None])
        unknown = _pixels(grid.floor & ~light.known)
        panel[at][:height, :width][unknown] = _UNKNOWN
        large = cv2.resize(panel, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
        cv2.polylines(large, [corners], isClosed=True, color=_OUTLINE, thickness=2)
        panels.append(_titled(np.asarray(large, np.uint8), kept.since[light.number]))
    return np.hstack(panels)


def _pixels(cells: np.ndarray) -> np.ndarray:
    return np.repeat(np.repeat(cells, CELL_PX, 0), CELL_PX, 1)


def _titled(panel: Picture, since: str) -> Picture:
    letter(panel, f"since {since}", (10, 26), 0.7)
    framed = cv2.copyMakeBorder(panel, 0, 0, 0, GAP_PX, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(framed, np.uint8)


def lines(settings: EdgeSettings, *, as_json: bool) -> Sequence[str]:
    """What `reference list` prints."""
    return [one.as_json() if as_json else one.as_text() for one in rows(settings)]
