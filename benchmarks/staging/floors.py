"""Staged floors that must stay free: goods, vehicles, shutters, and what is only light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.staging import weather
from benchmarks.staging.parts import Part, drives, stands, walks
from benchmarks.staging.places import Place
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Due, Take
from benchmarks.staging.weather import Effect, When
from vision import Point, Zone

LEARN_S = 12.0
"""The floor is free for so long at first."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One use of the family: its ground, what may stand there, where a door is."""

    use: str
    left_m: float
    right_m: float
    near_m: float
    far_m: float
    goods: tuple[str, ...]

    def zone(self, place: Place) -> Zone:
        """The floor, as a zone."""
        left, right, near, far = self.left_m, self.right_m, self.near_m, self.far_m
        return place.zone("floor", [(left, far), (right, far), (right, near), (left, near)])

    def spot(self, s: Setting) -> Point:
        """Somewhere on it."""
        wide, deep = self.right_m - self.left_m, self.far_m - self.near_m
        return (
            self.left_m + float(s.rng.uniform(0.25, 0.75)) * wide,
            self.near_m + float(s.rng.uniform(0.2, 0.7)) * deep,
        )


GOODS = ("pallet", "carton", "pram", "drum", "tarpaulin")
EXIT = Watched("blocked-exit", -1.8, 1.8, 8.0, 14.5, (*GOODS, "bag"))
LANE = Watched("fire-lane", -2.2, 2.2, 7.5, 15.0, ("car", "truck", "pallet", "tarpaulin"))
HYDRANT = Watched("hidden-hydrant", -1.5, 1.5, 9.0, 13.0, GOODS)
STRIP = Watched("piling", -4.0, 4.0, 16.0, 28.0, ("heap", "tarpaulin", "container"))
USES = {one.use: one for one in (EXIT, LANE, HYDRANT, STRIP)}
DOOR_M = 15.75


def rule_of(s: Setting, use: str) -> tuple[dict[str, object], float]:
    """The rule with a time that a take can wait for."""
    after = float(s.rng.choice([10, 20, 30, 45]))
    rule: dict[str, object] = {"use": use, "id": use, "zone": "floor", "after": f"{after:g}s"}
    return rule, after


def _label(kind: str) -> str | None:
    return kind if kind in ("car", "truck") else None


def _bearer(s: Setting, spot: Point, at_s: float) -> Part:
    """Who puts it down: comes to the spot, stoops there, goes."""
    side = float(s.rng.choice([-1, 1]))
    far, beside = side * 7.0, spot[0] + side * 0.8
    path = (
        (at_s - 6, far, spot[1] - 0.5),
        (at_s - 1, beside, spot[1] - 0.3),
        (at_s + 1.5, beside, spot[1] - 0.3),
        (at_s + 7, far, spot[1] - 1.0),
    )
    return walks(s.seed + 3, path)


def _passers(s: Setting, until_s: float) -> list[Part]:
    """People who cross the floor now and then."""
    parts = []
    for k in range(int(s.rng.integers(0, 4))):
        begin, y = float(s.rng.uniform(0, until_s - 8)), float(s.rng.uniform(8.5, 14))
        side = float(s.rng.choice([-1, 1]))
        parts.append(walks(s.seed + 10 + k, ((begin, -side * 7, y), (begin + 11, side * 7, y))))
    return parts


def blocks(watched: Watched) -> Callable[[Setting], Take]:
    """Something is put down, or drives there, and stays."""

    def stage(s: Setting) -> Take:
        rule, after = rule_of(s, watched.use)
        kind, spot = str(s.rng.choice(list(watched.goods))), watched.spot(s)
        put_s = LEARN_S + float(s.rng.uniform(3, 10))
        until = put_s + after + 28
        if _label(kind):
            # A lorry is as wide as what it leaves free; it stands in the middle.
            at, side = (0.0, spot[1]), float(s.rng.choice([-1, 1]))
            path = ((put_s - 4, side * 12.0, at[1]), (put_s, *at), (1e6, *at))
            parts = [drives(kind, kind, s.seed, path)]
        else:
            turn = float(s.rng.uniform(0, 360))
            parts = [
                stands(None, kind, s.seed, spot, turn_deg=turn, since_s=put_s),
                _bearer(s, spot, put_s),
            ]
        due = Due(watched.use, put_s + after, until)
        parts += _passers(s, until)
        zone = watched.zone(s.place)
        return s.take(f"{kind} stands there", rule, zone, until, (due,), parts=parts)

    return stage


def shutter_down(s: Setting) -> Take:
    """The shutter before the door comes down."""
    rule, after = rule_of(s, "shutter-down")
    down_s = LEARN_S + float(s.rng.uniform(3, 10))
    until = down_s + after + 28
    parts = [stands(None, "shutter", s.seed, (0.0, DOOR_M), since_s=down_s), *_passers(s, until)]
    due = Due("shutter-down", down_s + after, until)
    return s.take("shutter comes down", rule, door(s.place), until, (due,), parts=parts)


def door(place: Place) -> Zone:
    """The doorway, upright, as far as the picture shows it."""
    x1, y1, x2, y2 = place.box_px(0.0, DOOR_M, 2.9, 2.3)
    y1 = max(0.0, y1)
    return Zone("floor", ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), place.size_px)


def free(watched: Watched | None) -> Callable[[Setting], Take]:
    """Nothing stays: people, goods and lorries for too short a time, light, shadow."""

    def stage(s: Setting) -> Take:
        rule, after = rule_of(s, "shutter-down" if watched is None else watched.use)
        zone = door(s.place) if watched is None else watched.zone(s.place)
        area = watched or EXIT
        until = LEARN_S + after + 45
        how = str(s.rng.choice(["people", "short", "person", "light", "shadow", "lamp"]))
        parts = _passers(s, until)
        effects: tuple[Effect, ...] = ()
        if how == "short":
            stays = float(s.rng.uniform(0.3, 0.75)) * after
            spot = area.spot(s)
            parts += [
                stands(None, "pallet", s.seed, spot, since_s=LEARN_S, until_s=LEARN_S + stays),
                _bearer(s, spot, LEARN_S),
                _bearer(s, spot, LEARN_S + stays),
            ]
        elif how == "person":
            x, y = area.spot(s)
            stop = LEARN_S + 4
            parts.append(
                walks(
                    s.seed, ((stop - 5, -7.0, y), (stop, x, y), (until - 8, x, y), (until, 7.0, y))
                )
            )
        elif how != "people":
            effects = (_light(s, area, how),)
        changes = (*s.effects(), *effects)
        return s.take(f"free floor: {how}", rule, zone, until, parts=parts, effects=changes)

    return stage


def _light(s: Setting, area: Watched, how: str) -> Effect:
    """A change of all light, a shadow that stays, or a lamp's spot."""
    since = LEARN_S + 2
    if how == "light":
        factor = float(s.rng.choice([0.4, 0.6, 1.5]))
        return weather.only(When(since), weather.light(lambda t: factor))
    x, y = area.spot(s)
    corners = [
        s.place.px(x + dx, y + dy) for dx, dy in ((-1, -1), (1, -1), (1.4, 1.2), (-0.6, 1.2))
    ]
    shape = weather.polygon(corners, s.place.size_px, float(s.rng.uniform(0.8, 4.0)))
    factor = float(s.rng.choice([0.5, 0.7] if how == "shadow" else [1.3, 1.5]))
    return weather.patch(shape, lambda t: 1.0 if t < since else factor)
