"""Which zones ask for tiles: those that say how small things are there, or whose camera knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from linewarden.needs import needs_of
from linewarden.placing import calibration
from linewarden.settings import CameraSettings
from vision.tiles import plan

KNOWN = ("person", "car", "truck", "bus", "excavator", "machine")
FRAME = [1280, 720]
RULE = {"use": "machine-in-zone", "zone": "band", "after": "8s", "clear": "20s", "level": "red"}
CONTROLS = [
    {"px": [200.0, 600.0], "lon": 118.96524, "lat": 32.12862},
    {"px": [1080.0, 600.0], "lon": 118.96536, "lat": 32.12862},
    {"px": [420.0, 260.0], "lon": 118.96514, "lat": 32.12953},
    {"px": [860.0, 260.0], "lon": 118.96546, "lat": 32.12953},
]


def camera(zone: dict[str, Any] | None = None, **more: Any) -> CameraSettings:
    polygon = [[300, 240], [980, 240], [1100, 400], [200, 400]]
    return CameraSettings.model_validate(
        {
            "id": "k12",
            "analyse": {"url": "rtsp://10.0.0.7/sub"},
            "zones": [{"id": "band", "polygon": polygon, "frame": FRAME} | (zone or {})],
            "rules": [RULE],
        }
        | more
    )


def test_a_zone_without_a_height_on_a_camera_without_calibration_needs_nothing() -> None:
    assert needs_of(camera(), KNOWN, None) == ()


def test_a_zone_that_says_how_small_things_are_is_tiled_from_far_to_near() -> None:
    (need,) = needs_of(camera({"object_px": [24, 60]}), KNOWN, None)
    heights = need.height_px(np.array([[640.0, 240.0], [640.0, 320.0], [640.0, 400.0]]))
    assert heights == pytest.approx([24, 42, 60])
    assert plan([need], (1280, 720), 416)


def test_one_number_stands_for_the_whole_zone() -> None:
    (need,) = needs_of(camera({"object_px": 30}), KNOWN, None)
    assert need.height_px(np.array([[640.0, 240.0], [640.0, 400.0]])) == pytest.approx([30, 30])


def test_a_calibrated_camera_knows_by_itself_how_high_a_machine_is() -> None:
    settings = camera(control_points=CONTROLS, control_frame=FRAME)
    _, ground = calibration(settings)
    (need,) = needs_of(settings, KNOWN, ground)
    far, near = need.height_px(np.array([[640.0, 240.0], [640.0, 400.0]]))
    assert 5 < far < near < 200


def test_a_zone_that_no_rule_watches_needs_nothing() -> None:
    assert needs_of(camera({"object_px": 30}, rules=[]), KNOWN, None) == ()


@pytest.mark.parametrize("found", [0, "tall", [10], [10, 20, 30], [-5, 20]])
def test_heights_that_mean_nothing_are_refused(found: object) -> None:
    with pytest.raises(ValidationError, match="object_px"):
        camera({"object_px": found})
