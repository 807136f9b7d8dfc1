"""What many looks at one machine say together: how much of the time it stirs, where, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from math import hypot
from statistics import median

from vision.types import Box, Point

LAG_S = 0.45
"""A picture is compared with the newest one that is at least so old."""
ACTIVE = 0.06
"""A second is active if the median share that stirs in it is above this."""
LEAST_ACTIVE_S = 3
REST_S = 3.0
"""A longer rest ends a run of stirring, on top of the two seconds for which a motion shows: in the
dark only each swing does, not the bucket."""


@dataclass(frozen=True, slots=True)
class StirLook:
    """What stirred in a box from `before_s` to `at_s`: its share, and its middle (as the box in
    pixels of the tracks).
    """

    at_s: float
    share: float
    centre_px: Point | None
    box_px: Box
    before_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class Stirring:
    """What looks say together: how many seconds were active, and their share of all that were
    measured; how far what stirs wandered (pixels); when the newest run began; the newest look's
    time; where the machine stands.
    """

    active_seconds: int
    active_share: float
    wander_px: float
    onset_s: float
    last_s: float
    stands_px: Point | None


def stirring(looks: Sequence[StirLook]) -> Stirring:
    """Looks in rising time, at which the machine did not drive."""
    seconds = _seconds(looks)
    active = {second for second, share in seconds.items() if share > ACTIVE}
    return Stirring(
        len(active),
        len(active) / len(seconds) if seconds else 0.0,
        _wander(looks),
        _onset_s(looks, active),
        looks[-1].at_s if looks else float("-inf"),
        _standing_px(looks),
    )


def _standing_px(looks: Sequence[StirLook]) -> Point | None:
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


def _onset_s(looks: Sequence[StirLook], active: Set[int]) -> float:
    """When the newest run of stirring began: half a second before its first look that stirs.

    Looks that stir without a break count from the first if one lies in an `active` second. A second
    without a look, as when the machine was hidden, does not end a run.
    """
    began_s, last_s, first_s, rested = None, 0.0, None, False
    for look in looks:
        if look.share <= ACTIVE:
            rested, first_s = True, None
            continue
        first_s = look.at_s if first_s is None else first_s
        if int(look.at_s // 1) not in active:
            continue
        if began_s is None or (rested and first_s - last_s > REST_S):
            began_s = first_s
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
