"""What a look at a floor says: plain values, for the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vision.types import Point

Kind = Literal["object", "shadow-like", "removed", "light"]
"""A thing; a change that a shadow could have made; a thing of the reference that is gone; light."""
Doubt = Literal[
    "late",
    "stood",
    "island",
    "changed",
    "damaged",
    "redrawn",
    "reshaped",
    "moved",
    "relit",
]
"""What speaks against a reference until a person confirms it.

Of what it shows: parts learned *late*, behind something; parts where a vehicle or machine *stood*;
an *island* that stands out of the floor; it has *changed* since it was confirmed. Of how it began:
the one before was *damaged*, the zone was *redrawn*, the picture *reshaped*, the camera *moved*, or
the box came back to a view in a light that it did not know (*relit*).
"""


@dataclass(frozen=True, slots=True)
class Region:
    """A connected part of the floor that is not as it was.

    `outline`: corners in shares of the picture's width and height. `share`: of the zone's cells.
    `age_s`: for how long it has looked the same, not counting time out of sight or in company.
    """

    outline: tuple[Point, ...] = field(repr=False)
    kind: Kind
    share: float
    age_s: float


@dataclass(frozen=True, slots=True)
class ClearWidth:
    """What is left to pass at the narrowest place, and its standard deviation, in metres."""

    left_m: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Floor:
    """One look at a floor.

    `hidden`: what stands there cannot be seen now, or somebody is at it, or something has come
    that does not stand there yet, or the light has just changed: no clock runs. `known`: share of
    the floor of which there is a reference. `late`: share whose reference was learned long after
    the first look, because something was always in front.
    `unconfirmed`: share of the floor whose reference in this light no person has confirmed, or
    that has changed since; `doubts`: what speaks against the reference.
    `width` and `covered_m2` are None where the floor is not calibrated.
    """

    regions: tuple[Region, ...] = ()
    hidden: bool = False
    known: float = 1.0
    late: float = 0.0
    unconfirmed: float = 0.0
    doubts: tuple[Doubt, ...] = ()
    width: ClearWidth | None = None
    covered_m2: float | None = None
