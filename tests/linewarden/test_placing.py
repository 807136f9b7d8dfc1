"""What the record says about a place: which point is meant, from which pixel, how unsure."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest
from pyproj import Transformer

from benchmarks.place import CHI2_95
from datasets import scenes
from datasets.scenes.corridor import STOP_FROM_CENTRE_M
from events.place import Network, Resolved
from events.record import Place
from linewarden.demo_files import scene_camera
from linewarden.placing import Placer
from linewarden.settings import CameraSettings
from vision import Box, Track

CLASSES = ("person", "car", "truck", "bus", "excavator", "machine", "forklift")
LOOKED_PX = 416
FRAME = (640, 360)
DIGGING_S = 30.0


@lru_cache(maxsize=2)
def scene_of(name: str) -> scenes.Scene:
    return scenes.get(name, size_px=FRAME)


def settings(scene: scenes.Scene) -> CameraSettings:
    return CameraSettings.model_validate(scene_camera(scene.name, "rtsp://127.0.0.1/x", CLASSES))


def track(label: str, box_px: Box) -> Track:
    return Track(1, label, 0.9, box_px, 0.0, 1.0, seen_now=True)


def placed(scene: scenes.Scene, truth: scenes.Truth) -> Place:
    place = Placer(settings(scene), LOOKED_PX).place(track(truth.label, truth.box_px), FRAME)
    assert place is not None
    return place


def miss(scene: scenes.Scene, place: Place, truth: scenes.Truth) -> float:
    """Squared Mahalanobis distance from the recorded place to the true one."""
    here = f"+proj=aeqd +lat_0={scene.site.lat} +lon_0={scene.site.lon} +datum=WGS84 +units=m"
    to_metres = Transformer.from_crs("EPSG:4326", here, always_xy=True)
    east, north = to_metres.transform(place.lon_e7 / 1e7, place.lat_e7 / 1e7)
    off = np.array([east - truth.east_m, north - truth.north_m])
    ee, en, nn = (value / 1e4 for value in place.cov_cm2)
    return float(off @ np.linalg.solve(np.array([[ee, en], [en, nn]]), off))


@pytest.mark.parametrize("name", scenes.NAMES)
def test_what_the_demo_shows_is_placed_where_it_stands(name: str) -> None:
    scene = scene_of(name)
    truths = [t for at_s in np.arange(0, 60, 2.0) for t in scene.truth(float(at_s))]
    whole = [t for t in truths if t.visible > 0.9]
    inside = [miss(scene, placed(scene, t), t) <= CHI2_95 for t in whole]
    assert len(whole) > 20
    assert np.mean(inside) >= 0.9


@pytest.mark.parametrize("at_s", [24.0, 30.0, 36.0, 42.0])
def test_the_digger_of_the_demo_is_as_far_from_the_line_as_it_is_told(at_s: float) -> None:
    scene = scene_of("corridor")
    digger = next(t for t in scene.truth(at_s) if t.label == "excavator")
    place = placed(scene, digger)
    cov_m2 = tuple(value / 1e4 for value in place.cov_cm2)
    network = Network.parse(json.dumps(scenes.network_geojson()).encode(), "demo")
    found = network.resolve(place.lon_e7 / 1e7, place.lat_e7 / 1e7, cov_m2, 50)
    assert isinstance(found, Resolved)
    assert found.nearest.sigma_m < 1.5
    assert abs(found.nearest.distance_m - STOP_FROM_CENTRE_M) <= 2 * found.nearest.sigma_m


def test_the_record_says_which_point_is_meant_and_from_which_pixel() -> None:
    scene = scene_of("corridor")
    digger = next(t for t in scene.truth(DIGGING_S) if t.label == "excavator")
    place = placed(scene, digger)
    assert (place.method, place.point) == ("homography", "footprint_middle")
    assert place.foot is not None
    x1, _, x2, y2 = digger.box_px
    assert place.foot.px == (round((x1 + x2) / 2), round(y2))
    assert (place.foot.frame_px, place.foot.seen) == (FRAME, True)
    assert place.behind_cm == 216


def test_without_control_points_the_camera_is_the_place() -> None:
    known = settings(scene_of("corridor"))
    bare = known.model_copy(update={"control_points": (), "control_frame": None})
    place = Placer(bare, LOOKED_PX).place(track("excavator", (10, 10, 60, 60)), FRAME)
    assert place is not None
    assert (place.method, place.point, place.foot) == ("camera_position", "camera", None)
