"""Threats 26 to 37: what must fire, and once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.parts import FOREVER_S, digs, drives, stands, walks
from benchmarks.staging.plumes import Plume
from benchmarks.staging.take import Take
from benchmarks.staging.threat_scenes import (
    FIELD,
    SPOT,
    at_door,
    comes_and_goes,
    crosses,
    door,
    field,
    like_the_floor,
    on_line,
    put,
    rule,
)
from benchmarks.staging.threats import Expected, Heard, Threat, once, stays
from benchmarks.staging.weather import When

EXIT = "blocked-exit"
AFTER_S = 20.0
PUT_S = 15.0
DUE_S = PUT_S + AFTER_S


def _digs() -> Take:
    machine = digs("excavator", "excavator", 4, FIELD, begins_s=10, ends_s=80, turn_deg=60)
    return on_line("excavator digs from 10 s", 70, parts=(machine,))


STEP_S, STEP_M = 40.0, 0.05
"""Five centimetres an hour become five in 40 seconds: the floor's ten minutes of following see
the same as much of it as a day would."""
LEFT_M, LIMIT_M = -1.8, 1.2


def _grown_s() -> float:
    """When less than the limit has been left of the way's 3.6 m for so long; a pallet is 1.2 m."""
    steps = (3.6 - LIMIT_M - 1.2) / STEP_M
    return PUT_S + steps * STEP_S + AFTER_S


def _grows() -> Take:
    steps = int((_grown_s() + 300 - PUT_S) / STEP_S)
    goods = [
        put("pallet", PUT_S + k * STEP_S, FOREVER_S, (LEFT_M + 0.6 + k * STEP_M, 10.0), seed=5)
        for k in range(steps)
    ]
    rules = (rule(EXIT, AFTER_S, width=LIMIT_M),)
    story = f"goods grow {STEP_M * 100:.0f} cm every {STEP_S:.0f} s (for an hour)"
    until_s = PUT_S + steps * STEP_S
    return at_door(story, until_s, rules=rules, parts=goods, fps=1.0, shade=0.1)


def _behind_a_man() -> Take:
    x, y = SPOT
    man = comes_and_goes(4, (x, y - 0.8), 18, 50)
    bag = stands(None, "bag", 2, SPOT, turn_deg=90, since_s=20)
    return at_door("bag behind a man until 50 s", 90, parts=(man, bag))


def _floor_coloured() -> Take:
    goods = like_the_floor(put("carton", PUT_S), SPOT, door())
    return at_door("carton in the floor's colour", 70, parts=(goods,))


def _in_fog() -> Take:
    fog = weather.fog(lambda t: 0.35 + 0.03 * float(np.sin(t / 6)))
    k = field().px_per_m(FIELD[1])
    smoke = Plume(field().px(*FIELD), 4 * k, 7 * k, "smoke", 15.0, grows_s=6, density=0.8, grey=90)
    return on_line("smoke in fog", 110, plumes=(smoke,), effects=(fog,))


def _infrared() -> Take:
    night = weather.only(When(60, 120), weather.infrared(2.0))
    return at_door(
        "infra-red from 60 to 120 s", 170, parts=(put("carton", PUT_S),), effects=(night,)
    )


def _stands() -> Take:
    x, y = FIELD
    path = ((1.0, -24.0, y), (7.0, x, y), (70.0, x, y))
    rules = (rule("heavy-vehicle-stopped", 30),)
    lorry = drives("truck", "truck", 3, path)
    return on_line("lorry stands from 7 s", 60, rules=rules, parts=(lorry,))


def _slow(take: Take) -> Iterable[tuple[float, float]]:
    """Two pictures a second, and two of five of them lost."""
    return ((t, t) for t in replace(take, fps=2.0, lost=0.4).times())


def _shakes() -> Take:
    shake = weather.shake(3.0)
    return at_door("shakes by 3 px", 70, parts=(put("carton", PUT_S),), effects=(shake,))


def _replaced() -> Take:
    parts = (
        put("pallet", PUT_S, 60.0, seed=1),
        put("pallet", 62.0, seed=5),
        comes_and_goes(4, (SPOT[0] + 0.9, SPOT[1]), 57, 64),
    )
    return at_door("pallet replaced at 60 s", 120, parts=parts)


def _moved_back() -> Take:
    parts = [put("carton", *span) for span in ((PUT_S, 60), (64, 90), (155, FOREVER_S))]
    return at_door("gone 60 to 64 s and 90 to 155 s", 200, parts=parts)


def _partly_hidden() -> Take:
    passers = [crosses(k, 16.0 + 4.0 * k, 9.8, (-1.0) ** k) for k in range(14)]
    return at_door("passers-by before it", 90, parts=(put("carton", PUT_S), *passers))


def _pram() -> Take:
    x, y = SPOT
    pram = drives(None, "pram", 2, ((13.0, -6.0, y), (18.0, x, y), (1e6, x, y)))
    man = walks(4, ((13.0, -6.7, y), (18.0, x - 0.7, y), (21.0, x - 0.7, y), (27.0, -7.0, y - 0.5)))
    return at_door("pram left behind", 80, parts=(pram, man))


def _twice(heard: Heard) -> bool:
    """The same event over four seconds; a new clock after a minute."""
    opened = [one.at_s for one in heard.opened(EXIT)]
    due = (DUE_S, 155 + AFTER_S)
    in_time = [-1 <= at - wanted <= 10 for at, wanted in zip(opened, due, strict=False)]
    return len(opened) == 2 and all(in_time) and len(heard.ended(EXIT)) == 1


OPEN = once(EXIT, DUE_S) & stays(EXIT)
THREATS = (
    Threat(26, "excavator digs by arm only", _digs, once("works", 20.0, 15.0)),
    Threat(
        27,
        "goods grow 5 cm an hour",
        _grows,
        once(EXIT, _grown_s(), 6 * STEP_S, early_s=4 * STEP_S) & stays(EXIT),
    ),
    Threat(28, "bag put down behind a standing man", _behind_a_man, once(EXIT, 70.0)),
    Threat(29, "goods of floor colour", _floor_coloured, once(EXIT, DUE_S)),
    Threat(30, "real smoke in fog", _in_fog, once("smoke", 30.0, 60.0)),
    Threat(31, "open, then IR switch", _infrared, OPEN),
    Threat(
        32,
        "40 % lost at 2 fps",
        _stands,
        once("heavy-vehicle-stopped", 38.0, 2.0),
        frames=_slow,
    ),
    Threat(33, "pole shakes ±3 px", _shakes, OPEN),
    Threat(34, "pallet replaced by another", _replaced, OPEN),
    Threat(
        35,
        "goods moved and back",
        _moved_back,
        Expected(f"{EXIT} once at 35 s over 4 s away, new clock after 65 s", _twice),
    ),
    Threat(36, "goods partly hidden by passers-by", _partly_hidden, once(EXIT, DUE_S, 15.0)),
    Threat(37, "pram left behind", _pram, once(EXIT, 18.0 + AFTER_S)),
)
