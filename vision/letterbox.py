"""Fitting a picture into the detector's square without stretching it, and boxes back out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Picture, Size

GREY = 114
"""Value of the border, as in the training of the YOLO family."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture of `frame_px` lies inside the detector's input of `input_px`.

    A point p of the picture is at `p * scale + (left_px, top_px)` of the input.
    """

    frame_px: Size
    input_px: Size
    scale: float
    left_px: int
    top_px: int

    @classmethod
    def fit(cls, frame_px: Size, input_px: Size) -> Letterbox:
        """The largest centred copy that fits, its shape kept."""
        (width, height), (in_width, in_height) = frame_px, input_px
        scale = min(in_width / width, in_height / height)
        return cls(
            frame_px,
            input_px,
            scale,
            (in_width - round(width * scale)) // 2,
            (in_height - round(height * scale)) // 2,
        )

    def blob(self, picture: Picture) -> NDArray[np.float32]:
        """The picture as the network wants it: (1, 3, height, width), RGB, 0..1."""
        in_width, in_height = self.input_px
        width, height = (max(1, round(side * self.scale)) for side in self.frame_px)
        how = cv2.INTER_AREA if self.scale < 0.5 else cv2.INTER_LINEAR
        canvas = np.full((in_height, in_width, 3), GREY, np.uint8)
        inner = canvas[self.top_px : self.top_px + height, self.left_px : self.left_px + width]
        if (width, height) == self.frame_px:
            inner[:] = picture
        else:
            cv2.resize(picture, (width, height), dst=inner, interpolation=how)
        planes = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
        planes *= np.float32(1 / 255)
        return planes

    def to_frame(self, boxes_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n, 4) x1 y1 x2 y2 of the input as boxes of the picture, not clipped."""
        offset = np.array([self.left_px, self.top_px] * 2, np.float32)
        return ((boxes_px - offset) / np.float32(self.scale)).astype(np.float32)
