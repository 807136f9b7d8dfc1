"""The table of rule families. A new one is a module here and a row in each of the two tables.

In this room: how each family's rules are written in the settings, and how they look at a picture.
Never: what they decide; that is `events.rules`. Nor what they compute; that is `vision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from events.rules import (
    Approaching,
    CameraFault,
    Doing,
    Dwell,
    Gathering,
    Obstruction,
    Passes,
    Plume,
)
from events.rules.presets import PRESETS
from linewarden.families import camera_watch, dwell, exit, gathering, plume, vehicles
from linewarden.families.base import Family, Look, Running, Scene, Shared, Sight, Watcher
from linewarden.families.settings import WHOLE_PICTURE, RuleSettings
from linewarden.families.when import with_preset
from linewarden.yamlfile import TAG

FAMILIES: Mapping[type, Family] = {
    Dwell: dwell.FAMILY,
    Doing: vehicles.DOING,
    Approaching: vehicles.APPROACH,
    Passes: vehicles.PASSES,
    CameraFault: camera_watch.FAMILY,
    Gathering: gathering.FAMILY,
    Obstruction: exit.FAMILY,
    Plume: plume.FAMILY,
}
"""By the type of the rule."""

SETTINGS: tuple[type[RuleSettings], ...] = (
    dwell.DwellSettings,
    dwell.ClassSettings,
    camera_watch.CameraWatchSettings,
    gathering.GatheringSettings,
    exit.ObstructionSettings,
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


def classes_of(use: str) -> tuple[str, ...]:
    """The classes that a value of `use` looks for, a preset's too."""
    preset = PRESETS.get(use)
    if preset is None:
        return USES.get(use, ())
    return tuple(preset.settings.get("classes", USES.get(preset.settings["use"], ())))


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
        BeforeValidator(with_preset),
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
    "classes_of",
]
