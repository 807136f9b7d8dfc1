"""Days of ordinary life: traffic, people, shift change, sun, clouds, rain, wind, night.

Nothing in them should alarm. Looks are taken as the edge takes them: a key frame every two seconds
while nothing moves, two pictures a second while something does or a rule follows something. Where
nothing is on stage and no weather passes, pictures differ by grain alone, which never opens the
gate: only those are drawn that are looked at anyway, every ten seconds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from benchmarks.staging import floors, weather
from benchmarks.staging.machines import BAND_M
from benchmarks.staging.parts import Part, Stop, drives, walks
from benchmarks.staging.places import FLOOR_VARIANTS, OPEN_VARIANTS, floor, open_ground
from benchmarks.staging.standin import StandIn
from benchmarks.staging.take import Stage, Take, pipeline_of
from benchmarks.staging.weather import Effect, OnGround, Wet, When
from linewarden.gaze import IDLE_LOOK_S, Gaze
from vision import MotionGate, Picture, Size

DAY_S = 86_400.0
HOUR_S = 3600.0
SIZE: Size = (480, 270)
QUIET_S, BUSY_S, AWAKE_S = 2.0, 0.5, 3.0
RAIN_S, DRIES_S = 2400.0, 1800.0
TWILIGHT_H = 0.5
"""From infra-red to sunrise, and from sunset to infra-red."""
ROAD_M = (38.0, 41.0)
"""Where lorries and cars drive: beyond the watched ground."""
LINE_RULES = ("PIPE-01", "PIPE-05", "PIPE-06", "PIPE-07", "PIPE-08", "PIPE-10", "PIPE-09")
YARD_RULES = ("FIF-01", "FIF-05", "FIF-06", "FIF-07", "FIF-08")


@dataclass(frozen=True, slots=True)
class Season:
    """How a day differs from others: its light, showers, gales and traffic (1 is usual)."""

    rise_h: float
    set_h: float
    showers: int
    gales: int
    traffic: float

    @classmethod
    def of(cls, number: int) -> Self:
        """That of day `number`."""
        rng = np.random.default_rng([number, 72])
        half_h = 6.0 + 1.5 * float(np.sin(rng.uniform(0, 2 * np.pi)))
        showers, gales = (int(n) for n in rng.choice([0, 1, 1, 2, 2, 3], 2))
        return cls(12.5 - half_h, 12.5 + half_h, showers, gales, float(rng.uniform(0.6, 1.5)))


def day(number: int) -> Take:
    """Day `number`: even ones over a pipeline, odd ones before a factory door."""
    rng, season = np.random.default_rng([number, 71]), Season.of(number)
    is_yard = bool(number % 2)
    half = number // 2
    names: tuple[str, ...]
    if is_yard:
        place = floor(half % FLOOR_VARIANTS, SIZE)
        zone, names = floors.EXIT.zone(place), YARD_RULES
    else:
        place = open_ground(half % OPEN_VARIANTS, SIZE)
        left, right, near, far = BAND_M
        corners = [(left, far), (right, far), (right, near), (left, near)]
        zone, names = place.zone("floor", corners), LINE_RULES
    rules: list[Mapping[str, Any]] = [{"use": name, "id": name, "zone": "floor"} for name in names]
    if not is_yard:
        rules.append({"use": "PIPE-03", "id": "PIPE-03", "zone": "picture", "towards": "floor"})
    rules.append({"use": "PIPE-15", "id": "PIPE-15"})
    return Take(
        f"day-{number:03d}",
        "factory door" if is_yard else "pipeline",
        place,
        tuple(rules),
        (zone,),
        DAY_S,
        tuple(_life(rng, season, is_yard)),
        effects=tuple(_sky(rng, season, place.size_px)),
        shade=0.2,
        seed=number,
    )


def _moments(
    rng: np.random.Generator, season: Season, by_day: float, by_night: float
) -> Iterator[float]:
    """Times at which something happens: so many an hour by day and by night."""
    for hour in range(24):
        an_hour = season.traffic * (by_day if season.rise_h <= hour < season.set_h else by_night)
        for at in rng.uniform(hour, hour + 1, rng.poisson(an_hour)):
            yield float(at) * HOUR_S


def _life(rng: np.random.Generator, season: Season, is_yard: bool) -> Iterator[Part]:
    for k, at in enumerate(_moments(rng, season, 8.0, 2.0)):
        yield _vehicle(rng, k, at, is_yard)
    for k, at in enumerate(_moments(rng, season, 6.0, 0.7)):
        yield _walker(rng, k, at, is_yard)
    for hour in (8.0, 17.5):
        for k, at in enumerate(rng.uniform(hour, hour + 0.12, 30 if is_yard else 8)):
            yield _walker(rng, k, float(at) * HOUR_S, is_yard)


def _vehicle(rng: np.random.Generator, k: int, at_s: float, is_yard: bool) -> Part:
    side = float(rng.choice([-1, 1]))
    if is_yard:
        y, far, speed = float(rng.uniform(9, 14)), 12.0, float(rng.uniform(1.5, 3.0))
        kind = "forklift"
        waits = float(rng.uniform(3, 40)) if rng.random() < 0.25 else 0.0
    else:
        y, far, speed, waits = float(rng.uniform(*ROAD_M)), 34.0, float(rng.uniform(7, 16)), 0.0
        kind = str(rng.choice(["car", "car", "car", "truck", "bus"]))
    half = far / speed
    path: tuple[Stop, ...] = ((at_s, -side * far, y), (at_s + half, 0.0, y))
    if waits:
        path = (*path, (at_s + half + waits, 0.0, y))
    return drives(kind, kind, k % 12, (*path, (at_s + 2 * half + waits, side * far, y)))


def _walker(rng: np.random.Generator, k: int, at_s: float, is_yard: bool) -> Part:
    y = float(rng.uniform(8.5, 14.5) if is_yard else rng.uniform(16, 33))
    far, side = (7.0 if is_yard else 15.0), float(rng.choice([-1, 1]))
    speed = float(rng.uniform(0.9, 1.6))
    half = far / speed
    waits = float(rng.uniform(5, 90)) if rng.random() < 0.15 else 0.0
    x = float(rng.uniform(-1, 1))
    path: tuple[Stop, ...] = ((at_s, -side * far, y), (at_s + half, x, y))
    if waits:
        path = (*path, (at_s + half + waits, x, y))
    return walks(k % 12, (*path, (at_s + 2 * half + waits, side * far, y + 0.5)))


def _level(season: Season, t: float) -> float:
    """The light curve of a day, 0.3 to 1."""
    share = (t / HOUR_S - season.rise_h) / (season.set_h - season.rise_h)
    return 0.3 + 0.7 * float(np.sin(np.pi * share)) ** 0.6 if 0 < share < 1 else 0.3


def _sky(rng: np.random.Generator, season: Season, size: Size) -> Iterator[Effect | OnGround | Wet]:
    dawn, dusk = (season.rise_h - TWILIGHT_H) * HOUR_S, (season.set_h + TWILIGHT_H) * HOUR_S
    yield OnGround(_pole_shadow(size))
    for at in rng.uniform(8, 17, 25) * HOUR_S:
        speed = float(rng.uniform(20, 80))
        sweep = weather.cloud(speed, float(rng.uniform(0.55, 0.8)), 500, speed * float(at))
        yield weather.only(When(float(at), float(at) + 60), sweep)
    yield weather.light(partial(_level, season))
    for since, until in ((0.0, dawn), (dusk, DAY_S)):
        yield _by_night(since, until)
        for at in np.arange(since, until, 120.0).tolist():
            yield weather.only(When(at, at + 2), weather.insects(2))
        for at in rng.uniform(since, until, 12):
            yield weather.only(When(float(at), float(at) + 6), _sweep(float(at), size))
    for at in rng.uniform(0, 23, season.showers) * HOUR_S:
        yield weather.only(When(float(at), float(at) + RAIN_S), weather.rain(0.0008))
        dry_s = float(at) + RAIN_S + DRIES_S
        yield Wet(When(float(at), dry_s), _wetness(float(at)))
    for at in rng.uniform(0, 23, season.gales) * HOUR_S:
        yield weather.only(When(float(at), float(at) + 1500), weather.shake(2.0))


def _wetness(since_s: float) -> Callable[[float], float]:
    """A floor gets wet in some minutes of rain, and dries in half an hour."""
    ends_s = since_s + RAIN_S
    at, share = (since_s, since_s + 300, ends_s, ends_s + DRIES_S), (0.0, 0.2, 0.2, 0.0)
    return lambda t: float(np.interp(t, at, share))


def _by_night(since_s: float, until_s: float) -> Effect:
    """The camera's own lamp, for so long that it is scenery."""
    lamp = weather.infrared(3.2)
    return lambda picture, t: lamp(picture, t) if since_s <= t < until_s else picture


def _sweep(at_s: float, size: Size) -> Effect:
    """Headlights that turn across the picture in six seconds."""
    return weather.headlights(
        lambda t: (size[0] * (t - at_s) / 6, 0.7 * size[1]), strength=1.0, spread_px=70
    )


def _pole_shadow(size: Size) -> Effect:
    """The hard shadow of a pole, which goes over the ground in the course of the day."""

    def effect(picture: Picture, t: float) -> Picture:
        hour = t / HOUR_S
        if not 8 < hour < 17:
            return picture
        x = size[0] * (0.1 + 0.8 * (hour - 8) / 9)
        corners = [
            (x, 0.45 * size[1]),
            (x + 6, 0.45 * size[1]),
            (1.2 * x - 30, size[1] - 5),
            (1.2 * x - 42, size[1] - 5),
        ]
        shade = np.full(size[::-1], 255, np.uint8)
        cv2.fillPoly(shade, [np.round(corners).astype(np.int32)], (160,), cv2.LINE_AA)
        dark = cv2.cvtColor(cv2.GaussianBlur(shade, (0, 0), 1.2), cv2.COLOR_GRAY2BGR)
        return np.asarray(cv2.multiply(picture, dark, scale=1 / 255), np.uint8)

    return effect


@dataclass(frozen=True, slots=True)
class Lived:
    """One day: what was said, and how many pictures were seen by whom."""

    name: str
    seconds: float
    pictures: int
    looks: int
    events: tuple[Mapping[str, Any], ...]


def live(
    take: Take, seconds: float = DAY_S, hourly: Callable[[Lived], bool] = lambda one: True
) -> Lived:
    """Run a day through gate, gaze and pipeline, as the edge does.

    `hourly` is given what was lived so far after each hour of it, and says whether to go on.
    """
    stage, gate, gaze = Stage(take), MotionGate(), Gaze()
    detector = StandIn(take.seed, take.place.size_px, take.faults)
    pipeline = pipeline_of(take, detector)
    said: list[Mapping[str, Any]] = []
    t, awake_s, busy, pictures, looks, hour_s = 0.0, 0.0, False, 0, 0, HOUR_S
    while t < seconds:
        if t >= hour_s:
            so_far = Lived(take.name, hour_s, pictures, looks, tuple(said))
            if not hourly(so_far):
                return so_far
            hour_s += HOUR_S * math.floor((t - hour_s) / HOUR_S + 1)
        picture, seen = stage.at(t)
        pictures += 1
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        moving = gate.step(grey, t).moving
        if gaze.wants(t, moving=moving, busy=busy):
            looks += 1
            detector.show(seen, t)
            step = pipeline.step(picture, take.place.size_px, t)
            busy = step.busy
            awake_s = t + AWAKE_S if moving or step.timing else awake_s
            said += _rows(take.name, step.transitions)
        t += BUSY_S if t < awake_s else QUIET_S
        if t >= awake_s and not busy:
            t = _next(t, stage.still_until(t), gaze.looked_s)
    return Lived(take.name, seconds, pictures, looks, tuple(said))


def _next(t: float, still_until_s: float, looked_s: float) -> float:
    """The key frame at which something is seen or the idle look is due, `t` or later."""
    least = min(still_until_s, looked_s + IDLE_LOOK_S)
    return t + QUIET_S * max(0.0, math.ceil((least - t) / QUIET_S))


def _rows(name: str, transitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for rule, news in transitions.items():
        for one in news:
            yield {
                "camera": name,
                "rule": rule,
                "zone": "floor",
                "kind": one.kind,
                "time_s": round(one.at_s, 2),
                "level": one.level,
                "label": one.label,
                "why": one.why_en,
            }


def lived(folder: Path) -> list[Lived]:
    """The days that were run before."""
    return [
        Lived(**json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob("day-*.json"))
    ]


def keep(one: Lived, folder: Path) -> None:
    """Write a day down, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        name: getattr(one, name) for name in ("name", "seconds", "pictures", "looks", "events")
    }
    part = folder / f"{one.name}.part"
    part.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / f"{one.name}.json")
