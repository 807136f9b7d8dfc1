"""Staged smoke and fire, and what detectors take for them: fog, dust, lamps, sheets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.machines import band
from benchmarks.staging.parts import Part, between, drives, stands, walks
from benchmarks.staging.plumes import Plume
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Due, Suspect, Take
from vision import Box, Point


def rule_of(s: Setting, use: str) -> tuple[dict[str, object], float]:
    """The rule with a time that a take can wait for."""
    after = float(s.rng.choice([8, 12, 15]))
    rule: dict[str, object] = {
        "use": use,
        "id": use,
        "zone": "band",
        "after": f"{after:g}s",
        "clear": "30s",
        "level": "orange",
    }
    return rule, after


def plume(s: Setting, at_m: Point, use: str, since_s: float) -> Plume:
    """Smoke or flames at a place, of some size.

    Smoke of some 10 to 500 kW rises with 1 to 4 m/s some metres above its fire (McCaffrey 1979);
    fires of D metres puff 1.5 / sqrt(D) times a second (Cetegen and Ahmed 1993).
    """
    k = s.place.px_per_m(at_m[1])
    if use == "fire":
        high = float(s.rng.uniform(1.5, 3.5)) * k
        return Plume(
            s.place.px(*at_m),
            max(18.0, 0.8 * high),
            max(22.0, high),
            "fire",
            since_s,
            grows_s=5.0,
            density=1.0,
            rise_px=30.0,
            puffs_per_s=1.5 / (0.6 * high / k) ** 0.5,
            is_fire=True,
            seed=s.seed,
        )
    high = float(s.rng.uniform(3.5, 9.0)) * k
    grey = float(s.rng.choice([60, 110, 170, 200]))
    source_m = 0.2 * high / k
    return Plume(
        s.place.px(*at_m),
        float(s.rng.uniform(0.5, 0.9)) * high,
        high,
        "smoke",
        since_s,
        grows_s=float(s.rng.uniform(4, 10)),
        density=float(s.rng.uniform(0.55, 0.9)),
        grey=grey,
        rise_px=float(s.rng.uniform(1.0, 4.0)) * k,
        puffs_per_s=1.5 / source_m**0.5,
        seed=s.seed,
    )


def burns(use: str) -> Callable[[Setting], Take]:
    """Smoke or flames begin, and go on."""

    def stage(s: Setting) -> Take:
        rule, after = rule_of(s, use)
        at = float(s.rng.uniform(-4.5, 4.5)), float(s.rng.uniform(18, 31))
        since = float(s.rng.uniform(6, 14))
        until = since + after + 22
        due = Due(use, since + after, until)
        return s.take(
            f"{use} from {since:.0f} s",
            rule,
            band(s.place),
            until,
            (due,),
            plumes=(plume(s, at, use, since),),
            parts=_passer(s, until),
        )

    return stage


def _passer(s: Setting, until_s: float) -> tuple[Part, ...]:
    if s.rng.random() < 0.6:
        return ()
    begin, y = float(s.rng.uniform(0, until_s - 20)), float(s.rng.uniform(17, 30))
    return (walks(s.seed, ((begin, -12.0, y), (begin + 18, 12.0, y))),)


def seems(use: str) -> Callable[[Setting], Take]:
    """What a detector suspects and what is none."""

    def stage(s: Setting) -> Take:
        rule, _ = rule_of(s, use)
        kinds = ["still", "fog", "dust", "exhaust", "people"]
        kinds += ["beacon", "tarpaulin", "sun"] if use == "fire" else ["cloud", "lorry"]
        return _SEEMS[str(s.rng.choice(kinds))](s, rule, use)

    return stage


def _box_at(s: Setting, wide_m: float, high_m: float) -> tuple[Point, Box]:
    at = float(s.rng.uniform(-4, 4)), float(s.rng.uniform(18, 30))
    return at, s.place.box_px(*at, wide_m, high_m)


def _still(s: Setting, rule: dict[str, object], use: str) -> Take:
    """A grey wall, a bright sheet: suspected in most looks, and nothing moves."""
    _, box = _box_at(s, 2.5, 3.0)
    return s.take("suspected, still", rule, band(s.place), 60.0, suspects=(Suspect(use, box),))


def _fog(s: Setting, rule: dict[str, object], use: str) -> Take:
    _, box = _box_at(s, 8.0, 6.0)
    haze = weather.fog(lambda t: 0.25 + 0.3 * min(1.0, t / 60) + 0.04 * float(np.sin(t / 5)))
    return s.take(
        "fog thickens", rule, band(s.place), 70.0, suspects=(Suspect(use, box),), effects=(haze,)
    )


def _dust(s: Setting, rule: dict[str, object], use: str) -> Take:
    """Dust behind a lorry that drives through, a cloud for as long as it takes."""
    y, speed = float(s.rng.uniform(20, 28)), float(s.rng.uniform(4, 8))
    path = ((4.0, -22.0, y), (4.0 + 44 / speed, 22.0, y))

    def behind(t: float) -> Point | None:
        where = between(path, t - 0.6)
        return None if where is None else s.place.px(where[0] - 1.5, where[1])

    k = s.place.px_per_m(y)
    cloud = Plume(
        behind, 3.5 * k, 2.0 * k, use, density=0.6, grey=175, rise_px=10, seed=s.seed, grows_s=0.1
    )
    return s.take(
        "dust behind a lorry",
        rule,
        band(s.place),
        40.0,
        parts=(drives("truck", "truck", s.seed, path),),
        plumes=(cloud,),
    )


def _exhaust(s: Setting, rule: dict[str, object], use: str) -> Take:
    """A puff as a lorry starts."""
    at, _ = _box_at(s, 1, 1)
    k = s.place.px_per_m(at[1])
    puff = Plume(
        s.place.px(at[0] - 3, at[1]),
        1.6 * k,
        1.6 * k,
        use,
        12.0,
        12.0 + float(s.rng.uniform(2, 5)),
        1.0,
        0.55,
        90,
        seed=s.seed,
    )
    return s.take(
        "exhaust at starting",
        rule,
        band(s.place),
        50.0,
        parts=(stands("truck", "truck", s.seed, at, turn_deg=90),),
        plumes=(puff,),
    )


def _people(s: Setting, rule: dict[str, object], use: str) -> Take:
    """People walk before what is suspected."""
    (x, y), box = _box_at(s, 4.0, 2.0)
    ways = [((b, x - 5, y - 0.5), (b + 7, x + 5, y - 0.5)) for b in (3.0, 12.0, 20.0, 29.0, 40.0)]
    parts = tuple(walks(s.seed + k, way) for k, way in enumerate(ways))
    return s.take(
        "people before it", rule, band(s.place), 60.0, parts=parts, suspects=(Suspect(use, box),)
    )


def _cloud(s: Setting, rule: dict[str, object], use: str) -> Take:
    _, box = _box_at(s, 6.0, 4.0)
    sweep = weather.cloud(float(s.rng.uniform(20, 60)), 0.6, 400)
    return s.take(
        "cloud shadow", rule, band(s.place), 60.0, suspects=(Suspect(use, box),), effects=(sweep,)
    )


def _lorry(s: Setting, rule: dict[str, object], use: str) -> Take:
    """A grey lorry stands there and people pass."""
    at, box = _box_at(s, 7.0, 3.0)
    parts = (stands("truck", "truck", s.seed, at, turn_deg=90), *_passer(s, 60.0))
    return s.take(
        "grey lorry", rule, band(s.place), 60.0, parts=parts, suspects=(Suspect(use, box),)
    )


def _beacon(s: Setting, rule: dict[str, object], use: str) -> Take:
    """A beacon, or lamps that blink."""
    at, box = _box_at(s, 1.5, 1.5)
    x, y = s.place.px(*at)
    rate = float(s.rng.uniform(0.4, 1.1))

    def lamp(t: float) -> Point | None:
        return (x, y - 12) if (t * rate) % 1 < 0.5 else None

    glow = weather.headlights(lamp, 2.0, 12.0)
    return s.take(
        "beacon", rule, band(s.place), 60.0, suspects=(Suspect(use, box),), effects=(glow,)
    )


def _tarpaulin(s: Setting, rule: dict[str, object], use: str) -> Take:
    at, box = _box_at(s, 2.5, 2.0)
    sheet = stands(None, "tarpaulin", s.seed, at)
    return s.take(
        "tarpaulin",
        rule,
        band(s.place),
        60.0,
        parts=(sheet,),
        suspects=(Suspect(use, box),),
        effects=(weather.shake(1.5, s.seed),),
    )


def _sun(s: Setting, rule: dict[str, object], use: str) -> Take:
    """The low sun on the ground grows and reddens."""
    at, box = _box_at(s, 5.0, 3.0)
    x, y = s.place.px(*at)
    glow = weather.headlights(lambda t: (x, y - 20), 1.0, 90.0)
    level = weather.light(lambda t: 1.0 - 0.3 * min(1.0, t / 60))
    return s.take(
        "low sun", rule, band(s.place), 60.0, suspects=(Suspect(use, box),), effects=(glow, level)
    )


_SEEMS = {
    "still": _still,
    "fog": _fog,
    "dust": _dust,
    "exhaust": _exhaust,
    "people": _people,
    "cloud": _cloud,
    "lorry": _lorry,
    "beacon": _beacon,
    "tarpaulin": _tarpaulin,
    "sun": _sun,
}
