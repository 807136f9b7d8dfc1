"""How each camera is, as its process last wrote it down, for the uplink to report.

One small file a camera, replaced whole. Times are of the box's monotone clock, which all of its
processes share; a file that is not renewed speaks for itself.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from linewarden.settings import CameraSettings
from linewarden.settings_sensors import SensorPart

STALE_S = 15.0
MOST_REASON = 200
"""Characters that the store takes."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """State `ok`, `dead` or `unknown`; the monotone second of the last frame; why."""

    state: str
    last_frame_mono_s: float | None
    reason: str
    written_mono_s: float


def write_status(folder: Path, camera_id: str, status: CameraStatus) -> None:
    """Replace a camera's file. A full disk is no reason to stop watching: the old one stays."""
    part = folder / f".{camera_id}.{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(status)), encoding="utf-8")
        part.replace(folder / f"{camera_id}.json")
    except OSError:
        part.unlink(missing_ok=True)


def report(
    folder: Path,
    cameras: Sequence[CameraSettings],
    now_mono_s: float,
    sensors: Sequence[SensorPart] = (),
) -> list[dict[str, Any]]:
    """What `/v1/status` wants about each camera and sensor, one with nothing to say included."""
    return [
        *(_row(camera, _read(folder / f"{camera.id}.json"), now_mono_s) for camera in cameras),
        *(
            {**_row(sensor, _read(folder / f"{sensor.id}.json"), now_mono_s), "kind": "sensor"}
            for sensor in sensors
        ),
    ]


def _row(
    camera: CameraSettings | SensorPart, status: CameraStatus | None, now_s: float
) -> dict[str, Any]:
    state, reason, age_s = "unknown", "its process has not reported yet", None
    if status is not None:
        state, reason = status.state, status.reason
        if now_s - status.written_mono_s > STALE_S:
            state, reason = "unknown", "its process does not report"
        if status.last_frame_mono_s is not None:
            age_s = round(max(0.0, now_s - status.last_frame_mono_s), 1)
    row: dict[str, Any] = {
        "id": camera.id,
        "state": state,
        "last_frame_age_s": age_s,
        "reason": reason[:MOST_REASON] or None,
    }
    if camera.site is not None:
        row["site"] = camera.site.model_dump(include={"lon", "lat", "facing_deg", "range_m"})
    return row


def _read(file: Path) -> CameraStatus | None:
    try:
        return CameraStatus(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
