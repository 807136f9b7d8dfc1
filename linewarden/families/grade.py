"""How grave: a preset's level, moved by the place and by a works permit (domain.md B.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from events.rules import LEVELS, Transition
from events.rules.presets import PRESETS, Circumstances, level_of
from linewarden.families.settings import RuleSettings
from linewarden.families.when import permit_at


@dataclass(frozen=True, slots=True)
class Where:
    """Where an object is: the odds that it is in the preset's band, how far from the nearest pipe
    (metres, with sigma), and of which high-consequence area and segment, by which network.
    """

    odds: float
    offset_m: float
    sigma_m: float
    hca: Literal["I", "II", "III", "none"]
    segment_id: str
    network_version: str


Find = Callable[[float], Where | None]


class RecentWorks:
    """When a rule about works of a camera was last open, in seconds of capture time."""

    seen_s: float | None = None

    def ago_s(self, now_s: float) -> float | None:
        """How long ago; None for never."""
        return None if self.seen_s is None else now_s - self.seen_s


class Grade:
    """Grades the transitions of one rule; an incident keeps the steps with which it opened.

    `works` is the camera's: rules about works write it, others read it.
    """

    def __init__(self, settings: RuleSettings | None, works: RecentWorks) -> None:
        self._settings, self._works, self._shift = settings, works, 0
        self._preset = None if settings is None else PRESETS.get(settings.preset or "")

    def note(self, now_s: float, *, is_open: bool) -> None:
        """The rule was asked at `now_s`; whether its incident is open."""
        if is_open and self._settings is not None and self._settings.use == "works":
            self._works.seen_s = now_s

    def of(self, said: Transition, utc_s: float | None, find: Find | None = None) -> Transition:
        """The transition at its level; an opening says which steps led there.

        `find`: where its object is, for a band of so many metres.
        """
        if self._settings is None or self._preset is None:
            return said
        if said.kind == "opened":
            band_m = self._preset.band_m
            where = find(band_m) if find is not None and band_m else None
            said = self._opened(
                said if where is None else _placed(said, where, band_m), where, utc_s
            )
        rank = min(max(LEVELS.index(said.level) + self._shift, 0), len(LEVELS) - 1)
        return replace(said, level=LEVELS[rank])

    def _opened(self, said: Transition, where: Where | None, utc_s: float | None) -> Transition:
        """The steps of an opening, kept for what follows it, and said."""
        if self._settings is None or self._preset is None:
            return said
        permit = permit_at(self._settings.permits, said.label, utc_s)
        at = Circumstances(
            self._settings.hca or (None if where is None else where.hca),
            None if permit is None else permit.kind,
            None if where is None else where.odds,
            self._works.ago_s(said.at_s),
        )
        level, steps = level_of(self._preset, at)
        self._shift = LEVELS.index(level) - LEVELS.index(self._preset.settings["level"])
        if permit is not None:
            steps = (*steps, f"permit {permit.number}")
        why = f" [{'; '.join(steps)}]" if steps else ""
        return replace(said, why_zh=said.why_zh + why, why_en=said.why_en + why)


def _placed(said: Transition, where: Where, band_m: float) -> Transition:
    """An opening with its distance from the pipe."""
    far, version = f"{where.offset_m:.1f} ± {where.sigma_m:.1f}", where.network_version[:12]
    zh = (
        f";距管段 {where.segment_id} 中心线 {far} 米,在 {band_m:g} 米带内的概率为 {where.odds:.0%}"
        f"(管网 {version})"
    )
    en = (
        f"; {far.replace('±', '+-')} m from segment {where.segment_id}, in its {band_m:g} m band "
        f"with odds of {where.odds:.0%} (network {version})"
    )
    numbers = {
        **said.numbers,
        "offset_m": where.offset_m,
        "offset_sigma_m": where.sigma_m,
        "in_band_share": where.odds,
    }
    return replace(said, why_zh=said.why_zh + zh, why_en=said.why_en + en, numbers=numbers)
