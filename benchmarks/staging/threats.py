"""The threat list staged one by one: what each must lead to, and what came of it.

A threat is one take through the real composition, or the test that already holds it. Long times are
compressed where that makes it no easier; the story of the take states the scale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks.staging.standin import StandIn
from benchmarks.staging.take import Stage, Take, pipeline_of
from events.record import Level
from events.rules import Crowd, Transition

EARLY_S, LATE_S = 1.0, 10.0
"""An alarm counts from one second before it is due to ten after, as in the i-LIDS scoring."""
GRAVE: tuple[Level, ...] = ("yellow", "orange", "red")
Frames = Callable[[Take], Iterable[tuple[float, float]]]
"""Which pictures arrive: the scene's time and the time that the stream gives it, seconds."""


@dataclass(slots=True)
class Heard:
    """All that one take led to. `held`: (from, until, why) rules were held back."""

    said: list[tuple[str, Transition]] = field(default_factory=list)
    held: list[tuple[float, float, str]] = field(default_factory=list)
    remarks: dict[str, float] = field(default_factory=dict)
    crowds: list[tuple[float, Crowd]] = field(default_factory=list)

    def opened(self, rule: str | None = None) -> list[Transition]:
        """What opened, of one rule or of all."""
        return [o for r, o in self.said if o.kind == "opened" and rule in (None, r)]

    def ended(self, rule: str) -> list[Transition]:
        """What ended of a rule."""
        return [o for r, o in self.said if o.kind == "ended" and r == rule]

    def told(self) -> str:
        """It in a few words."""
        words = [f"{r} {o.kind} {o.level} {o.at_s:.0f} s" for r, o in self.said]
        words += [f"held {a:.0f} to {b:.0f} s ({why})" for a, b, why in self.held]
        words += [f"remark {at:.0f} s: {why}" for why, at in list(self.remarks.items())[-1:]]
        return "; ".join(words) or "silent"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must happen, in words, and whether it did."""

    words: str
    holds: Callable[[Heard], bool]

    def __and__(self, other: Expected) -> Expected:
        """Both."""
        return Expected(
            f"{self.words}, {other.words}", lambda heard: self.holds(heard) and other.holds(heard)
        )


def plain(take: Take) -> Iterable[tuple[float, float]]:
    """Every picture at its own time."""
    return ((t, t) for t in take.times())


@dataclass(frozen=True, slots=True)
class Threat:
    """One line of the list. `held_by` names the test where no take is staged."""

    number: int
    words: str
    stage: Callable[[], Take] | None = None
    expected: Expected | None = None
    frames: Frames = plain
    utc_s: float | None = None
    held_by: str = ""


SILENT = Expected("silent", lambda heard: not heard.opened())


def once(rule: str, at_s: float, late_s: float = LATE_S, *, early_s: float = EARLY_S) -> Expected:
    """The rule opens once, when it is due, and no other does."""

    def holds(heard: Heard) -> bool:
        opened = [one.at_s for one in heard.opened(rule)]
        strange = [r for r, o in heard.said if o.kind == "opened" and r != rule]
        due = len(opened) == 1 and at_s - early_s <= opened[0] <= at_s + late_s
        return due and not strange

    return Expected(f"{rule} once at {at_s:.0f} s", holds)


def stays(rule: str) -> Expected:
    """What is open does not end."""
    return Expected("does not end", lambda heard: not heard.ended(rule))


def never(rule: str) -> Expected:
    """A rule opens nothing."""
    return Expected(f"no {rule}", lambda heard: not heard.opened(rule))


def not_grave() -> Expected:
    """At most blue: a doubt."""
    return Expected(
        "silent or doubt", lambda heard: all(o.level not in GRAVE for _, o in heard.said)
    )


def suspended(at_s: float, within_s: float) -> Expected:
    """The rules are held back soon after a fault begins; only the camera's own rule opens."""

    def holds(heard: Heard) -> bool:
        soon = any(at_s - EARLY_S <= since <= at_s + within_s for since, _, _ in heard.held)
        return soon and only_camera(heard)

    return Expected(f"rules suspended by {at_s + within_s:.0f} s", holds)


def only_camera(heard: Heard) -> bool:
    """Whether nothing opened or ended but the watch over the camera."""
    return all(rule == CAMERA for rule, _ in heard.said)


CAMERA = "camera-watch"
NO_FALSE = Expected("no event of a scene", only_camera)


def hear(threat: Threat, take: Take) -> Heard:
    """Play a take, as the stream of the threat gives it."""
    stage = Stage(take)
    detector = StandIn(take.seed, take.place.size_px, take.faults)
    pipeline = pipeline_of(take, detector)
    heard = Heard()
    for scene_s, stamp_s in threat.frames(take):
        picture, seen = stage.at(scene_s)
        detector.show(seen, scene_s)
        size = picture.shape[1], picture.shape[0]
        utc_s = None if threat.utc_s is None else threat.utc_s + stamp_s
        step = pipeline.step(picture, size, stamp_s, utc_s=utc_s)
        heard.said += [(rule, one) for rule, news in step.transitions.items() for one in news]
        if step.held:
            _hold(heard, stamp_s, next(iter(step.held.values())).why_en)
        for sight in step.sights.values():
            if isinstance(sight.observation, Crowd):
                heard.crowds.append((stamp_s, sight.observation))
            if sight.remark is not None and sight.remark[1].count(":") > 1:
                heard.remarks.setdefault(sight.remark[1], stamp_s)
    return heard


def _hold(heard: Heard, now_s: float, why: str) -> None:
    if heard.held and heard.held[-1][2] == why and now_s - heard.held[-1][1] < LATE_S:
        heard.held[-1] = heard.held[-1][0], now_s, why
    else:
        heard.held.append((now_s, now_s, why))
