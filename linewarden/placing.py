"""Where on the ground: from a track's foot in the picture to the record's place with its error."""

from __future__ import annotations

from cameras.calibration import FOOT_SIGMA_PX, ControlPoint, Homography, Unplaced
from cameras.site import Site
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
        """The track's place, else the camera's; None where nobody stated either."""
        if track is None or self._homography is None or self._site is None:
            return self._fallback
        sigma_px = FOOT_SIGMA_PX * max(1.0, max(frame_px) / self._looked_px)
        point = self._homography.locate(track.foot_px, frame_px, foot_sigma_px=sigma_px)
        if isinstance(point, Unplaced):
            return self._fallback
        ee, en, nn = (round(value * 10_000) for value in point.cov_m2)
        return _place("homography", *self._site.lon_lat(point), (max(1, ee), en, max(1, nn)))


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
    cov_cm2 = (variance_cm2, 0, variance_cm2)
    return _place("camera_position", camera.site.lon, camera.site.lat, cov_cm2)


def _place(method: str, lon: float, lat: float, cov_cm2: tuple[int, int, int]) -> Place:
    """A place in the record's whole numbers."""
    return Place.model_validate(
        {
            "crs": "EPSG:4326",
            "method": method,
            "lon_e7": round(lon * 1e7),
            "lat_e7": round(lat * 1e7),
            "cov_cm2": cov_cm2,
        }
    )
