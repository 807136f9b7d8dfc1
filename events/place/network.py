"""A pipeline network, and which of its segments a point on the ground belongs to.

Distances are metres in an azimuthal equidistant frame about the network's middle, on the WGS84
ellipsoid: over 100 km its scale is off by less than 1 in 10,000. Degrees are never distances.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from events.place.errors import PlaceError
from events.place.reader import read_segments
from events.place.segment import Near, Resolved, Segment, Unresolved

Covariance = tuple[float, float, float]
"""Metres squared: east-east, east-north, north-north."""

SAMPLES = 800
"""Points by which an error ellipse is laid against the lines (domain reference: at least 400)."""
CENTRELINE_SIGMA_M = 0.5
"""How well a centreline is surveyed unless somebody says otherwise (domain reference, C.4)."""


class Network:
    """Segments that one file holds; its version is the digest of the file."""

    def __init__(self, segments: Sequence[Segment], version: str) -> None:
        self.segments = tuple(segments)
        self.version = version
        lon, lat = (
            sum(values) / len(values)
            for values in zip(*(p for s in self.segments for p in s.line), strict=True)
        )
        frame = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
        self._to_metres = Transformer.from_crs("EPSG:4326", frame, always_xy=True)
        self._lines = [shapely.LineString(self._metres(s.line)) for s in self.segments]
        self._tree = shapely.STRtree(self._lines)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read GeoJSON; `PlaceError` names file, feature and property."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PlaceError(
                f"{path}: cannot be read ({error.strerror})", "name a GeoJSON file"
            ) from None
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, name: str) -> Self:
        """The network in a file's bytes; `name` stands in the messages."""
        return cls(read_segments(data, name), hashlib.sha256(data).hexdigest())

    def resolve(
        self, lon: float, lat: float, cov_m2: Covariance, radius_m: float
    ) -> Resolved | Unresolved:
        """The nearest segment within `radius_m` of a point (degrees, WGS84) with its covariance."""
        point = shapely.Point(*self._metres([(lon, lat)])[0])
        spread_m = math.sqrt(max(_largest_variance(cov_m2), 0.0) + CENTRELINE_SIGMA_M**2)
        found = self._tree.query(point, predicate="dwithin", distance=radius_m + 3 * spread_m)
        near = sorted((self._near(k, point, cov_m2) for k in found), key=lambda n: n.distance_m)
        if not near or near[0].distance_m > radius_m:
            return Unresolved(
                f"{radius_m:g} 米内没有管段",
                f"no segment within {radius_m:g} m",
                radius_m,
                self.version,
            )
        limit_m = near[0].distance_m + 3 * near[0].sigma_m
        others = tuple(n for n in near[1:] if n.distance_m <= limit_m)
        return Resolved(near[0], others, radius_m, self.version)

    def odds_within(self, lon: float, lat: float, cov_m2: Covariance, band_m: float) -> float:
        """The odds that a point (degrees) is within `band_m` of the nearest centreline.

        The ellipse is sampled, so bends, ends and parallel pipes count as they lie; how well the
        centreline is surveyed is added to each sample (domain reference, C.4).
        """
        (x, y) = self._metres([(lon, lat)])[0]
        points = np.array([x, y]) + _ellipse(cov_m2)
        spread_m = 4 * math.sqrt(max(_largest_variance(cov_m2), 0.0))
        reach_m = band_m + 5 * CENTRELINE_SIGMA_M + spread_m
        near = self._tree.query(shapely.Point(x, y), predicate="dwithin", distance=reach_m)
        if not len(near):
            return 0.0
        lines = shapely.union_all([self._lines[k] for k in near])
        away_m = shapely.distance(shapely.points(points), lines)
        return float(np.mean([_within(d, band_m, CENTRELINE_SIGMA_M) for d in away_m]))

    def _metres(self, line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        xs, ys = self._to_metres.transform([p[0] for p in line], [p[1] for p in line])
        return list(zip(xs, ys, strict=True))

    def _near(self, k: int, point: shapely.Point, cov_m2: Covariance) -> Near:
        line, segment = self._lines[k], self.segments[k]
        along_m = line.project(point)
        foot = line.interpolate(along_m)
        share = along_m / line.length
        return Near(
            segment,
            point.distance(line),
            _sigma_towards(point.x - foot.x, point.y - foot.y, cov_m2),
            segment.from_m + share * (segment.to_m - segment.from_m),
        )


def _within(away_m: float, band_m: float, sigma_m: float) -> float:
    """The odds that something measured so far away is within the band, on either side."""
    root = sigma_m * math.sqrt(2)
    return 0.5 * (math.erf((band_m - away_m) / root) - math.erf((-band_m - away_m) / root))


def _ellipse(cov_m2: Covariance) -> NDArray[np.float64]:
    """Points (n, 2) that stand for a normal distribution, evenly and always the same: a golden
    spiral of equal shares.
    """
    share = (np.arange(SAMPLES) + 0.5) / SAMPLES
    radius, angle = np.sqrt(-2 * np.log(1 - share)), np.pi * (3 - np.sqrt(5)) * np.arange(SAMPLES)
    ee, en, nn = cov_m2
    values, axes = np.linalg.eigh(np.array([[ee, en], [en, nn]]))
    round_points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return np.asarray(round_points * np.sqrt(np.maximum(values, 0)) @ axes.T)


def _sigma_towards(east_m: float, north_m: float, cov_m2: Covariance) -> float:
    """Sigma of the distance: the covariance along the foot's normal, and the centreline's own."""
    length_m = math.hypot(east_m, north_m)
    ee, en, nn = cov_m2
    if length_m < 1e-6:
        variance = _largest_variance(cov_m2)
    else:
        e, n = east_m / length_m, north_m / length_m
        variance = ee * e * e + 2 * en * e * n + nn * n * n
    return math.sqrt(max(variance, 0.0) + CENTRELINE_SIGMA_M**2)


def _largest_variance(cov_m2: Covariance) -> float:
    ee, en, nn = cov_m2
    return (ee + nn) / 2 + math.sqrt(((ee - nn) / 2) ** 2 + en * en)
