"""When a camera that is away is dead: pure, so that blips make no noise.

A camera is told dead once it has been away for half a minute, or at once when it sends the same
picture for ever (the camera room waits 10 s before it says so). It is told back only if it was
told dead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

DEAD_AFTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Absence:
    """What is known of a camera's absence; times are monotone seconds."""

    since_s: float | None = None
    reason: str = ""
    told: bool = False


def lost(state: Absence, now_s: float, reason: str) -> Absence:
    """The camera went away (or the reason changed)."""
    since_s = now_s if state.since_s is None else state.since_s
    return replace(state, since_s=since_s, reason=reason)


def due(state: Absence, now_s: float, *, frozen: bool = False) -> bool:
    """Whether it must be told dead now."""
    if state.since_s is None or state.told:
        return False
    return frozen or now_s - state.since_s >= DEAD_AFTER_S
