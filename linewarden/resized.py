"""A camera whose picture changes its size, not its shape: all goes on in pixels of the first size.

Tracks, clocks and meters keep coordinates; none of them needs to know that the stream was set to
another resolution.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vision import Box, Detections, Picture, Size, Track
from vision.types import Crop, Region

Scale = tuple[float, float]


def scale_of(from_px: Size, to_px: Size) -> Scale:
    """Factors across and down that lead from pixels of one size to those of the other."""
    return to_px[0] / from_px[0], to_px[1] / from_px[1]


def crop_at(crop: Crop | None, scale: Scale) -> Crop | None:
    """A crop that takes its regions in pixels before `scale`."""
    if crop is None:
        return None

    def cut(region: Region) -> Picture:
        x1, y1, x2, y2 = (round(value) for value in box_at(region, scale))
        return crop((x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)))

    return cut


def box_at(box: Box | Region, scale: Scale) -> Box:
    """A box in the other size's pixels."""
    kx, ky = scale
    return box[0] * kx, box[1] * ky, box[2] * kx, box[3] * ky


def track_at(track: Track, scale: Scale) -> Track:
    """A track in the other size's pixels."""
    return replace(track, box_px=box_at(track.box_px, scale))


def detections_at(found: Detections, scale: Scale, frame_px: Size) -> Detections:
    """Detections in the other size's pixels, `frame_px`."""
    boxes = found.boxes_px * np.array([*scale, *scale], np.float32)
    return Detections(boxes, found.confidences, found.class_ids, found.classes, frame_px)
