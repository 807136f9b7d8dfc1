"""Where on the ground: from a track's box in the picture to the record's place with its error."""

from __future__ import annotations

from typing import Any

from cameras.calibration import FOOT_SIGMA_PX, ControlPoint, Homography, Unplaced
from cameras.footprint import FOOTPRINTS, UNKNOWN
from cameras.site import Site
from cameras.standing import Standing, stand
from events.record import Place
from linewarden.settings import CameraSettings
from vision import Size, Track


class Placer:
    """Places what one camera sees, as well as its settings allow.

    `looked_px` is the side of the detector's input: a foot point is no sharper than that. Raises
    `CalibrationError` for control points that fix nothing.
    """

    def __init__(self, settings: CameraSettings, looked_px: int) -> None:
        self._looked_px = looked_px
        self._fallback = _camera_position(settings)
        self._site, self._homography = calibration(settings)

    def place(self, track: Track | None, frame_px: Size) -> Place | None:
        """The middle of the track's footprint, else the camera; None where nobody stated either."""
        if track is None or self._homography is None or self._site is None:
            return self._fallback
        sigma_px = FOOT_SIGMA_PX * max(1.0, max(frame_px) / self._looked_px)
        footprint = FOOTPRINTS.get(track.label, UNKNOWN)
        found = stand(self._homography, track.box_px, frame_px, footprint, foot_sigma_px=sigma_px)
        return self._fallback if isinstance(found, Unplaced) else _of(found, frame_px, self._site)


def _of(found: Standing, frame_px: Size, site: Site) -> Place:
    """The record's form of what was found on the ground."""
    ee, en, nn = (round(value * 10_000) for value in found.middle.cov_m2)
    return _place(
        site.lon_lat(found.middle),
        method="homography",
        point="footprint_middle",
        cov_cm2=(max(1, ee), en, max(1, nn)),
        foot={
            "px": [round(value) for value in found.foot_px],
            "frame_px": frame_px,
            "seen": found.foot_seen,
        },
        behind_cm=round(found.behind_m * 100),
    )


def calibration(camera: CameraSettings) -> tuple[Site | None, Homography | None]:
    """The ground that a camera's control points fix; None, None where it has none.

    Raises `CalibrationError` for control points that fix nothing.
    """
    if not camera.control_points or camera.control_frame is None:
        return None, None
    points = [ControlPoint(point.px, point.lon, point.lat) for point in camera.control_points]
    here = camera.site or camera.control_points[0]
    site = Site(here.lon, here.lat)
    return site, Homography.fit(points, site=site, frame_px=camera.control_frame)


def _camera_position(camera: CameraSettings) -> Place | None:
    """The camera's own position, as unsure as its range; None where nobody stated it."""
    if camera.site is None:
        return None
    variance_cm2 = round((camera.site.range_m * 100) ** 2)
    lon_lat = camera.site.lon, camera.site.lat
    cov_cm2 = (variance_cm2, 0, variance_cm2)
    return _place(lon_lat, method="camera_position", point="camera", cov_cm2=cov_cm2)


def _place(lon_lat: tuple[float, float], **more: Any) -> Place:  # Any: checked by the record
    """A place in the record's whole numbers."""
    lon_e7, lat_e7 = (round(value * 1e7) for value in lon_lat)
    return Place.model_validate({"crs": "EPSG:4326", "lon_e7": lon_e7, "lat_e7": lat_e7, **more})
