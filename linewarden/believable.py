"""Whether a picture may decide anything: it shows the view that the zones were drawn in, well."""

from __future__ import annotations

from collections.abc import Sequence

from events.rules.gate import Held
from events.rules.suspension import Suspension, step
from linewarden.families import Look, Shared
from vision import CameraWatch, Size, Track

SAME_SHAPE = 0.02
"""Pictures whose sides' ratio differs by no more than this share show the same view."""


class Believable:
    """One camera's pictures; it shares its watch with a `camera-watch` rule, if there is one."""

    def __init__(self, shared: Shared) -> None:
        self._watch = shared(CameraWatch)
        self._suspension = Suspension()
        self._first_px: Size | None = None

    def base_px(self, frame_px: Size) -> Size:
        """The size of the first picture, which is the first that this was asked for."""
        self._first_px = self._first_px or frame_px
        return self._first_px

    def reshaped(self, frame_px: Size) -> Held | None:
        """Why a picture of this size shows another view than the first; None where it does not."""
        first = self.base_px(frame_px)
        ratio = (frame_px[0] / frame_px[1]) / (first[0] / first[1])
        if abs(ratio - 1) <= SAME_SHAPE:
            return None
        was, now = (f"{width}x{height}" for width, height in (first, frame_px))
        return Held(
            f"画面比例由 {was} 变为 {now}", f"the picture's shape changed from {was} to {now}"
        )

    def at_fault(self, look: Look, seen: Sequence[Track]) -> Held | None:
        """Why the camera's picture is not believed now; None where it is.

        `seen`: the tracks of the last picture that was believed, in pixels of the look.
        """
        boxes = [look.share_of(track) for track in seen if track.seen_now]
        condition = self._watch.step(look.picture, look.now_s, boxes)
        self._suspension = step(self._suspension, condition, look.now_s)
        return self._suspension.held

    def accept_view(self) -> None:
        """What the camera shows from now on is the view that zones were drawn in."""
        self._watch.forget()
