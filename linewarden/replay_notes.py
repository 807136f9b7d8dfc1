"""What a replay notices besides transitions: why rules wait, doubts, remarks about floors.

Told when it begins and when it is over, to stderr and into `notes.jsonl`; never among the events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from linewarden.pipeline import Step

What = Literal["suspended", "held", "floor", "not_confirmed"]
Key = tuple[What, str]
"""What it is, and of which rule; the rule is empty for all of them."""


@dataclass(frozen=True, slots=True)
class Note:
    """`why` in Chinese and English; None where what was noticed before is over."""

    at_s: float
    what: What
    rule_id: str
    why: tuple[str, str] | None

    def as_text(self) -> str:
        """The line for a person."""
        said = "no longer" if self.why is None else self.why[1]
        return "  ".join(filter(None, (f"{self.at_s:8.2f} s", self.what, self.rule_id, said)))

    def as_json(self) -> str:
        """The line of `notes.jsonl`."""
        zh, en = self.why or (None, None)
        record = {"time_s": round(self.at_s, 3), "what": self.what, "rule": self.rule_id or None}
        return json.dumps({**record, "why": en, "why_zh": zh}, ensure_ascii=False)


class Notices:
    """Finds out what is new from look to look."""

    def __init__(self) -> None:
        self._now: dict[Key, tuple[str, str]] = {}

    def take(self, at_s: float, step: Step) -> list[Note]:
        """What began, what is over, and what a second look refuted, at this picture."""
        now = _standing(step, self._now)
        changed = [key for key in {**self._now, **now} if self._now.get(key) != now.get(key)]
        self._now = now
        once = [
            Note(at_s, "not_confirmed", doubt.rule_id, (doubt.why_zh, doubt.why_en))
            for doubt in step.doubts
        ]
        return [*(Note(at_s, *key, now.get(key)) for key in changed), *once]


def _standing(step: Step, before: Mapping[Key, tuple[str, str]]) -> dict[Key, tuple[str, str]]:
    """What holds at this picture; a remark about a floor holds until the floor is looked at."""
    suspended = step.suspended
    if suspended is not None:
        floors = {key: why for key, why in before.items() if key[0] == "floor"}
        return {("suspended", ""): (suspended.why_zh, suspended.why_en), **floors}
    now: dict[Key, tuple[str, str]] = {}
    for rule_id, held in step.held.items():
        now["held", rule_id] = held.why_zh, held.why_en
    for rule_id, sight in step.sights.items():
        said = before.get(("floor", rule_id)) if sight.observation is None else sight.remark
        if said is not None:
            now["floor", rule_id] = said
    return now
