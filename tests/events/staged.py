"""One staged case for each rule family: what the tests on the seam run.

A new family joins with a row in `STAGED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events import rules
from events.rules import Rule, RuleState, Transition
from vision import Track

Look = tuple[float, Any]
"""Capture time in seconds, and the family's observation."""


@dataclass(frozen=True)
class Staged:
    """A scene with exact truth. `scene(t)` is the observation at second t; it fires at `opens_s`
    and is over at `ends_s`, and `quiet` is an observation of nothing.

    `at_random` draws any observation; `is_cause(o)` says whether it could hold an incident open.
    """

    name: str
    rule: Rule
    step: Callable[[Any, Any, Any, float], tuple[Any, tuple[Transition, ...]]]
    state: Any  # the family's state class
    scene: Callable[[float], Any]
    quiet: Any
    opens_s: float
    ends_s: float
    at_random: SearchStrategy[Any]
    is_cause: Callable[[Any], bool]

    def looks(self, fps: float, until_s: float) -> list[Look]:
        """The scene at a frame rate."""
        return [(i / fps, self.scene(i / fps)) for i in range(int(until_s * fps))]

    def play(self, looks: Iterable[Look], state: RuleState | None = None) -> list[Transition]:
        """Everything that the rule says."""
        state = self.state() if state is None else state
        said: list[Transition] = []
        for now, seen in looks:
            state, news = self.step(self.rule, state, seen, now)
            said += news
        return said


def track(number: int = 1, label: str = "excavator") -> Track:
    """A track that is seen now; rules look at nothing but who it is."""
    return Track(number, label, 0.9, (0.0, 0.0, 10.0, 10.0), 0.0, 0.0, seen_now=True)


def _dwell() -> Staged:
    def scene(t: float) -> Sequence[Track]:
        return (track(),) if 3 <= t < 30 else ()

    return Staged(
        "dwell",
        rules.Dwell("r", 1, "z", ("excavator",), after_s=8, clear_s=6, level="red"),
        rules.step,
        rules.State,
        scene,
        quiet=(),
        opens_s=11,
        ends_s=36,
        at_random=st.lists(
            st.builds(track, st.integers(1, 4), st.sampled_from(["excavator", "person"])),
            max_size=3,
        ),
        is_cause=lambda seen: any(t.label == "excavator" for t in seen),
    )


def _plume() -> Staged:
    smoke = rules.Suspicion("smoke", is_plume=True, track_id=1)
    nothing = rules.Suspicion(None, is_plume=None)

    def scene(t: float) -> rules.Suspicion:
        return smoke if 3 <= t < 40 else nothing

    return Staged(
        "plume",
        rules.Plume("r", 1, "z", ("smoke",), after_s=10, clear_s=6, level="orange"),
        rules.step_plume,
        rules.PlumeState,
        scene,
        quiet=nothing,
        opens_s=13,
        ends_s=46,
        at_random=st.builds(
            rules.Suspicion,
            st.sampled_from(["smoke", None]),
            st.sampled_from([True, False, None]),
            st.integers(0, 3),
        ),
        is_cause=lambda seen: seen.label is not None and seen.is_plume is not False,
    )


STAGED = (_dwell(), _plume())
