"""The simulated cameras: pictures agree with the truth, the truth with the map and the story."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from datasets import scenes
from datasets.scenes import raster
from datasets.scenes.story import contains
from vision.types import Picture

CORRIDOR_S = (6.0, 14.0, 21.0, 30.0, 36.0, 50.0)
YARD_S = (8.0, 12.0, 24.0, 34.0, 50.0)
MOMENTS = [("corridor", t) for t in CORRIDOR_S] + [("yard", t) for t in YARD_S]


@lru_cache(maxsize=4)
def scene(name: str) -> scenes.Scene:
    return scenes.get(name, size_px=(640, 360), mark="")


def empty(name: str) -> Picture:
    return scene(name).render(0.0)


@pytest.mark.parametrize("name", scenes.NAMES)
def test_the_story_begins_and_ends_empty(name: str) -> None:
    s = scene(name)
    for t in (0.0, s.duration_s - 1 / s.fps, s.duration_s, 2 * s.duration_s):
        assert s.truth(t) == ()


@pytest.mark.parametrize("name, t_s", MOMENTS)
def test_only_the_boxes_and_the_shadows_differ_from_the_empty_scene(name: str, t_s: float) -> None:
    s = scene(name)
    difference = np.abs(s.render(t_s).astype(int) - empty(name)).max(axis=2)
    changed = cv2.blur((difference > 28).astype(np.float32), (3, 3)) > 0.7
    width, height = s.size_px
    for truth in s.truth(t_s):
        x1, y1, x2, y2 = truth.clipped(width, height)
        reach = (y2 - y1) * 1.3
        changed[int(max(y1 - 4, 0)) : int(y2) + 5, int(max(x1 - 4, 0)) : int(x2) + 5] = False
        low = int(max(y2 - reach, 0))
        side = (int(max(x1 - reach, 0)), int(x2 + reach) + 1)
        changed[low : int(y2 + reach * 0.3), side[0] : side[1]] = False
    assert not changed.any()


@pytest.mark.parametrize("name, t_s", MOMENTS)
def test_each_box_is_tight_around_what_is_drawn(name: str, t_s: float) -> None:
    s = scene(name)
    width, height = s.size_px
    for truth in s.truth(t_s):
        if truth.visible < 0.98:
            continue
        rows, columns = np.nonzero(drawn_alone(s, t_s, truth.id))
        x1, y1, x2, y2 = truth.clipped(width, height)
        drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert drawn == pytest.approx((x1, y1, x2, y2), abs=2.0)


def drawn_alone(s: scenes.Scene, t_s: float, role_id: int) -> np.ndarray:
    """Where one actor covers the picture, by its rendered layer."""
    (actor,) = [a for a in s.actors(t_s) if a.id == role_id]
    layer = raster.draw(actor.mesh, s.camera, s.light)
    assert layer is not None
    covered = np.zeros((s.size_px[1], s.size_px[0]), bool)
    x0, y0, x1, y1 = layer.window
    covered[y0:y1, x0:x1] = layer.alpha > 0.05
    return covered


@pytest.mark.parametrize("name, t_s", MOMENTS)
def test_control_points_place_every_object_within_a_decimetre(name: str, t_s: float) -> None:
    s = scene(name)
    assert len(s.control_points) >= 6
    ground = [on_map_m(s, p.lon, p.lat) for p in s.control_points]
    pixels = np.array([p.pixel for p in s.control_points])
    matrix, _ = cv2.findHomography(pixels, np.array(ground))
    for truth in s.truth(t_s):
        u, v, w = matrix @ (*truth.foot_px, 1.0)
        assert (u / w, v / w) == pytest.approx((truth.east_m, truth.north_m), abs=0.1)


def on_map_m(s: scenes.Scene, lon: float, lat: float) -> tuple[float, float]:
    """Metres east and north of the camera by the lengths of a degree there (WGS 84)."""
    a, e2 = 6378137.0, 0.00669437999014
    phi = np.radians(s.site.lat)
    w = 1 - e2 * np.sin(phi) ** 2
    east = np.radians(lon - s.site.lon) * a / np.sqrt(w) * np.cos(phi)
    return float(east), float(np.radians(lat - s.site.lat) * a * (1 - e2) / w**1.5)


@pytest.mark.parametrize(
    "name, zone, label", [("corridor", "band5", "excavator"), ("yard", "exit", "truck")]
)
def test_the_story_has_one_event_that_stays_20_to_25_seconds(
    name: str, zone: str, label: str
) -> None:
    (event,) = scene(name).events
    assert (event.zone, event.label) == (zone, label)
    assert 20 <= event.leave_s - event.enter_s <= 25


@pytest.mark.parametrize("name", scenes.NAMES)
def test_an_event_begins_and_ends_when_the_ground_point_crosses_the_edge(name: str) -> None:
    s = scene(name)
    (event,) = s.events
    polygon = s.zones[event.zone]

    def inside(t_s: float) -> bool:
        (found,) = [t for t in s.truth(t_s) if t.id == event.id]
        return contains(polygon, *found.foot_px)

    assert [inside(event.enter_s + d) for d in (-0.05, 0.05)] == [False, True]
    assert [inside(event.leave_s + d) for d in (-0.05, 0.05)] == [True, False]


def test_the_excavator_works_4_metres_from_the_centreline_of_the_network() -> None:
    s = scene("corridor")
    (digger,) = [t for t in s.truth(30.0) if t.label == "excavator"]
    features = scenes.network_geojson()["features"]
    (under,) = [f for f in features if f["properties"]["segment_id"] == "NJ-A-02"]
    lines = np.array([on_map_m(s, *p) for p in under["geometry"]["coordinates"]])
    place = np.array([digger.east_m, digger.north_m])
    assert min(distance(place, a, b) for a, b in pairwise(lines)) == pytest.approx(4.0, abs=0.1)


def distance(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    along = np.clip((p - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return float(np.linalg.norm(p - a - along * (b - a)))


def test_every_segment_says_who_owns_it_and_where_it_runs() -> None:
    features = scenes.network_geojson()["features"]
    wanted = {
        "segment_id",
        "route_id",
        "from_m",
        "to_m",
        "owner",
        "subdistrict",
        "community",
        "hca",
    }
    assert all(set(f["properties"]) == wanted for f in features)
    assert {f["properties"]["owner"] for f in features} == {"甲一管网", "乙二输气"}
    assert len({f["properties"]["segment_id"] for f in features}) == len(features)


@pytest.mark.parametrize("name", scenes.NAMES)
def test_the_same_moment_gives_the_same_pixels(name: str) -> None:
    fresh = scenes.get(name, size_px=(640, 360), mark="")
    assert np.array_equal(fresh.render(30.0), scene(name).render(30.0))


def test_the_mark_is_written_unless_switched_off() -> None:
    marked = scenes.get("corridor", size_px=(640, 360)).render(0.0)
    assert not np.array_equal(marked, empty("corridor"))
    assert np.array_equal(marked[:300], empty("corridor")[:300])


def test_an_unknown_scene_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(scenes.SceneError, match="'harbour'") as refused:
        scenes.get("harbour")
    assert "corridor" in refused.value.remedy


def test_a_clip_has_a_key_frame_every_2_seconds_and_no_b_frames(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "corridor.mp4"
    scenes.write_clip(
        scene("corridor"), path, seconds=3, loops=2, progress=lambda *n: told.append(n)
    )
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.size]
        assert (stream.width, stream.height, stream.codec.name) == (640, 360, "h264")
    assert told[-1] == (76, 76) == (len(packets), len(packets))
    assert [k for k, p in enumerate(packets) if p.is_keyframe] == [0, 25, 50, 75]
    assert all(p.pts == p.dts for p in packets)
