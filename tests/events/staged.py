"""One staged case for each rule family: what the tests on the seam run.

A new family joins with a row in `STAGED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from events import rules
from events.rules import Rule, RuleState, Transition, approach, passes, works
from events.rules.approach import Nearing
from events.rules.passes import Stretch
from events.rules.plume import MOST_BEFORE_S
from events.rules.works import Deed
from vision import Approach, Condition, Floor, Region, Track
from vision.activity import Activity, Kind

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
    since: Callable[[Any, float], float] = lambda seen, now: now
    """Since when the cause holds, where an observation says so; (observation, now)."""
    is_hint: Callable[[Any], bool] | None = None
    """What a cause may count from, if it came before it; `since` alone where there is none."""

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
        since=lambda seen, now: now - MOST_BEFORE_S,
        is_hint=lambda seen: seen.label is not None,
    )


def _works() -> Staged:
    """A digger stands from 3 s and works from 12 s to 40 s, which is known 4 s later."""

    def deed(number: int, kind: Kind, since_s: float, label: str = "excavator") -> Deed:
        return track(number, label), Activity(kind, since_s, 0.0, 0.1, 0.5, 0.4)

    def scene(t: float) -> Sequence[Deed]:
        if not 3 <= t < 40:
            return ()
        return (deed(1, "working", 12.0) if t >= 16 else deed(1, "stopped", 3.0),)

    return Staged(
        "works",
        rules.Doing("r", 1, "z", ("excavator",), after_s=10, clear_s=6, level="red"),
        works.step,
        rules.State,
        scene,
        quiet=(deed(2, "stopped", 0.0), deed(3, "working", 0.0, "truck")),
        opens_s=22,
        ends_s=46,
        at_random=st.lists(
            st.builds(
                deed,
                st.integers(1, 4),
                st.sampled_from(get_args(Kind)),
                st.floats(-100, 100),
                st.sampled_from(["excavator", "person"]),
            ),
            max_size=3,
        ),
        is_cause=lambda seen: any(_works_now(one) for one in seen),
        since=lambda seen, now: min([now, *(a.since_s for t, a in seen if _works_now((t, a)))]),
    )


def _works_now(deed: Deed) -> bool:
    return deed[0].label == "excavator" and deed[1].kind == "working"


def _approach() -> Staged:
    """A digger comes nearer at 0.5 m/s from 30 m and is within reach of 60 s from 10 s on."""

    def near(odds: float, number: int = 1) -> Nearing:
        return track(number), Approach(20.0, 0.5, 0.5, 0.05, odds, "m")

    return Staged(
        "approach",
        rules.Approaching(
            "r", 1, "z", ("excavator",), after_s=3, clear_s=5, level="orange", towards="band5"
        ),
        approach.step,
        rules.State,
        lambda t: (near(0.95 if t >= 10 else 0.3),) if t < 40 else (),
        quiet=(near(0.6),),
        opens_s=13,
        ends_s=45,
        at_random=st.lists(st.builds(near, st.floats(0, 1), st.integers(1, 3)), max_size=2),
        is_cause=lambda seen: any(a.odds > 0.8 for _, a in seen),
    )


def _passes() -> Staged:
    """A lorry passes in 2.5 s, five times: the third one, 0.5 s after it came, is too many."""

    def scene(t: float) -> Sequence[Stretch]:
        number = int(t // 15)
        return (Stretch(number, "truck"),) if number < 5 and 5 <= t % 15 < 7.5 else ()

    return Staged(
        "passes",
        rules.Passes("r", 1, "z", ("truck",), 0.5, 20, "yellow", (rules.Limit(3, 1800),)),
        passes.step,
        rules.PassesState,
        scene,
        quiet=(Stretch(1, "car"),),
        opens_s=35.5,
        ends_s=67.5 + 20,
        at_random=st.lists(
            st.builds(Stretch, st.integers(1, 4), st.sampled_from(["truck", "person"])), max_size=3
        ),
        is_cause=lambda seen: any(t.label == "truck" for t in seen),
    )


def _gathering() -> Staged:
    twelve, nobody = rules.Crowd(12, 14, 12, 18), rules.Crowd(0, 0, 0, 1)

    def scene(t: float) -> rules.Crowd:
        return twelve if 3 <= t < 60 else nobody

    return Staged(
        "gathering",
        rules.Gathering("r", 1, "z", ("person",), 20, 10, (rules.CrowdStep("blue", 10),)),
        rules.step_gathering,
        rules.GatheringState,
        scene,
        quiet=nobody,
        opens_s=23,
        ends_s=70,
        at_random=st.builds(
            rules.Crowd, st.integers(0, 20), st.just(20.0), st.just(15.0), st.just(25.0)
        ),
        is_cause=lambda crowd: crowd.standing >= 8,
    )


def _camera_fault() -> Staged:
    covered = Condition("covered", 0.9, known=True, mode="day")
    well = Condition(None, 0.0, known=True, mode="day")

    def scene(t: float) -> Condition:
        return covered if 3 <= t < 40 else well

    return Staged(
        "camera fault",
        rules.CameraFault("r", 1, "picture", (), after_s=5, clear_s=8, level="blue"),
        rules.step_camera_fault,
        rules.CameraFaultState,
        scene,
        quiet=well,
        opens_s=13,
        ends_s=48,
        at_random=st.sampled_from([covered, well]),
        is_cause=lambda seen: seen.fault is not None,
    )


def _obstruction() -> Staged:
    def scene(t: float) -> Floor | None:
        return Floor((_region(t - 3),)) if 3 <= t < 40 else Floor()

    return Staged(
        "obstruction",
        rules.Obstruction("r", 1, "z", (), after_s=10, clear_s=6, level="orange"),
        rules.step_obstruction,
        rules.ObstructionState,
        scene,
        quiet=Floor(),
        opens_s=13,
        ends_s=46,
        at_random=st.one_of(
            st.none(),
            st.builds(
                Floor,
                st.lists(st.builds(_region, st.just(0.0), KINDS), max_size=2).map(tuple),
                hidden=st.booleans(),
            ),
        ),
        is_cause=lambda floor: (
            floor is not None and any(r.kind in ("object", "shadow-like") for r in floor.regions)
        ),
    )


KINDS = st.sampled_from(["object", "shadow-like", "removed"])


def _region(age_s: float, kind: Literal["object", "shadow-like"] = "object") -> Region:
    return Region(((0.4, 0.6), (0.5, 0.6), (0.5, 0.8)), kind, share=0.2, age_s=age_s)


STAGED = (
    _dwell(),
    _works(),
    _approach(),
    _passes(),
    _plume(),
    _gathering(),
    _camera_fault(),
    _obstruction(),
)
