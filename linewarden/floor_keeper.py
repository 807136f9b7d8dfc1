"""The references of one camera's floors over a restart, and the word of whoever confirms them.

The edge writes what it has learned; the command line confirms and forgets, in the same folder. A
file that this process has written and that is gone was forgotten: the zone begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from linewarden.errors import CommandError
from linewarden.families.exit import ObstructionSettings
from linewarden.floor_files import FloorFile, FloorFileError, FloorFolder, read, write
from linewarden.settings import CameraSettings
from vision import Bank, FreeSpace, Kept

HEAR_S = 5.0
"""So often it is looked whether somebody has confirmed or forgotten a reference."""
NEWS_S = 10.0
"""What was learned is written so soon; what only followed the light waits for `FOLLOWED_S`."""
FOLLOWED_S = 600.0
_log = structlog.get_logger()
Mark = tuple[int, int, int]
"""What tells that a file was replaced: inode, size, time of change."""


def kept_in(folder: FloorFolder, zones: Sequence[str]) -> dict[str, Kept]:
    """What is kept of some zones; a file of no use is named in the log and moved aside."""
    return {zone_id: _kept(folder, zone_id) for zone_id in zones}


def given(folder: FloorFolder, zones: Sequence[str]) -> dict[str, Kept]:
    """What a folder says of some zones, for a replay. Raises `FloorFileError`, also for none."""
    kept: dict[str, Kept] = {}
    for zone_id in zones:
        learned, confirmed = read(folder.learned(zone_id)), read(folder.confirmed(zone_id))
        if learned is not None:
            kept[zone_id] = Kept(learned.bank, _bank(confirmed))
    if not kept and zones:
        raise FloorFileError(
            folder.folder,
            f"has no reference of {', '.join(zones)}",
            "give a camera's folder under `floors` in a box's spool",
        )
    return kept


def _kept(folder: FloorFolder, zone_id: str) -> Kept:
    learned, is_bad = _read(folder, zone_id, is_copy=False)
    confirmed, _ = _read(folder, zone_id, is_copy=True)
    bank = None if learned is None else learned.bank
    return Kept(bank, _bank(confirmed), "damaged" if is_bad else None)


def _read(folder: FloorFolder, zone_id: str, *, is_copy: bool) -> tuple[FloorFile | None, bool]:
    """(what the file says, whether it was there and could not be used)."""
    file = folder.confirmed(zone_id) if is_copy else folder.learned(zone_id)
    try:
        return read(file), False
    except FloorFileError as error:
        _log.warning("reference not used", zone=zone_id, file=str(file), why=error.found)
        try:
            file.replace(file.with_name(file.name + ".bad"))
        except OSError as refusal:
            _log.warning("reference not moved aside", file=str(file), why=refusal.strerror)
        return None, True


def _bank(kept: FloorFile | None) -> Bank | None:
    return None if kept is None or kept.confirmed is None else kept.bank


def floors_of(camera: CameraSettings) -> tuple[str, ...]:
    """The zones of a camera whose floor must stay free."""
    zones = [rule.zone for rule in camera.rules if isinstance(rule, ObstructionSettings)]
    return tuple(dict.fromkeys(zones))


class FloorKeeper:
    """Writes and hears for one camera. Times are of the box's monotone clock, in seconds."""

    def __init__(self, folder: FloorFolder, zones: Sequence[str]) -> None:
        self._folder, self._zones = folder, tuple(zones)
        self._since: dict[str, dict[int, str]] = {zone_id: {} for zone_id in zones}
        self._marks: dict[str, Mark | None] = {}
        self._written: set[str] = set()
        self._heard_s = self._wrote_s = float("-inf")
        self._news, self._is_refused = -1, False

    def begin(self) -> Mapping[str, Kept]:
        """What was kept, to watch the zones with."""
        if not self._zones:
            return {}
        kept = kept_in(self._folder, self._zones)
        for zone_id in self._zones:
            self._marks[zone_id] = self._mark(zone_id)
            found, _ = _read(self._folder, zone_id, is_copy=False)
            if found is not None:
                self._written.add(zone_id)
                self._since[zone_id] = dict(found.since)
        return kept

    def step(self, floors: FreeSpace, now_s: float, moment: str, *, last: bool = False) -> None:
        """Hear what was decided, and write what is worth it; `moment` is now in RFC 3339.

        With `last` everything is written. What the disk refuses is logged once and tried again.
        """
        if not self._zones or (now_s - self._heard_s < HEAR_S and not last):
            return
        self._heard_s = now_s
        age_s = now_s - self._wrote_s
        due = age_s >= FOLLOWED_S or (floors.news != self._news and age_s >= NEWS_S)
        try:
            with self._folder.locked():
                self._hear(floors)
                if due or last:
                    self._wrote_s, self._news = now_s, floors.news
                    self._write(floors, moment)
            self._is_refused = False
        except (OSError, CommandError) as error:
            if not self._is_refused:
                _log.warning("references not kept", folder=str(self._folder.folder), why=str(error))
            self._is_refused = True

    def _hear(self, floors: FreeSpace) -> None:
        for zone_id in self._zones:
            if zone_id in self._written and not self._folder.learned(zone_id).exists():
                self._written.discard(zone_id)
                self._since[zone_id] = {}
                floors.forget(zone_id)
                _log.info("reference forgotten", zone=zone_id)
            mark = self._mark(zone_id)
            if mark != self._marks.get(zone_id):
                self._marks[zone_id] = mark
                confirmed, _ = _read(self._folder, zone_id, is_copy=True)
                floors.confirm(zone_id, _bank(confirmed))
                _log.info("reference confirmed", zone=zone_id, withdrawn=confirmed is None)

    def _write(self, floors: FreeSpace, moment: str) -> None:
        for zone_id, bank in floors.banks().items():
            known = self._since[zone_id]
            since = {one.number: known.get(one.number, moment) for one in bank.lights}
            self._since[zone_id] = since
            begun_at = min(since.values())
            write(self._folder.learned(zone_id), FloorFile(bank, begun_at, since))
            self._written.add(zone_id)

    def _mark(self, zone_id: str) -> Mark | None:
        try:
            found = self._folder.confirmed(zone_id).stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
