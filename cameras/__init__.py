"""Cameras: pixels with a time.

In this room: sources (RTSP, files), decode policy, packet ring, clips, stream clock, calibration.
Never: a rule, an event, a database.
"""

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
    "DecodePolicy",
    "Frame",
    "Frozen",
    "Happening",
    "Lost",
    "NoVideo",
    "NotFound",
    "Snapshot",
    "SnapshotError",
    "SourceError",
    "StreamEnded",
    "StreamInfo",
    "StreamSettings",
    "SystemClock",
    "Tick",
    "TimedOut",
    "Unauthorized",
    "Unreachable",
    "Unreadable",
    "clock_quality",
    "play_file",
    "probe",
    "scrub",
]
