"""Vision: numbers about pictures.

In this room: detector back-ends, motion gate, tracker, zones, what tracks do, plumes, free floor.
Never: a camera, a clock, a database, or any file but a model's.
"""

from vision.activity import Activity, ActivityMeter
from vision.approach import Approach, ApproachMeter
from vision.camera_watch import CameraWatch, Condition
from vision.crowd import Headcount, Headcounter, floor_m2
from vision.detector import Backend, backends, load_detector
from vision.errors import ModelError, VisionError, ZoneError
from vision.free_space import FreeSpace
from vision.free_space_bank import Bank, Kept
from vision.free_space_types import ClearWidth, Floor, Region
from vision.motion import Motion, MotionGate
from vision.plume import PlumeCues, PlumeWatch
from vision.tracker import Tracker
from vision.types import Box, Detections, Detector, GroundPoint, Picture, Point, Size, Track
from vision.zones import Zone

__all__ = [
    "Activity",
    "ActivityMeter",
    "Approach",
    "ApproachMeter",
    "Backend",
    "Bank",
    "Box",
    "CameraWatch",
    "ClearWidth",
    "Condition",
    "Detections",
    "Detector",
    "Floor",
    "FreeSpace",
    "GroundPoint",
    "Headcount",
    "Headcounter",
    "Kept",
    "ModelError",
    "Motion",
    "MotionGate",
    "Picture",
    "PlumeCues",
    "PlumeWatch",
    "Point",
    "Region",
    "Size",
    "Track",
    "Tracker",
    "VisionError",
    "Zone",
    "ZoneError",
    "backends",
    "floor_m2",
    "load_detector",
]
