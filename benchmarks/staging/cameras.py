"""Staged cameras: moved, covered, out of focus, blinded, black, frozen; and what is no fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.machines import band
from benchmarks.staging.parts import Part, drives, walks
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Due, Take
from benchmarks.staging.weather import Effect, When
from vision import Picture
from vision.camera_watch import FAULT_AFTER_S, Fault

BEGINS_S = 20.0
RULE: dict[str, object] = {
    "use": "camera-watch",
    "id": "camera-watch",
    "after": "5s",
    "clear": "20s",
    "level": "blue",
}


def _take(
    s: Setting,
    story: str,
    effects: tuple[Effect, ...],
    until_s: float,
    *due: Due,
    parts: tuple[Part, ...] = (),
    noise: float = 2.0,
) -> Take:
    there = (*parts, *_people(s, until_s))
    return s.take(
        story,
        RULE,
        band(s.place),
        until_s,
        due,
        parts=there,
        effects=effects,
        most_fps=3.0,
        noise=noise,
    )


def _people(s: Setting, until_s: float) -> tuple[Part, ...]:
    begin, y = float(s.rng.uniform(0, until_s - 25)), float(s.rng.uniform(17, 30))
    return (walks(s.seed, ((begin, -12.0, y), (begin + 18, 12.0, y))),)


def fault(s: Setting) -> Take:
    """A fault begins and stays."""
    kinds: tuple[Fault, ...] = ("black", "blinded", "covered", "defocused", "moved", "frozen")
    kind = kinds[int(s.rng.integers(len(kinds)))]
    begins = BEGINS_S + float(s.rng.uniform(0, 10))
    due_s = max(5.0, FAULT_AFTER_S[kind])
    until = begins + due_s + 16
    broken = weather.only(When(begins), _FAULTS[kind](s))
    due = Due("camera-watch", begins + due_s, until)
    story = f"{kind} from {begins:.0f} s"
    if kind == "frozen":  # and the noise with it
        grain = weather.Grain(s.place.size_px, 2.0, s.seed)
        return _take(s, story, (*s.effects(), grain, broken), until, due, noise=0.0)
    return _take(s, story, (*s.effects(), broken), until, due)


def _moved(s: Setting) -> Effect:
    dx, dy = (float(s.rng.choice([-1, 1]) * s.rng.uniform(40, 160)) for _ in range(2))
    return weather.moved(dx, dy, float(s.rng.uniform(-6, 6)))


def _covered(s: Setting) -> Effect:
    if s.rng.random() < 0.5:
        return weather.painted(float(s.rng.uniform(50, 190)))
    sheet = weather.blurred(25.0)
    level = weather.light(lambda t: 0.8)
    return lambda picture, t: level(sheet(picture, t), t)


def _blinded(s: Setting) -> Effect:
    del s

    def effect(picture: Picture, t: float) -> Picture:
        del t
        return np.asarray(np.clip(picture * 1.2 + 190.0, 0, 255), np.uint8)

    return effect


def _frozen(s: Setting) -> Effect:
    """The picture of the moment in which it froze."""
    del s
    kept: list[Picture] = []

    def effect(picture: Picture, t: float) -> Picture:
        del t
        if not kept:
            kept.append(picture.copy())
        return kept[0]

    return effect


def _defocused(s: Setting) -> Effect:
    return weather.blurred(float(s.rng.uniform(3.0, 6.0)))


def _black(s: Setting) -> Effect:
    level = float(s.rng.uniform(0, 6))
    return weather.painted(level)


_FAULTS: dict[Fault, Callable[[Setting], Effect]] = {
    "black": _black,
    "blinded": _blinded,
    "covered": _covered,
    "defocused": _defocused,
    "moved": _moved,
    "frozen": _frozen,
}


def well(s: Setting) -> Take:
    """Weather, night, lamps, traffic: no fault."""
    name = str(s.rng.choice(list(_WELL)))
    effects, parts = _WELL[name](s)
    return _take(s, name, effects, 100.0, parts=parts)


Shown = tuple[tuple[Effect, ...], tuple[Part, ...]]


def _night(s: Setting) -> Shown:
    """The evening falls, then the camera switches to infra-red."""
    dusk = weather.light(lambda t: max(0.35, 1 - t / 60))
    night = weather.only(When(45.0), weather.infrared(float(s.rng.uniform(1.6, 2.6))))
    return (dusk, night, weather.only(When(46.0), weather.insects(3, s.seed))), ()


def _jump(s: Setting) -> Shown:
    factor = float(s.rng.choice([0.35, 0.6, 1.8]))
    return (weather.only(When(30.0, 60.0), weather.light(lambda t: factor)),), ()


def _rain(s: Setting) -> Shown:
    return (weather.rain(0.0015, 0.25), weather.fog(lambda t: 0.3 * min(1.0, t / 60))), ()


def _close_lorry(s: Setting) -> Shown:
    """A lorry right before the camera for some seconds."""
    y = s.place.nearest_m + 1.5
    path = ((30.0, -14.0, y), (33.0, 0.0, y), (37.0, 0.0, y), (40.0, 14.0, y))
    return (), (drives("truck", "truck", s.seed, path),)


def _wind(s: Setting) -> Shown:
    return (weather.shake(float(s.rng.uniform(2, 4)), s.seed),), ()


def _clouds(s: Setting) -> Shown:
    return (weather.cloud(float(s.rng.uniform(15, 40)), 0.5, 500),), ()


def _lamps(s: Setting) -> Shown:
    """The lamps go off for a while and on again; a rest of light stays."""
    return (weather.only(When(30.0, 70.0), weather.light(lambda t: 0.25)),), ()


_WELL: dict[str, Callable[[Setting], Shown]] = {
    "night": _night,
    "jump": _jump,
    "rain": _rain,
    "close lorry": _close_lorry,
    "wind": _wind,
    "clouds": _clouds,
    "lamps": _lamps,
}
