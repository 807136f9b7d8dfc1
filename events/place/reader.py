"""Reading a pipeline network from GeoJSON (RFC 7946, EPSG:4326); refusals name the feature.

Pure: bytes in, segments out. A segment without an owner is refused, since nobody would answer for
what happens on it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from events.place.errors import PlaceError
from events.place.segment import Segment

_TEXTS = ("segment_id", "route_id", "owner", "subdistrict")
_WGS84 = ("CRS84", "4326")
_CHINA = (73.0, 135.5, 3.0, 54.0)
"""West, east, south, north in degrees: what lies outside has its axes swapped or is elsewhere."""


def read_segments(data: bytes, name: str) -> tuple[Segment, ...]:
    """Segments of a network file; `PlaceError` names file, feature and property."""
    document = _document(data, name)
    segments = tuple(
        _segment(feature, f"{name}: feature {number}")
        for number, feature in enumerate(document["features"], start=1)
    )
    if not segments:
        raise PlaceError(f"{name}: has no feature", "give one LineString a segment")
    seen: dict[str, int] = {}
    for number, segment in enumerate(segments, start=1):
        first = seen.setdefault(segment.segment_id, number)
        if first != number:
            raise PlaceError(
                f"{name}: feature {number}: segment_id {segment.segment_id!r} stands in feature "
                f"{first} too",
                "give each segment an id of its own",
            )
    return segments


def _document(data: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PlaceError(f"{name}: is not JSON ({error})", "export it as GeoJSON") from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise PlaceError(f"{name}: is no FeatureCollection", "export it as GeoJSON")
    crs = json.dumps(document.get("crs", "4326"))
    if not any(known in crs for known in _WGS84):
        raise PlaceError(f"{name}: crs is {crs[:120]}", "export it in EPSG:4326 (WGS84)")
    if not isinstance(document.get("features"), list):
        raise PlaceError(f"{name}: features is no list", "export it as GeoJSON")
    return document


def _segment(feature: Any, where: str) -> Segment:  # anything may stand in a file
    if not isinstance(feature, dict):
        raise PlaceError(f"{where}: is no object", "export it as GeoJSON")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise PlaceError(f"{where}: properties is no object", "export it as GeoJSON")
    texts = {key: _text(properties, key, where) for key in _TEXTS}
    from_m, to_m = (_number(properties, key, where) for key in ("from_m", "to_m"))
    if from_m >= to_m:
        raise PlaceError(
            f"{where}: from_m {from_m:g} is not below to_m {to_m:g}", "give rising measures"
        )
    return Segment(
        **texts,
        hca=_hca(properties, where),
        from_m=from_m,
        to_m=to_m,
        line=_line(feature.get("geometry"), where),
    )


def _text(properties: Mapping[str, Any], key: str, where: str) -> str:
    value = properties.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise PlaceError(
            f"{where}: {key} is {value!r:.80}", f"give {key} as text of 1 to 200 characters"
        )
    return value.strip()


def _number(properties: Mapping[str, Any], key: str, where: str) -> float:
    value = properties.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PlaceError(f"{where}: {key} is {value!r:.80}", f"give {key} as a number of metres")
    return float(value)


def _hca(properties: Mapping[str, Any], where: str) -> str | None:
    value = properties.get("hca") or None
    if value not in (None, "I", "II", "III"):
        raise PlaceError(f"{where}: hca is {value!r:.80}", "give I, II, III or nothing")
    return value


def _line(geometry: Any, where: str) -> tuple[tuple[float, float], ...]:
    if not isinstance(geometry, dict) or geometry.get("type") != "LineString":
        kind = geometry.get("type") if isinstance(geometry, dict) else geometry
        raise PlaceError(f"{where}: geometry is {kind!r:.80}", "give a LineString")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise PlaceError(f"{where}: has fewer than 2 points", "give a line")
    line = tuple(_point(pair, where, k) for k, pair in enumerate(coordinates, start=1))
    if len(set(line)) < 2:
        raise PlaceError(f"{where}: all its points are the same", "give a line")
    return line


def _point(pair: Any, where: str, number: int) -> tuple[float, float]:
    numbers = (
        isinstance(pair, list)
        and len(pair) >= 2
        and all(
            isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)
            for v in pair[:2]
        )
    )
    if not numbers:
        raise PlaceError(f"{where}: point {number} is {pair!r:.80}", "give [longitude, latitude]")
    lon, lat = float(pair[0]), float(pair[1])
    west, east, south, north = _CHINA
    if west <= lat <= east and south <= lon <= north:
        raise PlaceError(
            f"{where}: point {number} is [{lon:g}, {lat:g}], latitude first",
            "give [longitude, latitude]",
        )
    if not (west <= lon <= east and south <= lat <= north):
        raise PlaceError(
            f"{where}: point {number} is [{lon:g}, {lat:g}], not a place in China in degrees",
            "export it in EPSG:4326 (WGS84), in degrees, not in projected metres",
        )
    return lon, lat
