"""Suppression: a rule goes on thinking, but what it says is held back, with a reason and an end.

What is open when the suppression ends is opened then, and says so; what was open before it began
stays open and ends as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from events.rules.family import Transition


@dataclass(frozen=True, slots=True)
class Held:
    """Why a rule is held back now, in Chinese and English; `until_s`: Unix seconds, if known."""

    why_zh: str
    why_en: str
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What one rule has told. `waiting`: an opening that is held back, and why."""

    is_told: bool = False
    waiting: Transition | None = None
    reason: Held | None = None


def pass_through(
    gate: Gate, said: Sequence[Transition], held: Held | None, now: float
) -> tuple[Gate, tuple[Transition, ...]]:
    """What of `said` may be told at `now`, capture time in seconds; `held`: why nothing may."""
    told: list[Transition] = []
    for one in said:
        if gate.is_told or held is None:
            told.append(one)
            gate = Gate(is_told=one.kind != "ended")
        elif one.kind == "ended":
            gate = Gate()
        else:
            first_s = one.at_s if gate.waiting is None else gate.waiting.at_s
            waiting = replace(one, kind="opened", at_s=first_s)
            gate = replace(gate, waiting=waiting, reason=held)
    if held is None and gate.waiting is not None:
        told.append(_late(gate.waiting, gate.reason, now))
        gate = Gate(is_told=True)
    return gate, tuple(told)


def _late(waiting: Transition, reason: Held | None, now: float) -> Transition:
    ago_s = now - waiting.at_s
    zh, en = (reason.why_zh, reason.why_en) if reason else ("", "")
    return replace(
        waiting,
        at_s=now,
        why_zh=f"{waiting.why_zh};此前因“{zh}”暂不报警 {ago_s:.0f} 秒",
        why_en=f"{waiting.why_en}; held back for {ago_s:.0f} s: {en}",
        numbers={**waiting.numbers, "held_back_s": ago_s},
    )
