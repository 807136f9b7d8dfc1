"""How large the things are that stand on the ground: what a box's lower edge leaves out.

The lower edge of a box is where the *near* side of a thing meets the ground. The thing itself
stands behind that, by half of its depth as seen from the camera; which way it is turned nobody
knows, so the depth has a mean and a spread over all headings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt

SIZE_SPREAD = 0.2
"""One standard deviation of the sizes within a class, as a share of the size."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a class of things takes up, in metres.

    `length_m` by `width_m` is what touches the ground: tracks, or wheels from first to last.
    `swing_m` is how far the middle of the whole outline may be from the middle of that, in any
    direction: an excavator's arm is on one side of it. `height_m` is its height with its spread.
    """

    length_m: float
    width_m: float
    swing_m: float
    height_m: float
    height_sigma_m: float

    @property
    def depth_m(self) -> float:
        """From the near edge to the middle, along the line of sight: mean over all headings.

        A rectangle turned by a reaches (l |cos a| + w |sin a|) / 2 towards the camera.
        """
        return (self.length_m + self.width_m) / pi

    @property
    def along_sigma_m(self) -> float:
        """How far that may be off: heading, size and swing."""
        square = (self.length_m**2 + self.width_m**2) / 8
        square += self.length_m * self.width_m / (2 * pi)
        of_heading = square - self.depth_m**2
        return sqrt(of_heading + (SIZE_SPREAD * self.depth_m) ** 2 + self.swing_m**2 / 2)

    @property
    def across_sigma_m(self) -> float:
        """How far the middle of the outline may be from the middle of the footprint, sideways."""
        return self.swing_m / sqrt(2)


FOOTPRINTS: Mapping[str, Footprint] = {
    "person": Footprint(0.3, 0.3, 0.15, 1.7, 0.1),
    "car": Footprint(3.2, 1.7, 0.2, 1.55, 0.2),
    "truck": Footprint(6.2, 2.4, 0.5, 3.2, 0.5),
    "bus": Footprint(7.3, 2.5, 0.6, 3.1, 0.2),
    "excavator": Footprint(4.0, 2.8, 1.9, 3.5, 1.5),
    "machine": Footprint(4.0, 2.4, 1.2, 3.5, 1.5),
    "forklift": Footprint(1.9, 1.1, 0.4, 2.2, 0.2),
}
"""By the detector's class: a saloon, a lorry of 8 m, an excavator of 20 t, from data sheets."""

UNKNOWN = Footprint(2.0, 2.0, 1.0, 2.0, 1.0)
"""Of a class that nobody measured."""
