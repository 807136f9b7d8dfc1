"""Cameras: pixels with a time.

In this room: sources (RTSP, files), decode policy, packet ring, clips, stream clock, calibration.
Never: a rule, an event, a database.
"""

from cameras.calibration import ControlPoint, Homography, Unplaced
from cameras.camera import Camera
from cameras.clock import Clock, ClockQuality, SystemClock, clock_quality
from cameras.decode import DecodePolicy
from cameras.errors import (
    CalibrationError,
    CertificateRefused,
    ClipError,
    Frozen,
    NotFound,
    NoVideo,
    SnapshotError,
    SourceError,
    StreamEnded,
    TimedOut,
    Unauthorized,
    Unreachable,
    Unreadable,
)
from cameras.play import play_file
from cameras.rtsp import probe
from cameras.settings import StreamSettings, scrub
from cameras.site import Site
from cameras.stills import Still, Stills
from cameras.types import (
    Back,
    Clip,
    ClockStep,
    Frame,
    Happening,
    Lost,
    Snapshot,
    StreamInfo,
    Tick,
)

__all__ = [
    "Back",
    "CalibrationError",
    "Camera",
    "CertificateRefused",
    "Clip",
    "ClipError",
    "Clock",
    "ClockQuality",
    "ClockStep",
    "ControlPoint",
    "DecodePolicy",
    "Frame",
    "Frozen",
    "Happening",
    "Homography",
    "Lost",
    "NoVideo",
    "NotFound",
    "Site",
    "Snapshot",
    "SnapshotError",
    "SourceError",
    "Still",
    "Stills",
    "StreamEnded",
    "StreamInfo",
    "StreamSettings",
    "SystemClock",
    "Tick",
    "TimedOut",
    "Unauthorized",
    "Unplaced",
    "Unreachable",
    "Unreadable",
    "clock_quality",
    "play_file",
    "probe",
    "scrub",
]
