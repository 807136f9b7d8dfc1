"""Staged people: gatherings, streams, passers-by."""

from __future__ import annotations

import numpy as np

from benchmarks.staging.machines import band
from benchmarks.staging.parts import Part, walks
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Due, Take
from vision import Point


def spots(rng: np.random.Generator, count: int, middle: Point, spread_m: float) -> list[Point]:
    """Places of people who stand together, not within each other."""
    found: list[Point] = []
    for _ in range(4000):
        x, y = (float(v) for v in rng.normal(middle, (1.3 * spread_m, spread_m)))
        inside = abs(x) < 6.0 and 16.5 < y < 32.5
        if inside and all(np.hypot(x - a, 0.6 * (y - b)) > 0.8 for a, b in found):
            found.append((x, y))
        if len(found) == count:
            break
    return found


def comes_to(rng: np.random.Generator, seed: int, spot: Point, at_s: float, goes_s: float) -> Part:
    """Somebody who is at a spot from a time on, and goes again."""
    side, speed = float(rng.choice([-1, 1])), float(rng.uniform(1.0, 1.6))
    far = side * 14.0
    way = abs(far - spot[0]) / speed
    begin = at_s - way
    path = [
        (begin, far, spot[1] - 1.0),
        (at_s, *spot),
        (goes_s, *spot),
        (goes_s + way, far, spot[1]),
    ]
    if begin < 0:
        path = [(0.0, *spot), *path[2:]]
    return walks(seed, path)


def _rule(s: Setting, least: int, after: float) -> dict[str, object]:
    del s
    return {
        "use": "gathering",
        "id": "gathering",
        "zone": "band",
        "at_least": least,
        "after": f"{after:g}s",
        "clear": "20s",
        "level": "yellow",
    }


def gathers(s: Setting) -> Take:
    """People come one after the other and stand."""
    least = int(s.rng.choice([4, 6, 8, 10]))
    after = float(s.rng.choice([20, 30, 45]))
    count = max(least + 3, round(least * float(s.rng.uniform(1.4, 2.0))))
    middle = float(s.rng.uniform(-2, 2)), float(s.rng.uniform(21, 27))
    places = spots(s.rng, count, middle, 0.45 * np.sqrt(count))
    comes = sorted(float(v) for v in s.rng.uniform(14, 32, count))
    until = comes[-1] + after + 20
    goes = [float(v) for v in s.rng.uniform(until, until + 5, count)]
    parts = [
        comes_to(s.rng, s.seed + k, spot, at, go)
        for k, (spot, at, go) in enumerate(zip(places, comes, goes, strict=True))
    ]
    due = Due("gathering", comes[least - 1] + after, until)
    return s.take(
        f"{count} people gather, {least} count",
        _rule(s, least, after),
        band(s.place),
        until,
        (due,),
        parts=parts,
    )


def few(s: Setting) -> Take:
    """Fewer people than count stand there."""
    least = int(s.rng.choice([6, 8, 10]))
    after = float(s.rng.choice([20, 30]))
    count = max(1, int(least * float(s.rng.uniform(0.3, 0.7))))
    places = spots(s.rng, count, (0.0, 24.0), 2.0)
    parts = [
        comes_to(s.rng, s.seed + k, spot, float(s.rng.uniform(2, 10)), 200.0)
        for k, spot in enumerate(places)
    ]
    return s.take(
        f"{count} people of {least}", _rule(s, least, after), band(s.place), after + 40, parts=parts
    )


def stream(s: Setting) -> Take:
    """A stream of people passes, one way or both ways; now and then somebody waits."""
    least = int(s.rng.choice([6, 8, 10]))
    after, until = 20.0, 70.0
    both, parts = bool(s.rng.random() < 0.4), []
    for k in range(int(s.rng.integers(24, 45))):
        begin, y = float(s.rng.uniform(-10, until)), float(s.rng.uniform(17, 32))
        side = float(s.rng.choice([-1, 1])) if both else 1.0
        speed = float(s.rng.uniform(0.9, 1.7))
        parts.append(
            walks(s.seed + k, ((begin, -side * 14, y), (begin + 28 / speed, side * 14, y)))
        )
    return s.take("a stream of people", _rule(s, least, after), band(s.place), until, parts=parts)


def meets_shortly(s: Setting) -> Take:
    """Enough people, for too short a time."""
    least = int(s.rng.choice([4, 6, 8]))
    after = float(s.rng.choice([30, 45]))
    places = spots(s.rng, least + 3, (0.0, 24.0), 2.0)
    goes = 6.0 + 0.6 * after
    parts = [
        comes_to(
            s.rng, s.seed + k, spot, float(s.rng.uniform(3, 8)), goes + float(s.rng.uniform(0, 3))
        )
        for k, spot in enumerate(places)
    ]
    return s.take("a short meeting", _rule(s, least, after), band(s.place), goes + 30, parts=parts)
