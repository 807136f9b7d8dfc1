"""Where on the ground: from a track's foot in the picture to the record's place with its error."""

from __future__ import annotations

from events.record import Place
from linewarden.settings import CameraSettings
from vision import Size, Track


class Placer:
    """Places what one camera sees, as well as its settings allow."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings

    def place(self, track: Track | None, frame_px: Size) -> Place | None:
        """The track's place, else the camera's; None where nobody stated either."""
        return camera_position(self._settings)


def camera_position(camera: CameraSettings) -> Place | None:
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
