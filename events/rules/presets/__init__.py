"""Rules of the trade as data: what a camera can decide of domain.md B.9, with its legal basis.

`camera.json` is versioned; articles and times are data, never code. `verified` says that the
article covers the act; the rest are precursors or house rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from events.rules.family import LEVELS, Level


@dataclass(frozen=True, slots=True)
class Preset:
    """One row: `settings` are what a rule of `edge.yaml` would say, `to` who is told.

    Rules of one `activity` are one incident where they see the same object. `band_m`: how far from
    the pipe it holds, 0 where there is none. `fixed_outside_hca`: its level does not fall outside
    of high-consequence areas. `permit_lowers`: which works permit lowers its level.
    `works_within_s`: works seen so shortly before raise it by two; 0 for never.
    """

    id: str
    version: int
    zh: str
    en: str
    activity: str
    settings: Mapping[str, Any]
    band_m: float
    basis: tuple[str, ...]
    to: tuple[str, ...]
    verified: bool
    fixed_outside_hca: bool
    permit_lowers: Literal["any", "crossing", "none"]
    works_within_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What shifts a preset's level at one place and time.

    `hca`: the high-consequence area's level, "none" outside of any, None where nobody stated it.
    `permit`: the kind of the works permit that holds, None without one. `in_band`: the odds that
    the object is in the preset's band, None where it is not placed.
    `works_ago_s`: how long ago works were last seen by the same camera, None for never.
    """

    hca: Literal["I", "II", "III", "none"] | None = None
    permit: Literal["works", "crossing"] | None = None
    in_band: float | None = None
    works_ago_s: float | None = None


SURE = 0.9
"""Below these odds of being in the band the level falls by one, and somebody has to check."""


def level_of(preset: Preset, at: Circumstances) -> tuple[Level, tuple[str, ...]]:
    """The level at which an incident opens, and the steps that led there (domain.md B.9)."""
    steps: list[tuple[int, str]] = []
    if at.hca == "III":
        steps.append((1, "HCA III +1"))
    if at.hca == "none" and not preset.fixed_outside_hca:
        steps.append((-1, "outside of any HCA -1"))
    if at.permit is not None and preset.permit_lowers in ("any", at.permit):
        steps.append((-1, f"{at.permit} permit -1"))
    if at.in_band is not None and at.in_band < SURE:
        steps.append((-1, f"in the band with odds of {at.in_band:.2f} only -1, check"))
    if at.works_ago_s is not None and at.works_ago_s < preset.works_within_s:
        steps.append((2, f"works seen {at.works_ago_s / 60:.0f} min before +2"))
    start: Level = preset.settings["level"]
    rank = LEVELS.index(start) + sum(by for by, _ in steps)
    return LEVELS[min(max(rank, 0), len(LEVELS) - 1)], tuple(why for _, why in steps)


def _document() -> dict[str, Any]:
    text = files(__name__).joinpath("camera.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _read() -> dict[str, Preset]:
    document = _document()
    rows = [dict(row, version=document["version"]) for row in document["presets"]]
    for row in rows:
        row.update(basis=tuple(row["basis"]), to=tuple(row["to"]))
    return {row["id"]: Preset(**row) for row in rows}


PRESETS: Mapping[str, Preset] = _read()
"""By id. One that names `classes` needs a model that knows one of them."""
UNDECIDED: Mapping[str, str] = {row["id"]: row["why"] for row in _document()["undecided"]}
"""Rules of the table that no camera decides here, by id, and why not."""
