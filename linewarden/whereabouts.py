"""How far from a pipeline the things are that a camera sees, by the box's own network file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from linewarden.families.grade import Where
from linewarden.placing import Placer
from vision import Size, Track

if TYPE_CHECKING:
    from pathlib import Path

    from events.place import Network

AREAS: tuple[Literal["I", "II", "III"], ...] = ("I", "II", "III")
LOOK_M = 500.0
"""The widest band of the law."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Lays what is seen against the network; only as sure as the camera is calibrated."""

    placer: Placer
    network: Network

    def __call__(self, track: Track, frame_px: Size, band_m: float) -> Where | None:
        """Where a track is; None where it has no place on the ground, or no pipe is near."""
        from events.place import Unresolved

        place = self.placer.place(track, frame_px)
        if place is None or place.method != "homography":
            return None
        lon, lat = place.lon_e7 / 1e7, place.lat_e7 / 1e7
        ee, en, nn = (value / 1e4 for value in place.cov_cm2)
        found = self.network.resolve(lon, lat, (ee, en, nn), LOOK_M)
        if isinstance(found, Unresolved):
            return None
        odds = self.network.odds_within(lon, lat, (ee, en, nn), band_m)
        nearest = found.nearest
        return Where(
            odds,
            nearest.distance_m,
            nearest.sigma_m,
            next((area for area in AREAS if area == nearest.segment.hca), "none"),
            nearest.segment.segment_id,
            self.network.version,
        )


def network_of(file: Path | None) -> Network | None:
    """The box's network; None without one. Raises `PlaceError`.

    Its libraries are loaded only where there is one: a camera process has little memory.
    """
    if file is None:
        return None
    from events.place import Network

    return Network.read(file)
