"""From the settings of a camera to the camera: streams with their secrets, and the policy."""

from __future__ import annotations

from cameras import Camera, DecodePolicy, StreamSettings
from linewarden.errors import CommandError
from linewarden.settings import CameraSettings, ClipPart, StreamPart

LATE_S = 15.0
"""How much longer than a clip packets are kept: looking back, waiting and cutting take time."""


def camera_of(settings: CameraSettings, clip: ClipPart) -> Camera:
    """The camera, not yet watched. `CommandError` where a password cannot be read."""
    return Camera(
        settings.id,
        stream_of(settings.analyse),
        None if settings.record is None else stream_of(settings.record),
        policy=DecodePolicy(busy_fps=settings.frames_per_second),
        keep_s=clip.before_s + clip.after_s + LATE_S,
    )


def stream_of(part: StreamPart) -> StreamSettings:
    """One stream with its password. `CommandError` where that cannot be read."""
    try:
        password = part.password()
    except ValueError as error:
        message, _, remedy = str(error).partition("; ")
        raise CommandError(message, remedy) from None
    return StreamSettings(
        url=part.url,
        username=part.username or "",
        password=password or "",
        transport=part.transport,
        ca_file=part.ca_file,
        connect_timeout_s=part.connect_timeout_s,
        read_timeout_s=part.read_timeout_s,
    )
