"""How grave: a preset's level, moved by the place and by a works permit (domain.md B.9)."""

from __future__ import annotations

from dataclasses import replace

from events.rules import LEVELS, Transition
from events.rules.presets import PRESETS, Circumstances, level_of
from linewarden.families.settings import RuleSettings
from linewarden.families.when import permit_at


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

    def of(self, said: Transition, utc_s: float | None) -> Transition:
        """The transition at its level; an opening says which steps led there."""
        if self._settings is None or self._preset is None:
            return said
        steps: tuple[str, ...] = ()
        if said.kind == "opened":
            permit = permit_at(self._settings.permits, said.label, utc_s)
            at = Circumstances(
                self._settings.hca,
                None if permit is None else permit.kind,
                works_ago_s=self._works.ago_s(said.at_s),
            )
            level, steps = level_of(self._preset, at)
            self._shift = LEVELS.index(level) - LEVELS.index(self._preset.settings["level"])
            if permit is not None:
                steps = (*steps, f"permit {permit.number}")
        rank = min(max(LEVELS.index(said.level) + self._shift, 0), len(LEVELS) - 1)
        why = f" [{'; '.join(steps)}]" if steps else ""
        return replace(said, level=LEVELS[rank], why_zh=said.why_zh + why, why_en=said.why_en + why)
