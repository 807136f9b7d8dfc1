"""The table of rule families. A new one is a module here and a row in each of the two tables.

In this room: how each family's rules are written in the settings, and how they look at a picture.
Never: what they decide; that is `events.rules`. Nor what they compute; that is `vision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from events.rules import Approaching, Doing, Dwell, Passes, Plume
from linewarden.families import dwell, plume, vehicles
from linewarden.families.base import Family, Look, Running, Scene, Shared, Sight, Watcher
from linewarden.families.settings import WHOLE_PICTURE, RuleSettings
from linewarden.yamlfile import TAG

FAMILIES: Mapping[type, Family] = {
    Dwell: dwell.FAMILY,
    Doing: vehicles.DOING,
    Approaching: vehicles.APPROACH,
    Passes: vehicles.PASSES,
    Plume: plume.FAMILY,
}
"""By the type of the rule."""

SETTINGS: tuple[type[RuleSettings], ...] = (
    dwell.DwellSettings,
    dwell.ClassSettings,
    plume.PlumeSettings,
    vehicles.DoingSettings,
    vehicles.ApproachSettings,
    vehicles.PassesSettings,
)
"""What `use` may choose between."""

USES: Mapping[str, tuple[str, ...]] = {
    use: classes for kind in SETTINGS for use, classes in kind.USES.items()
}
"""Every value of `use`, and the classes that it looks for."""


def _tag(value: Any) -> str | None:  # whatever stands in the file
    use = value.get("use") if isinstance(value, dict) else getattr(value, "use", None)
    kind = next((kind for kind in SETTINGS if use in kind.USES), None)
    return None if kind is None else TAG + kind.__name__


if TYPE_CHECKING:
    AnyRule = RuleSettings
else:
    AnyRule = Annotated[
        reduce(or_, [Annotated[kind, Tag(TAG + kind.__name__)] for kind in SETTINGS]),
        Discriminator(_tag),
    ]

__all__ = [
    "FAMILIES",
    "SETTINGS",
    "USES",
    "WHOLE_PICTURE",
    "AnyRule",
    "Family",
    "Look",
    "RuleSettings",
    "Running",
    "Scene",
    "Shared",
    "Sight",
    "Watcher",
]
