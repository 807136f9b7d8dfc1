"""From the settings of a camera to the camera: streams with their secrets, and the policy."""

from __future__ import annotations

from cameras import Camera, StreamSettings
from linewarden.errors import CommandError
from linewarden.settings import CameraSettings, StreamPart


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
