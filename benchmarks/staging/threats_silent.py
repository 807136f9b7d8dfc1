"""Threats 1 to 25: what must be silent. Clocks are short where that makes silence harder."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.parts import between, carried, digs, drives, stands, walks
from benchmarks.staging.plumes import Plume
from benchmarks.staging.take import Suspect, Take
from benchmarks.staging.threat_scenes import (
    FIELD,
    SIZE,
    SPOT,
    at_door,
    crosses,
    door,
    field,
    indoors,
    on_line,
    put,
    rule,
    seen_as,
)
from benchmarks.staging.threats import SILENT, Threat, once
from benchmarks.staging.weather import Effect, When
from vision import Picture, Point


def _spot_shape(wide_m: float = 1.0, soft_px: float = 3.0) -> np.ndarray:
    x, y = SPOT
    corners = [
        door().px(x + dx, y + dy)
        for dx, dy in ((-wide_m, -1), (wide_m, -1), (wide_m, 1), (-wide_m, 1))
    ]
    return weather.polygon(corners, SIZE, soft_px)


def _cloud() -> Take:
    sweep = weather.cloud(40, 0.55, 800, 40 * 15)
    return at_door("cloud's shadow for 20 s", 70, rules=indoors(10), effects=(sweep,))


def _tree() -> Take:
    spots = np.random.default_rng(4).normal(size=SIZE[::-1]).astype(np.float32)
    smooth = cv2.GaussianBlur(spots, (0, 0), 7)
    shape = np.clip(smooth / smooth.std(), 0, 1).astype(np.float32)
    sway = weather.only(When(15), weather.leaves(shape, 0.35))
    return at_door("tree's shadow in wind", 100, rules=indoors(10), effects=(sway,))


def _headlights() -> Take:
    def path(t: float) -> Point | None:
        where = between(((20, -60, 200), (24, 230, 200), (29, 240, 190), (33, 560, 200)), t)
        return where or between(((60, 560, 190), (66, -60, 190)), t)

    lights = (weather.infrared(2.0), weather.headlights(path, 1.5, 70))
    return at_door("headlights sweep and stop 5 s", 90, rules=indoors(10), effects=lights)


def _lamp() -> Take:
    lit = weather.patch(_spot_shape(), lambda t: 1.5 if 15 <= t < 615 else 1.0)
    return at_door("lamp spot for 10 min", 640, effects=(lit,), fps=2.0)


def _rain() -> Take:
    wet = weather.Wet(When(15), lambda t: float(np.interp(t, (15, 45), (0, 0.25))))
    streaks = weather.only(When(15), weather.rain(0.0015, 0.15))
    return at_door("rain, floor mirrors", 140, effects=(streaks, wet))


def _insects() -> Take:
    night = (weather.infrared(2.0), weather.insects(4))
    return at_door("insects on the lens by night", 120, rules=indoors(10), effects=night)


def _exposure() -> Take:
    steps = {20: 0.35, 50: 1.8, 80: 1.0}
    level = weather.light(lambda t: [1.0, *(f for at, f in steps.items() if t >= at)][-1])
    return at_door("exposure x0.35, then x1.8", 110, rules=indoors(10), effects=(level,))


def _lights_off() -> Take:
    level = weather.light(lambda t: 0.2 if 20 <= t < 320 else 1.0)
    return at_door("lights off for 5 min", 380, effects=(level,), fps=2.0)


def _sparks(x: float, y: float) -> Effect:
    """A glow and dots that fly from it, on for 5 s and off for 3."""

    def effect(picture: Picture, t: float) -> Picture:
        if t % 8 > 5:
            return picture
        picture = picture.copy()
        rng = weather.chance(t, 8)
        for dx, dy in rng.normal(0, 9, (25, 2)).tolist():
            cv2.circle(picture, (round(x + dx), round(y - abs(dy))), 1, (190, 230, 255), -1)
        cv2.circle(picture, (round(x), round(y)), int(rng.integers(3, 7)), (255, 255, 255), -1)
        return picture

    return effect


def _welding() -> Take:
    x, y = door().px(*SPOT)
    suspect = Suspect("fire", (x - 20, y - 28, x + 20, y + 6))
    return at_door(
        "welding for 80 s",
        80,
        parts=(stands("person", "person", 4, (SPOT[0] + 0.7, SPOT[1])),),
        effects=(_sparks(x, y),),
        suspects=(suspect,),
    )


def _box(wide_m: float, high_m: float) -> tuple[float, float, float, float]:
    return field().box_px(*FIELD, wide_m, high_m)


def _sun() -> Take:
    x, y = field().px(*FIELD)
    glow = weather.headlights(lambda t: (x + 0.3 * t, y - 20), 1.2, 110)
    dusk = weather.light(lambda t: 1 - 0.4 * min(1.0, t / 120))
    suspect = Suspect("fire", _box(6, 3))
    return on_line("low sun and flare", 120, effects=(glow, dusk), suspects=(suspect,))


def _beacon() -> Take:
    x, y = field().px(*FIELD)
    glow = weather.headlights(lambda t: (x, y - 30) if (t * 0.8) % 1 < 0.5 else None, 2.5, 12)
    lorry = stands("truck", "truck", 3, FIELD, turn_deg=90)
    sheet = stands(None, "tarpaulin", 1, (FIELD[0] - 4, FIELD[1] - 2))
    suspects = (Suspect("fire", _box(2, 2)), Suspect("fire", _box(5, 2.5)))
    parts = (lorry, sheet)
    return on_line("beacon, tarpaulin", 90, parts=parts, effects=(glow,), suspects=suspects)


def _dust() -> Take:
    y = FIELD[1]
    path = ((10.0, -22.0, y), (18.0, 22.0, y))
    k = field().px_per_m(y)

    def behind(t: float) -> Point | None:
        where = between(path, t - 0.6)
        return None if where is None else field().px(where[0] - 1.5, where[1])

    cloud = Plume(behind, 4 * k, 2.5 * k, "smoke", density=0.6, grey=175, rise_px=10, grows_s=0.1)
    return on_line(
        "dust behind a lorry", 60, parts=(drives("truck", "truck", 3, path),), plumes=(cloud,)
    )


def _exhaust() -> Take:
    k = field().px_per_m(FIELD[1])
    foot = field().px(FIELD[0] - 3, FIELD[1])
    puff = Plume(foot, 1.8 * k, 1.8 * k, "smoke", 15.0, 22.0, 1.0, 0.6, 90)
    lorry = stands("truck", "truck", 3, FIELD, turn_deg=90)
    return on_line("exhaust at starting", 60, parts=(lorry,), plumes=(puff,))


def _loader(waits_s: float) -> Take:
    y, ends = FIELD[1], 42 + waits_s
    path = ((2.0, -26.0, y), (22.0, 0.0, y), (22.0 + waits_s, 0.0, y), (ends, 26.0, y))
    lorry = drives("truck", "low-loader", 3, path)
    load = carried(drives("excavator", "excavator", 3, path), lorry)
    return on_line(f"low-loader, waits {waits_s:.0f} s", ends + 8, parts=(lorry, load))


def _covers() -> Take:
    path = ((5.0, -24.0, 13.5), (12.0, 0.0, 13.5), (90.0, 0.0, 13.5), (97.0, 24.0, 13.5))
    rules = (rule("vehicle-in-zone", 10), rule("heavy-vehicle-stopped", 20), rule("works", 10))
    return on_line("bus before the zone", 100, rules=rules, parts=(drives("bus", "bus", 3, path),))


def _arm() -> Take:
    crane = digs("machine", "crane", 3, (12.5, 22.0), begins_s=3, ends_s=90, turn_deg=-90)
    rules = (rule("works", 10), rule("machine-in-zone", 10))
    return on_line("crane's arm over the zone", 90, rules=rules, parts=(crane,))


def _lorry() -> Take:
    x, y = FIELD
    path = ((1.0, -24.0, y), (7.0, x, y), (57.0, x, y), (63.0, 24.0, y))
    rules = (rule("heavy-vehicle-stopped", 60), rule("vehicle-stopped", 60))
    return on_line("lorry 50 s", 80, rules=rules, parts=(drives("truck", "truck", 3, path),))


def _forklift() -> Take:
    x, y = SPOT
    path = ((13.0, -9.0, y), (17.0, x, y), (67.0, x, y), (71.0, 9.0, y))
    rules = (rule("blocked-exit", 60), rule("forklift-in-zone", 60))
    return at_door(
        "forklift 50 s", 90, rules=rules, parts=(drives("forklift", "forklift", 3, path),)
    )


def _curtain(t: float, columns: np.ndarray) -> np.ndarray:
    return np.asarray(2.5 * np.sin(1.7 * t + columns * 0.5), np.float32)


def _sways(picture: Picture, t: float) -> Picture:
    """The doorway's columns hang crooked, each otherwise, all the time."""
    x1, y1, x2, y2 = (round(v) for v in door().box_px(0, 15.75, 2.9, 2.3))
    y1 = max(0, y1)
    out = picture.copy()
    rows, columns = np.mgrid[y1:y2, x1:x2].astype(np.float32)
    out[y1:y2, x1:x2] = cv2.remap(
        picture, columns + _curtain(t, columns) * (rows - y1) / (y2 - y1), rows, cv2.INTER_LINEAR
    )
    return out


def _door() -> Take:
    opens = [put("shutter", at, at + 4, (0.0, 15.7)) for at in (25.0, 45.0, 70.0)]
    return at_door("curtain sways, door swings", 100, parts=opens, effects=(_sways,))


def _mirror() -> Take:
    ways = [((b, -1.2, 16.6), (b + 25, 1.2, 16.6)) for b in (10, 12, 14, 16, 18)]
    ghosts = [seen_as(walks(k, way), "person", 0.6) for k, way in enumerate(ways)]
    rules = (*indoors(10), rule("person-in-zone", 10))
    return at_door("people in a glass door", 70, rules=rules, parts=ghosts)


def _passers() -> Take:
    ways: Iterable[tuple[str, float, float]] = (
        ("animal", 20, 9.5),
        ("bicycle", 35, 11),
        ("pram", 50, 12),
    )
    parts = [drives(None, kind, 2, ((at, -7.0, y), (at + 8, 7.0, y + 0.5))) for kind, at, y in ways]
    pusher = crosses(5, 50.5, 11.6)
    return at_door("animal, bicycle, pram", 80, rules=indoors(10), parts=(*parts, pusher))


def _twice(take: Take) -> Iterable[tuple[float, float]]:
    """Each picture comes twice at one time, and again a little later."""
    for t in take.times():
        yield t, t
        yield t, t
        yield t, t + 0.05


def _stays() -> Take:
    path = ((5.0, -13.0, 24.0), (10.0, -7.0, 24.0), (16.0, 0.0, 24.0), (60.0, 0.0, 24.0))
    rules = (rule("person-in-zone", 20),)
    return on_line("somebody stays", 55, rules=rules, parts=(walks(3, path),))


def _edge() -> Take:
    path = ((0.0, 7.6, 22.0), (120.0, 7.6, 22.0))
    rules = (rule("person-in-zone", 8),)
    return on_line("stands on the zone's edge", 110, rules=rules, parts=(walks(3, path),))


def _stream() -> Take:
    rng = np.random.default_rng(25)
    parts = [
        crosses(k, at, float(rng.uniform(8.5, 14)), float(rng.choice([-1, 1])))
        for k, at in enumerate(rng.uniform(12, 880, 220).tolist())
    ]
    return at_door("people stream for 15 min", 900, parts=parts, fps=2.0)


THREATS = (
    Threat(1, "cloud shadow 20 s", _cloud, SILENT),
    Threat(2, "tree shadow in wind", _tree, SILENT),
    Threat(3, "headlights sweep the exit", _headlights, SILENT),
    Threat(4, "lamp spot on the floor 10 min", _lamp, SILENT),
    Threat(5, "rain streaks, mirroring floor", _rain, SILENT),
    Threat(6, "insects on the IR lens", _insects, SILENT),
    Threat(7, "exposure jumps", _exposure, SILENT),
    Threat(8, "lights off 5 min and on", _lights_off, SILENT),
    Threat(9, "welding sparks", _welding, SILENT),
    Threat(10, "low sun, flare", _sun, SILENT),
    Threat(11, "beacon, orange tarpaulin", _beacon, SILENT),
    Threat(12, "dust behind a lorry", _dust, SILENT),
    Threat(13, "exhaust at starting", _exhaust, SILENT),
    Threat(14, "low-loader carries an excavator", lambda: _loader(0.0), SILENT),
    Threat(15, "it waits 90 s at a light", lambda: _loader(90.0), SILENT),
    Threat(16, "large vehicle covers the zone", _covers, SILENT),
    Threat(17, "crane arm over the zone", _arm, SILENT),
    Threat(18, "lorry 50 s of 60 s", _lorry, SILENT),
    Threat(19, "forklift 50 s of 60 s", _forklift, SILENT),
    Threat(20, "strip curtain, door swings", _door, SILENT),
    Threat(21, "people in a glass door", _mirror, SILENT),
    Threat(22, "animal, bicycle, pram pass", _passers, SILENT),
    Threat(
        23,
        "duplicate frames, equal timestamps",
        _stays,
        once("person-in-zone", 30.0, 2.0),
        frames=_twice,
    ),
    Threat(24, "box jitter on the zone edge", _edge, SILENT),
    Threat(25, "people stream all day", _stream, SILENT),
)
