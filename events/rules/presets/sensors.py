"""Kinds of sensor as data: unit, plausible range, levels and what is told of whom (domain.md E.7).

`sensor.json` is versioned like `camera.json`. `verified` says that the source covers the use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from events.rules.family import LEVELS, Level


@dataclass(frozen=True, slots=True)
class SensorKind:
    """What a kind of sensor measures. Values are in `unit`, times in seconds.

    `levels`: the size of a value from which each level holds, least first. `clear_below`: under
    it for `clear_s` an incident ends. `momentary`: a value of alarm is a moment, not a state.
    `number`: the record's name for the value, and the factor to it. None: does not apply.
    """

    kind: str
    zh: str
    en: str
    unit: str
    plausible: tuple[float, float]
    levels: tuple[tuple[Level, float], ...]
    clear_below: float
    clear_s: float
    momentary: bool
    stuck_s: float | None
    jump: float | None
    silent_s: float | None
    number: tuple[str, float]
    basis: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class SensorPreset:
    """The rule of the trade for a sensor's alarm: its basis, and who is told."""

    id: str
    version: int
    zh: str
    en: str
    basis: tuple[str, ...]
    to: tuple[str, ...]
    verified: bool


def in_order(levels: Mapping[Level, float]) -> tuple[tuple[Level, float], ...]:
    """Levels and their values, the least grave first."""
    return tuple((level, levels[level]) for level in LEVELS if level in levels)


def _document() -> dict[str, Any]:
    text = files("events.rules.presets").joinpath("sensor.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _kind(row: Mapping[str, Any]) -> SensorKind:
    low, high = row["plausible"]
    name, factor = row["number"]
    return SensorKind(
        **{
            **row,
            "plausible": (low, high),
            "levels": in_order(row["levels"]),
            "number": (name, factor),
            "basis": tuple(row["basis"]),
        }
    )


def _preset(row: Mapping[str, Any], version: int) -> SensorPreset:
    return SensorPreset(
        **{**row, "version": version, "basis": tuple(row["basis"]), "to": tuple(row["to"])}
    )


_DOCUMENT = _document()
SENSOR_KINDS: Mapping[str, SensorKind] = MappingProxyType(
    {row["kind"]: _kind(row) for row in _DOCUMENT["kinds"]}
)
"""By name."""
SENSOR_PRESETS: Mapping[str, SensorPreset] = MappingProxyType(
    {row["id"]: _preset(row, _DOCUMENT["version"]) for row in _DOCUMENT["presets"]}
)
"""By id."""
