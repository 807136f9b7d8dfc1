"""Words on a picture that can be read on any ground."""

from __future__ import annotations

import cv2

from vision import Picture

INK, EDGE = (235, 235, 235), (0, 0, 0)
_AROUND = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0))


def letter(canvas: Picture, text: str, at_px: tuple[int, int], size: float = 0.42) -> None:
    """Light letters with a dark edge, from the lower left corner `at_px`, onto the canvas.

    The edge is the same letters a pixel beside: thicker ones are wider, too, and ran out of step.
    """
    x, y = at_px
    font = cv2.FONT_HERSHEY_SIMPLEX
    for dx, dy in _AROUND:
        cv2.putText(canvas, text, (x + dx, y + dy), font, size, EDGE, 1, cv2.LINE_AA)
    cv2.putText(canvas, text, at_px, font, size, INK, 1, cv2.LINE_AA)
