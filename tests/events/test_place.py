"""From a point with an error to the segment that answers for it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from events.place import Network, PlaceError, Resolved, Unresolved

GEOD = Geod(ellps="WGS84")
LON, LAT = 118.965, 32.128
Feature = dict[str, Any]


def feature(segment_id: str = "A-01", *, north_m: float = 0.0, owner: str = "甲一管网") -> Feature:
    """A segment of 1 km to the east, `north_m` north of the site."""
    lon, lat, _ = GEOD.fwd(LON, LAT, 0, north_m)
    end_lon, end_lat, _ = GEOD.fwd(lon, lat, 90, 1000)
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[lon, lat], [end_lon, end_lat]]},
        "properties": {
            "segment_id": segment_id,
            "route_id": "A",
            "from_m": 12_000,
            "to_m": 13_000,
            "owner": owner,
            "subdistrict": "栖云街道",
            "hca": "III",
        },
    }


def file_of(*features: Feature, **members: object) -> bytes:
    """A network file."""
    document = {"type": "FeatureCollection", "features": features, **members}
    return json.dumps(document).encode()


def network(*features: Feature) -> Network:
    """A network of these segments."""
    return Network.parse(file_of(*features), "net.geojson")


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a point in metres from the start of the first segment."""
    azimuth = math.degrees(math.atan2(east_m, north_m))
    lon, lat, _ = GEOD.fwd(LON, LAT, azimuth, math.hypot(east_m, north_m))
    return lon, lat


@given(st.floats(10, 900), st.floats(0.1, 49))
def test_the_distance_is_in_metres_on_the_ellipsoid(east_m: float, north_m: float) -> None:
    found = network(feature()).resolve(*at(east_m, north_m), (1, 0, 1), 50)
    assert isinstance(found, Resolved)
    assert found.nearest.distance_m == pytest.approx(north_m, abs=0.05)
    assert found.nearest.measure_m == pytest.approx(12_000 + east_m, abs=0.2)


def test_sigma_is_that_of_the_direction_towards_the_pipe() -> None:
    found = network(feature()).resolve(*at(500, 10), (100, 0, 4), 50)
    assert isinstance(found, Resolved)
    assert found.nearest.sigma_m == pytest.approx(math.sqrt(4 + 0.25), rel=0.01)


def test_a_point_out_of_the_radius_is_not_resolved_and_says_why() -> None:
    found = network(feature()).resolve(*at(500, 60), (1, 0, 1), 50)
    assert isinstance(found, Unresolved)
    assert found.reason_en == "no segment within 50 m"


def test_parallel_pipes_of_two_owners_within_three_sigma_are_ambiguous() -> None:
    pipes = network(feature("A-01"), feature("B-01", north_m=10, owner="乙二输气"))
    found = pipes.resolve(*at(500, 4), (4, 0, 4), 50)
    assert isinstance(found, Resolved)
    assert (found.nearest.segment.segment_id, found.ambiguous) == ("A-01", True)


def test_a_well_measured_point_between_parallel_pipes_has_one_owner() -> None:
    pipes = network(feature("A-01"), feature("B-01", north_m=10, owner="乙二输气"))
    found = pipes.resolve(*at(500, 2), (0.01, 0, 0.01), 50)
    assert isinstance(found, Resolved)
    assert found.ambiguous is False


def test_the_version_is_the_digest_of_the_file() -> None:
    data = file_of(feature())
    assert Network.parse(data, "a").version == Network.parse(data, "b").version
    assert Network.parse(data + b" ", "a").version != Network.parse(data, "a").version


def _without(key: str) -> bytes:
    broken = feature()
    del broken["properties"][key]
    return file_of(feature("ok"), broken)


def _with_points(points: list[Any]) -> bytes:
    broken = feature()
    broken["geometry"]["coordinates"] = points
    return file_of(broken)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(lambda: b"\xff\x00", "is not JSON", id="bytes"),
        pytest.param(lambda: b"[" * 100_000, "is not JSON", id="deep"),
        pytest.param(lambda: b"[]", "is no FeatureCollection", id="list"),
        pytest.param(lambda: file_of(), "has no feature", id="empty"),
        pytest.param(lambda: file_of(feature(), crs={"name": "EPSG:2326"}), "crs is", id="datum"),
        pytest.param(lambda: _without("owner"), "feature 2: owner is None", id="owner"),
        pytest.param(lambda: _without("from_m"), "feature 2: from_m is None", id="measure"),
        pytest.param(lambda: file_of(feature(), feature()), "stands in feature 1 too", id="double"),
        pytest.param(lambda: _with_points([[LON, LAT]]), "fewer than 2 points", id="point"),
        pytest.param(lambda: _with_points([[LAT, LON]] * 2), "latitude first", id="swapped"),
        pytest.param(
            lambda: _with_points([[397013.0, 3553040.8]] * 2), "not a place in China", id="metres"
        ),
        pytest.param(lambda: _with_points([[LON, "x"]] * 2), "point 1 is", id="text"),
    ],
)
def test_a_network_that_cannot_be_used_is_refused_by_name(
    data: Callable[[], bytes], says: str
) -> None:
    with pytest.raises(PlaceError, match=r"^net\.geojson: ") as caught:
        Network.parse(data(), "net.geojson")
    assert says in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_network_or_a_place_error(data: bytes) -> None:
    with pytest.raises(PlaceError):
        Network.parse(data, "net.geojson")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="cannot be read"):
        Network.read(tmp_path / "none.geojson")


def test_the_demo_network_is_read(tmp_path: Path) -> None:
    from datasets import scenes

    file = tmp_path / "demo.geojson"
    file.write_text(json.dumps(scenes.network_geojson()), encoding="utf-8")
    assert {s.owner for s in Network.read(file).segments} == {"甲一管网", "乙二输气"}
