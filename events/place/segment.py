"""A stretch of pipeline, and what is known of a point's nearness to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one route. `line` is longitude, latitude in degrees (EPSG:4326)."""

    segment_id: str
    route_id: str
    owner: str
    subdistrict: str
    hca: str | None
    from_m: float
    to_m: float
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A segment and how far it is: distance ± sigma, and the measure of the foot, in metres."""

    segment: Segment
    distance_m: float
    sigma_m: float
    measure_m: float


@dataclass(frozen=True, slots=True)
class Resolved:
    """The nearest segment, and every other that cannot be told from it within 3 sigma."""

    nearest: Near
    others: tuple[Near, ...]
    radius_m: float
    network_version: str

    @property
    def ambiguous(self) -> bool:
        """Whether owners of parallel pipes cannot be told apart (domain reference, B.7 R2)."""
        return any(near.segment.owner != self.nearest.segment.owner for near in self.others)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No segment answers for the point, and why (Chinese and English)."""

    reason_zh: str
    reason_en: str
    radius_m: float
    network_version: str | None = None
