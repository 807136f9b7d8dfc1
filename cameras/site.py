"""Where a camera stands, and metres around it: degrees are not metres."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyproj import Transformer

from cameras.errors import CalibrationError
from vision.types import GroundPoint

DATUMS = ("wgs84", "cgcs2000")
"""The two differ by less than a metre, since plates move; others by hundreds."""


@dataclass(frozen=True, slots=True)
class Site:
    """The foot of a camera in degrees, and where it looks, clockwise from true north.

    It is the origin of a local frame in metres east and north. Raises `CalibrationError` for
    another datum or a place off the globe.
    """

    lon: float
    lat: float
    facing_deg: float | None = None
    datum: str = "wgs84"
    _to_metres: Transformer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.datum.lower() not in DATUMS:
            raise CalibrationError(
                f"the datum of the site is {self.datum!r}; known are {' and '.join(DATUMS)}",
                "convert its position to wgs84; shifted map datums are hundreds of metres off",
            )
        if not (-180 <= self.lon <= 180 and -89 <= self.lat <= 89):
            raise CalibrationError(
                f"no camera stands at lon {self.lon}, lat {self.lat}", "lon first, then lat"
            )
        local = f"+proj=aeqd +lon_0={self.lon!r} +lat_0={self.lat!r} +datum=WGS84 +units=m"
        transformer = Transformer.from_crs("EPSG:4326", local, always_xy=True)
        object.__setattr__(self, "_to_metres", transformer)

    def east_north(self, lon: float, lat: float) -> tuple[float, float]:
        """Metres east and north of the site."""
        east_m, north_m = self._to_metres.transform(lon, lat)
        return float(east_m), float(north_m)

    def lon_lat(self, point: GroundPoint) -> tuple[float, float]:
        """Degrees of a point on the ground."""
        lon, lat = self._to_metres.transform(point.east_m, point.north_m, direction="INVERSE")
        return float(lon), float(lat)
