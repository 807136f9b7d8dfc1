"""Where threats are staged: before a factory door and over a pipeline, with their rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.staging import floors
from benchmarks.staging.machines import band
from benchmarks.staging.parts import FOREVER_S, Part, stands, walks
from benchmarks.staging.places import Place, floor, open_ground
from benchmarks.staging.sprites import Sprite, Stand
from benchmarks.staging.take import Take
from benchmarks.staging.threats import CAMERA
from vision import Point, Size, Zone

SIZE: Size = (480, 270)
SPOT: Point = (0.4, 10.5)
"""In the middle of the way to the door."""
FIELD: Point = (0.5, 24.0)
"""In the middle of the ground over the pipeline."""
WATCH = {"use": "camera-watch", "id": CAMERA, "after": "5s", "clear": "20s", "level": "blue"}
Rule = Mapping[str, Any]


def door() -> Place:
    """A paved yard before a factory door."""
    return floor(1, SIZE)


def field() -> Place:
    """Open ground over a pipeline."""
    return open_ground(0)


def rule(use: str, after_s: float, zone: str = "floor", **more: object) -> Rule:
    """A rule with its time, named as what it uses."""
    level = {"level": "yellow", "clear": "20s"} if use not in EXITS else {"clear": "6s"}
    return {"use": use, "id": use, "zone": zone, "after": f"{after_s:g}s", **level, **more}


EXITS = ("blocked-exit", "shutter-down", "piling")


def indoors(after_s: float = 20.0) -> tuple[Rule, ...]:
    """What watches a door: the way kept free, smoke, fire, people."""
    return (
        rule("blocked-exit", after_s),
        rule("smoke", 10),
        rule("fire", 3),
        rule("gathering", 20, at_least=4),
        WATCH,
    )


def outdoors(works_s: float = 10.0) -> tuple[Rule, ...]:
    """What watches the ground over a pipeline."""
    return (
        rule("works", works_s),
        rule("heavy-vehicle-stopped", 180),
        rule("smoke", 15),
        rule("fire", 5),
        WATCH,
    )


def at_door(
    story: str, until_s: float, *, rules: tuple[Rule, ...] | None = None, **more: Any
) -> Take:
    """A take before the door; `more` are fields of `Take`."""
    zone = floors.EXIT.zone(door())
    return _take(story, until_s, door(), zone, rules or indoors(), **{"seed": 3, **more})


def on_line(
    story: str, until_s: float, *, rules: tuple[Rule, ...] | None = None, **more: Any
) -> Take:
    """A take over the pipeline; `more` are fields of `Take`."""
    zone = replace(band(field()), id="floor")
    return _take(story, until_s, field(), zone, rules or outdoors(), **{"seed": 5, **more})


def _take(
    story: str,
    until_s: float,
    place: Place,
    zone: Zone,
    rules: tuple[Rule, ...],
    *,
    parts: Iterable[Part] = (),
    **more: Any,
) -> Take:
    known = {"fps": 4.0, "shade": 0.25, **more}
    return Take(story, story, place, rules, (zone,), until_s, tuple(parts), **known)


def put(
    kind: str, since_s: float, until_s: float = FOREVER_S, at_m: Point = SPOT, seed: int = 2
) -> Part:
    """Goods that stand there from a time on; whoever brought them is not shown."""
    return stands(None, kind, seed, at_m, since_s=since_s, until_s=until_s)


def crosses(seed: int, begin_s: float, y_m: float, side: float = 1.0, far_m: float = 7.0) -> Part:
    """Somebody who walks across."""
    return walks(
        seed, ((begin_s, -side * far_m, y_m), (begin_s + 2 * far_m / 1.3, side * far_m, y_m))
    )


def comes_and_goes(seed: int, at_m: Point, at_s: float, goes_s: float) -> Part:
    """Somebody who walks to a spot, stands there and walks off."""
    x, y = at_m
    return walks(seed, ((at_s - 5, x - 7, y), (at_s, x, y), (goes_s, x, y), (goes_s + 5, x + 7, y)))


def seen_as(part: Part, label: str | None, see_through: float = 0.0) -> Part:
    """The same under another name, or as a reflection that lets through what is behind."""

    def at(t: float) -> Stand | None:
        stand = part.at(t)
        return None if stand is None else replace(stand, see_through=see_through)

    return replace(part, label=label, at=at)


def like_the_floor(part: Part, at_m: Point, place: Place) -> Part:
    """The same thing in the colour of the floor that it stands on."""
    x, y = (round(v) for v in place.px(*at_m))
    tone = place.picture[y - 12 : y + 4, x - 12 : x + 12].reshape(-1, 3).mean(0)
    made: dict[int, Sprite] = {}

    def at(t: float) -> Stand | None:
        stand = part.at(t)
        if stand is None:
            return None
        key = id(stand.sprite)
        if key not in made:
            made[key] = _toned(stand.sprite, tone)
        return replace(stand, sprite=made[key])

    return replace(part, at=at)


def _toned(one: Sprite, tone: np.ndarray) -> Sprite:
    solid = one.alpha > 0.9
    factor = tone / np.maximum(one.bgr[solid].mean(0), 1.0)
    bgr = np.minimum(one.bgr * factor.astype(np.float32), 255 * one.alpha[..., None])
    return Sprite(np.asarray(bgr, np.float32), one.alpha, one.foot, one.px_per_m)
