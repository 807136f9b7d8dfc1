"""Events and keys for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from events.record import Draft, LostMedium, Medium
from events.seal import uuid7

NOW_S = 1_795_223_653.48
INSTANT = "2026-11-21T09:14:13.480+08:00"
CONFIG = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
TIME = {
    "captured": INSTANT,
    "signed": INSTANT,
    "boot_id": "0b6f8a52",
    "monotonic_ms": 83411207,
    "clock": {"source": "ntp", "synced": True, "offset_ms": -12, "error_ms": 35},
}


def draft(
    kind: str = "opened",
    *,
    incident_id: str | None = None,
    media: Sequence[Medium] = (),
    lost: Sequence[LostMedium] = (),
    zone: str = "band5",
    **changes: Any,
) -> Draft:
    """A believable draft; an `opened` one without media says that its snapshot was not recorded."""
    kept, gone = list(media), list(lost)
    role = {"opened": "snapshot", "clip": "clip"}.get(kind)
    if role and role not in {m.role for m in kept} | {m.role for m in gone}:
        gone.append(LostMedium.model_validate({"role": role, "reason": "not_recorded"}))
    return Draft.model_validate(
        {
            "kind": kind,
            "incident_id": incident_id or uuid7(NOW_S),
            "camera_id": "k12-north",
            "rule": {"id": "machine-in-zone", "version": 1, "after_ms": 8000, "clear_ms": 20000},
            "zone": {
                "id": zone,
                "polygon_px": [[80, 300], [620, 290], [639, 359], [0, 359]],
                "frame_px": [640, 360],
            },
            "class": "excavator",
            "level": "red",
            "frame_px": [1920, 1080],
            "seen": [
                {
                    "class": "excavator",
                    "score_permille": 910,
                    "box_px": [812, 402, 1104, 668],
                    "track_id": 88,
                }
            ],
            "time": TIME,
            "place": {
                "crs": "EPSG:4326",
                "method": "homography",
                "lon_e7": 1188912345,
                "lat_e7": 321534567,
                "cov_cm2": [9025, 1200, 16384],
            },
            "media": kept,
            "media_lost": gone,
            "explain": [
                {"lang": "zh", "text": "挖掘机在区域内停留 8.0 秒。"},
                {"lang": "en", "text": "excavator in zone for 8.0 s (opens at 8 s)"},
            ],
            "model": {"id": "nano", "sha256": CONFIG},
            "config_sha256": CONFIG,
            "software": {"name": "linewarden-edge", "version": "0.1.0", "build": "test"},
            "simulated": True,
            **changes,
        }
    )
