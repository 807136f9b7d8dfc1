"""What can go wrong with a source of pictures, and what to do about it.

SourceError
├── Unreachable          nothing answers there, or the connection is refused
├── Unauthorized         wrong user name or password
├── NotFound             the camera answers but has no such stream; no such file
├── CertificateRefused   rtsps:// with a certificate that cannot be trusted
├── TimedOut             connected, then nothing came for too long
├── NoVideo              there is something, but no video in it
├── Unreadable           not a stream or file that can be understood
├── StreamEnded          it was there and went away
├── Frozen               it is there and shows the same picture for ever
├── SnapshotError        the picture of an event cannot be made
├── ClipError            a clip cannot be cut
└── CalibrationError     control points that fix nothing
"""

from __future__ import annotations


class SourceError(Exception):
    """A source that cannot be used: one line that says why, and `remedy`: what to do."""

    default_remedy = "look at the camera and at the network between"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy or self.default_remedy


class Unreachable(SourceError):
    """Nothing answers at the address."""

    default_remedy = "check address, port, cable and power; try to ping the camera from this box"


class Unauthorized(SourceError):
    """The camera refuses the user name or the password."""

    default_remedy = (
        "correct username and password; tries are a minute apart, since cameras lock accounts"
    )


class NotFound(SourceError):
    """There is no such stream or file."""

    default_remedy = "check the path of the URL in the camera's own page, or the file's name"


class CertificateRefused(SourceError):
    """The camera's certificate cannot be trusted."""

    default_remedy = "give ca_file: the certificate of the authority that signed the camera's"


class TimedOut(SourceError):
    """The source is silent."""

    default_remedy = "check the network's load and loss; try transport tcp"


class NoVideo(SourceError):
    """There is no video in the source."""

    default_remedy = "choose a stream or file with video"


class Unreadable(SourceError):
    """The source cannot be understood."""

    default_remedy = "check that the URL or file is a video stream that ffprobe can read"


class StreamEnded(SourceError):
    """The source ended. A camera has no end, so this is a loss."""

    default_remedy = "nothing to do: it is tried again for ever"


class Frozen(SourceError):
    """The source sends, but always the same picture."""

    default_remedy = "restart the camera; it encodes without looking"


class SnapshotError(SourceError):
    """The picture of a frame is no longer to be had."""

    default_remedy = "ask for the snapshot before the next frame, or enlarge the ring"


class ClipError(SourceError):
    """A clip cannot be cut."""

    default_remedy = "ask for the clip while the ring still holds its time, or enlarge the ring"


class CalibrationError(SourceError):
    """A calibration that would place things wrongly."""

    default_remedy = "give at least 4 ground control points that are spread over the picture"
