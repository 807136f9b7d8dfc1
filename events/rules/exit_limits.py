"""What a look at the floor means under a limit of width or area."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import erf, sqrt

from events.rules.floor_words import reference_numbers, remark
from vision.free_space_types import ClearWidth, Floor, Region

SURE = 0.8
"""Probability that too little width is left, from which it is; below `1 - SURE` it is not."""
AREA_SLACK = 0.25
"""An open incident of area goes on until so much of the limit is free again."""
LEAST_SIGMA_M = 1e-3


@dataclass(frozen=True, slots=True)
class Seen:
    """The regions that count. `hidden`: no clock runs. Widths in metres, areas in m².

    `remark`: what is to be said of the floor's reference, (Chinese, English).
    """

    things: tuple[Region, ...]
    doubtful: tuple[Region, ...]
    hidden: bool
    width: ClearWidth | None = None
    covered_m2: float | None = None
    remark: tuple[str, str] | None = None
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def is_something(self) -> bool:
        """Whether anything counts."""
        return bool(self.things or self.doubtful)

    @property
    def oldest_s(self) -> float:
        """The age of the oldest thing."""
        return max(region.age_s for region in self.things)


def meaning(floor: Floor, width_m: float | None, area_m2: float | None, *, is_open: bool) -> Seen:
    """The regions that count: none where the limits are kept as far as they can be measured."""
    kept = _width_is_kept(floor, width_m, is_open=is_open) or _area_is_kept(
        floor, area_m2, is_open=is_open
    )
    counting = () if kept else floor.regions
    things = tuple(region for region in counting if region.kind == "object")
    doubtful = tuple(region for region in counting if region.kind == "shadow-like")
    numbers = {"covered_share": sum(region.share for region in (*things, *doubtful))}
    numbers |= reference_numbers(floor)
    if floor.width is not None:
        numbers |= {"width_m": floor.width.left_m, "width_sigma_m": floor.width.sigma_m}
    if floor.covered_m2 is not None:
        numbers["covered_m2"] = floor.covered_m2
    said = remark(floor.unconfirmed, floor.doubts)
    return Seen(things, doubtful, floor.hidden, floor.width, floor.covered_m2, said, numbers)


def _width_is_kept(floor: Floor, width_m: float | None, *, is_open: bool) -> bool:
    if width_m is None or floor.width is None:
        return False
    sigma_m = max(floor.width.sigma_m, LEAST_SIGMA_M)
    too_narrow = 0.5 * (1 + erf((width_m - floor.width.left_m) / sigma_m / sqrt(2)))
    return too_narrow < (1 - SURE if is_open else SURE)


def _area_is_kept(floor: Floor, area_m2: float | None, *, is_open: bool) -> bool:
    if area_m2 is None or floor.covered_m2 is None:
        return False
    return floor.covered_m2 < area_m2 * (1 - AREA_SLACK if is_open else 1.0)
