"""Who takes part: things that stand, drive, walk or dig, each a function of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.staging.sprites import Stand, sprite

Stop = tuple[float, float, float]
"""Time in seconds, metres right and forward."""
Moves = Callable[[float], Stand | None]
FOREVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on the stage. `at(t)`: where and how it is, None while it is away.

    `label`: what a detector calls it, None for what it has no name for. `surety`: how much surer
    or less sure than usual it is of it.
    """

    label: str | None
    at: Moves
    surety: float = 0.0
    since_s: float = 0.0
    until_s: float = FOREVER_S
    """Outside of this it is not asked."""


def between(path: Sequence[Stop], t: float) -> tuple[float, float] | None:
    """Where a path is at a time; None before it begins and after it ends."""
    if not path[0][0] <= t <= path[-1][0]:
        return None
    times = [stop[0] for stop in path]
    x, y = (float(np.interp(t, times, [stop[k] for stop in path])) for k in (1, 2))
    return x, y


def heading_deg(path: Sequence[Stop], t: float) -> float:
    """Where a path leads at a time, clockwise from forward; where it stands, as it came."""
    facing = 90.0
    for before, after in pairwise(path):
        dx, dy = after[1] - before[1], after[2] - before[2]
        if np.hypot(dx, dy) > 0.05:
            facing = float(np.degrees(np.arctan2(dx, dy)))
        if t <= after[0]:
            break
    return facing


def stands(
    label: str | None,
    kind: str,
    seed: int,
    at_m: tuple[float, float],
    *,
    turn_deg: float = 0.0,
    since_s: float = 0.0,
    until_s: float = FOREVER_S,
    surety: float = 0.0,
) -> Part:
    """Something that stands there for a time."""
    stand = Stand(sprite(kind, seed, turn_deg), *at_m)
    there = (since_s, until_s)
    return Part(label, lambda t: stand if since_s <= t < until_s else None, surety, *there)


def drives(label: str | None, kind: str, seed: int, path: Sequence[Stop]) -> Part:
    """Something that follows a path; it turns where the path does."""

    def at(t: float) -> Stand | None:
        where = between(path, t)
        if where is None:
            return None
        return Stand(sprite(kind, seed, heading_deg(path, t)), *where)

    return Part(label, at, 0.0, path[0][0], path[-1][0])


def walks(seed: int, path: Sequence[Stop]) -> Part:
    """A person on a path: legs move while it leads on, and it never stands quite still."""
    way_m = [0.0]
    for (_, ax, ay), (_, bx, by) in pairwise(path):
        way_m.append(way_m[-1] + float(np.hypot(bx - ax, by - ay)))
    times = [stop[0] for stop in path]

    def at(t: float) -> Stand | None:
        where = between(path, t)
        if where is None:
            return None
        gone = float(np.interp(t, times, way_m))
        soon = float(np.interp(t + 0.1, times, way_m))
        phase = (round(gone / 1.4 * 8) % 8 + 0.5) / 8 if soon - gone > 0.01 else 0.0
        sway = 0.03 * np.sin(t * 0.9 + seed) if phase == 0 else 0.0
        turn = heading_deg(path, t)
        return Stand(sprite("person", seed, turn, phase), where[0] + float(sway), where[1])

    return Part("person", at, 0.0, path[0][0], path[-1][0])


def digs(
    label: str,
    kind: str,
    seed: int,
    at_m: tuple[float, float],
    *,
    begins_s: float,
    ends_s: float,
    turn_deg: float,
    period_s: float = 12.0,
    creep_m: float = 0.0,
    path: Sequence[Stop] = (),
) -> Part:
    """A machine that stands at a place and works from `begins_s` to `ends_s`.

    With `path` it drives there first. `creep_m`: how far it moves to and fro as it works.
    """

    def at(t: float) -> Stand | None:
        if path and t < path[-1][0]:
            where = between(path, t)
            return None if where is None else Stand(sprite(kind, seed, turn_deg, 0.0), *where)
        worked_s = min(max(t, begins_s), ends_s) - begins_s
        phase = round(worked_s / period_s * POSES) % POSES / POSES
        x = at_m[0] + creep_m * float(np.sin(worked_s / 9))
        return Stand(sprite(kind, seed, turn_deg, phase), x, at_m[1])

    return Part(label, at)


POSES = 24
"""So many pictures show one turn of a machine's work."""


def carried(machine: Part, by: Part) -> Part:
    """A machine on a lorry: where the lorry is."""

    def at(t: float) -> Stand | None:
        lorry, load = by.at(t), machine.at(t)
        if lorry is None or load is None:
            return None
        return Stand(load.sprite, lorry.x_m, lorry.y_m - 0.05)

    return Part(machine.label, at)
