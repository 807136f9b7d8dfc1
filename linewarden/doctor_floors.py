"""The doctor's look at the references of floors that must stay free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from linewarden.findings import Finding
from linewarden.floor_files import folder_of
from linewarden.floor_keeper import floors_of
from linewarden.reference import row
from linewarden.settings import CameraSettings, EdgeSettings


def check_floors(config: Path, settings: EdgeSettings, camera: CameraSettings) -> Iterator[Finding]:
    """Whether somebody has confirmed what was learned of each floor, and what speaks against it."""
    folder = folder_of(settings.spool_folder, camera.id)
    for zone_id in floors_of(camera):
        found, check = row(camera.id, zone_id, folder), f"floor {camera.id}/{zone_id}"
        if found.state == "confirmed":
            yield Finding(check, "ok", f"confirmed by {found.confirmed_by} at {found.confirmed_at}")
        elif found.state == "not learned yet":
            remedy = "run the edge with the floor free, then `linewarden reference confirm`"
            yield Finding(check, "warn", "nothing has been learned of it yet", remedy)
        elif found.state == "damaged":
            yield Finding(check, "warn", found.said_zh, found.said_en)
        else:
            command = f"linewarden reference confirm --config {config} --camera {camera.id}"
            remedy = f"{command} --zone {zone_id} --by NAME"
            yield Finding(check, "warn", found.said_en, remedy)
