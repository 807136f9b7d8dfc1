"""What many looks at one machine say together: how much of the time it stirs, where, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from statistics import median

from vision.types import Box, Point

LAG_S = 0.45
"""A picture is compared with the newest one that is at least so old."""
ACTIVE = 0.06
"""A second is active if the median share that stirs in it is above this."""
LEAST_ACTIVE_S = 3
REST_S = 5.0
"""A longer rest ends a run of stirring: in the dark only each swing shows, not the bucket."""


@dataclass(frozen=True, slots=True)
class StirLook:
    """What stirred in a box: its share, and its middle (as the box in pixels of the tracks)."""

    at_s: float
    share: float
    centre_px: Point | None
    box_px: Box


def stirring(looks: Sequence[StirLook]) -> tuple[int, float, float]:
    """(active seconds, their share of all that were measured, wander in pixels)."""
    bins = _seconds(looks)
    active = sum(value > ACTIVE for value in bins.values())
    return active, active / len(bins) if bins else 0.0, _wander(looks)


def standing_px(looks: Sequence[StirLook]) -> Point | None:
    """The median foot."""
    if not looks:
        return None
    feet = [((look.box_px[0] + look.box_px[2]) / 2, look.box_px[3]) for look in looks]
    return median(x for x, _ in feet), median(y for _, y in feet)


def _seconds(looks: Iterable[StirLook]) -> dict[int, float]:
    """The median share of each second of capture time in which the box was compared."""
    bins: dict[int, list[float]] = {}
    for look in looks:
        bins.setdefault(int(look.at_s // 1), []).append(look.share)
    return {second: median(shares) for second, shares in bins.items()}


def onset_s(looks: Sequence[StirLook]) -> float:
    """When the newest run of stirring began: half a second before its first active second's first.

    A second without a look, as when the machine was hidden, does not end a run.
    """
    active = {second for second, share in _seconds(looks).items() if share > ACTIVE}
    began_s, last_s, rested = None, 0.0, False
    for look in looks:
        if look.share <= ACTIVE or int(look.at_s // 1) not in active:
            rested = True
            continue
        if began_s is None or (rested and look.at_s - last_s > REST_S):
            began_s = look.at_s
        last_s, rested = look.at_s, False
    return (began_s or 0.0) - LAG_S


def _wander(looks: Iterable[StirLook]) -> float:
    """How far the middle of what stirs has been about, in pixels: from second to second."""
    seconds: dict[int, list[Point]] = {}
    for look in looks:
        if look.centre_px is not None and look.share > ACTIVE:
            seconds.setdefault(int(look.at_s // 1), []).append(look.centre_px)
    if len(seconds) < LEAST_ACTIVE_S:
        return 0.0
    xs, ys = ([median(c[axis] for c in some) for some in seconds.values()] for axis in (0, 1))
    return hypot(max(xs) - min(xs), max(ys) - min(ys))
