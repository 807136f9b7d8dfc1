"""The pipelines of the demo site as GeoJSON: names invented, places consistent with `corridor`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from datasets.scenes.corridor import CENTRE_TURN_DEG, SITE, centre_x, corridor

_BENDS_M = (-1000, -250, 250, 1000)
_SUBDISTRICTS = (("栖云街道", "柳塘村"), ("栖云街道", "南圩社区"), ("临溪街道", "石桥村"))
_PARALLEL_M = 38.0


def network_geojson() -> dict[str, Any]:  # GeoJSON is nested JSON
    """A FeatureCollection of segments, EPSG:4326, with measures in metres along each route.

    Route `NJ-A` runs under the corridor's markers, straight for 250 m on both sides of the camera;
    `NJ-B` runs beside it, 38 m to the left. Everything is invented and marked as simulated.
    """
    features = [
        *_route("NJ-A", "甲一管网", 0.0, ("III", "III", "II")),
        *_route("NJ-B", "乙二输气", -_PARALLEL_M, ("II", "III", "I")),
    ]
    return {
        "type": "FeatureCollection",
        "name": "linewarden-demo",
        "simulated": True,
        "features": features,
    }


def _route(route: str, owner: str, aside_m: float, hca: tuple[str, ...]) -> list[dict[str, Any]]:
    scene = corridor((1280, 720), 12.5, "")

    def place(along_m: float) -> list[float]:
        bend = max(abs(along_m) - 250.0, 0.0) ** 1.5 / 260.0 * (1 if along_m > 0 else -0.6)
        lon, lat = scene.lon_lat(centre_x(along_m) + aside_m + bend, along_m)
        return [round(lon, 7), round(lat, 7)]

    features: list[dict[str, Any]] = []
    for k, (start, end) in enumerate(pairwise(_BENDS_M)):
        subdistrict, community = _SUBDISTRICTS[k]
        middle = [a for a in range(start, end, 125) if a > start]
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": [place(a) for a in (start, *middle, end)],
                },
                "properties": {
                    "segment_id": f"{route}-{k + 1:02d}",
                    "route_id": route,
                    "from_m": 12_000 + start + 1000,
                    "to_m": 12_000 + end + 1000,
                    "owner": owner,
                    "subdistrict": subdistrict,
                    "community": community,
                    "hca": hca[k],
                },
            }
        )
    return features


def centreline_azimuth_deg() -> float:
    """Direction of `NJ-A` at the camera, clockwise from true north."""
    return SITE.facing_deg + CENTRE_TURN_DEG
