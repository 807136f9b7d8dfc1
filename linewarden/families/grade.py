"""How grave: a preset's level, moved by the place and by a works permit (domain.md B.9)."""

from __future__ import annotations

from dataclasses import replace

from events.rules import LEVELS, Transition
from events.rules.presets import PRESETS, Circumstances, level_of
from linewarden.families.settings import RuleSettings
from linewarden.families.when import permit_at


class Grade:
    """Grades the transitions of one rule; an incident keeps the steps with which it opened."""

    def __init__(self, settings: RuleSettings | None) -> None:
        self._settings, self._shift = settings, 0
        self._preset = None if settings is None else PRESETS.get(settings.preset or "")

    def of(self, said: Transition, utc_s: float | None) -> Transition:
        """The transition at its level; an opening says which steps led there."""
        if self._settings is None or self._preset is None:
            return said
        steps: tuple[str, ...] = ()
        if said.kind == "opened":
            permit = permit_at(self._settings.permits, said.label, utc_s)
            at = Circumstances(self._settings.hca, None if permit is None else permit.kind)
            level, steps = level_of(self._preset, at)
            self._shift = LEVELS.index(level) - LEVELS.index(self._preset.settings["level"])
            if permit is not None:
                steps = (*steps, f"permit {permit.number}")
        rank = min(max(LEVELS.index(said.level) + self._shift, 0), len(LEVELS) - 1)
        why = f" [{'; '.join(steps)}]" if steps else ""
        return replace(said, level=LEVELS[rank], why_zh=said.why_zh + why, why_en=said.why_en + why)
