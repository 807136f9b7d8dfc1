"""Threats 55 to 64: faults of camera or stream, which suspend the rules."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.parts import drives
from benchmarks.staging.places import open_ground
from benchmarks.staging.take import Take
from benchmarks.staging.threat_scenes import (
    FIELD,
    WATCH,
    at_door,
    on_line,
    put,
    rule,
)
from benchmarks.staging.threats import (
    CAMERA,
    NO_FALSE,
    Expected,
    Heard,
    Threat,
    once,
    stays,
    suspended,
)
from benchmarks.staging.weather import Effect, When
from vision import Picture

FAULT_S = 40.0
EXIT = "blocked-exit"
DWELL = "vehicle-in-zone"


def _spider(picture: Picture, t: float) -> Picture:
    """A blurred body that sits for a while, and a thread that swings before the lens."""
    height, width = picture.shape[:2]
    layer = np.zeros((height, width), np.float32)
    sway = 25 * np.sin(1.9 * t)
    cv2.line(layer, (width // 3, 0), (round(width / 2 + sway), height), 0.5, 3)
    if 30 <= t < 330:
        x, y = round(0.55 * width + 2 * np.sin(t)), round(0.55 * height)
        cv2.ellipse(layer, (x, y), (width // 14, height // 12), 20, 0, 360, 0.9, -1)
    share = cv2.GaussianBlur(layer, (0, 0), 4)[..., None]
    return np.asarray(picture * (1 - share) + 70 * share, np.uint8)


def _web() -> Take:
    rules = (rule("blocked-exit", 60), rule("smoke", 10), WATCH)
    swings = weather.only(When(15), _spider)
    story = "web swings, spider sits 5 min (of 30)"
    return at_door(story, 360, rules=rules, effects=(swings,), fps=2.0)


def _drop(picture: Picture, t: float) -> Picture:
    """What a drop on the lens shows: a round part of the picture, out of focus."""
    del t
    height, width = picture.shape[:2]
    layer = np.zeros((height, width), np.float32)
    cv2.circle(layer, (round(0.45 * width), round(0.6 * height)), width // 7, 1.0, -1)
    share = cv2.GaussianBlur(layer, (0, 0), 6)[..., None]
    soft = cv2.GaussianBlur(picture, (0, 0), 9)
    return np.asarray(picture * (1 - share) + soft * share, np.uint8)


def _dirt() -> Take:
    rules = (rule("blocked-exit", 20), rule("smoke", 10), WATCH)
    drop = weather.only(When(FAULT_S), _drop)
    return at_door("drop on the lens", 120, rules=rules, effects=(drop,))


def _faulty(story: str, effect: Effect, until_s: float = 100.0) -> Take:
    """A lorry stands, its incident is open, then the fault begins."""
    rules = (rule(DWELL, 20), rule("works", 10), rule("piling", 20), WATCH)
    path = ((1.0, -24.0, FIELD[1]), (7.0, *FIELD), (1e6, *FIELD))
    lorry = drives("truck", "truck", 3, path)
    fault = weather.only(When(FAULT_S), effect)
    return on_line(story, until_s, rules=rules, parts=(lorry,), effects=(fault,))


def _fault(at_s: float, within_s: float) -> Expected:
    """What was open stays open; only the camera's rule speaks."""
    held = suspended(at_s, within_s)

    def holds(heard: Heard) -> bool:
        scene = [o for r, o in heard.said if r != CAMERA and o.at_s >= at_s]
        soon = any(at_s - 1 <= since <= at_s + within_s for since, _, _ in heard.held)
        return soon and not scene

    return Expected(held.words, holds)


def _knocked() -> Take:
    return _faulty("knocked by 5 degrees", weather.moved(55, 12, 5.0))


def _other_camera(picture: Picture, t: float) -> Picture:
    del t
    other = open_ground(3).picture
    return np.asarray(cv2.resize(other, picture.shape[1::-1]), np.uint8)


def _stands() -> Take:
    path = ((1.0, -24.0, FIELD[1]), (7.0, *FIELD), (1e6, *FIELD))
    lorry = drives("truck", "truck", 3, path)
    return on_line("lorry stands", 130, rules=(rule(DWELL, 60),), parts=(lorry,))


def _paused(take: Take) -> Iterable[tuple[float, float]]:
    """Nothing comes from 40 to 85 s; after a minute the tracker knows nobody any more."""
    return ((t, t) for t in take.times() if not 40 <= t < 85)


def _jumps(take: Take) -> Iterable[tuple[float, float]]:
    """At 30 s the stream's time goes back by 2 s, at 90 s it goes forward by an hour."""
    for t in take.times():
        yield t, t - (2.0 if t >= 30 else 0.0) + (3600.0 if t >= 90 else 0.0)


def _cropped(picture: Picture, t: float) -> Picture:
    del t
    return picture[:, : picture.shape[0] * 4 // 3]


def _broken(picture: Picture, t: float) -> Picture:
    """Now and then a picture's lower part is a grey smear, or all of it is green."""
    kind = weather.chance(t, 61).random()
    picture = picture.copy()
    if kind < 0.06:
        edge = picture.shape[0] // 3
        picture[edge:] = picture[edge]
    elif kind < 0.12:
        picture[:] = (0, 135, 0)
    return picture


def _smeared() -> Take:
    rules = (rule("blocked-exit", 20), WATCH)
    bad = weather.only(When(10), _broken)
    return at_door(
        "one picture of eight broken", 100, rules=rules, parts=(put("carton", 15),), effects=(bad,)
    )


def _by_night() -> Take:
    """Sharp by night and by day, and out of focus in the second night only."""
    lamp = weather.infrared(2.0)
    soft = weather.blurred(4.0)

    def night(picture: Picture, t: float) -> Picture:
        if 60 <= t < 120:
            return picture
        return lamp(soft(picture, t) if t >= 120 else picture, t)

    rules = (rule("works", 10), WATCH)
    return on_line("night, day, night out of focus", 230, rules=rules, effects=(night,), fps=2.0)


def _held_and_true(heard: Heard) -> bool:
    """Broken pictures decide nothing: the carton opens late or not at all, and never ends."""
    return bool(heard.held) and len(heard.opened("blocked-exit")) <= 1 and not heard.ended(EXIT)


THREATS = (
    Threat(55, "spider web swings, spider sits", _web, NO_FALSE),
    Threat(56, "drop or dirt on the lens", _dirt, NO_FALSE),
    Threat(57, "camera knocked 5°", _knocked, _fault(FAULT_S, 30.0)),
    Threat(
        58,
        "stream paused for 45 s",
        _stands,
        once(DWELL, 110.0, 7.0) & stays(DWELL),
        frames=_paused,
    ),
    Threat(
        59,
        "time jumps back 2 s, forward 1 h",
        _stands,
        once(DWELL, 65.0, 5.0) & stays(DWELL),
        frames=_jumps,
    ),
    Threat(60, "resolution change, other shape", lambda: _faulty("4:3", _cropped), _fault(40, 2)),
    Threat(
        61,
        "grey smear, green pictures",
        _smeared,
        Expected("rules suspended, nothing false", _held_and_true),
    ),
    Threat(
        62, "covered, sprayed", lambda: _faulty("sprayed", weather.painted(110)), _fault(40, 10)
    ),
    Threat(63, "defocus by night only", _by_night, once(CAMERA, 180.0, 30.0)),
    Threat(64, "another camera's video", lambda: _faulty("other", _other_camera), _fault(40, 30)),
)
