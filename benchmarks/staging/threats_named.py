"""Threats 38 to 54: what must be named otherwise."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np

from benchmarks.staging import weather
from benchmarks.staging.parts import Part, digs, drives, stands, walks
from benchmarks.staging.people import spots
from benchmarks.staging.plumes import Plume
from benchmarks.staging.take import Suspect, Take
from benchmarks.staging.threat_scenes import (
    FIELD,
    SIZE,
    SPOT,
    at_door,
    comes_and_goes,
    door,
    field,
    on_line,
    put,
    rule,
    seen_as,
)
from benchmarks.staging.threats import (
    SILENT,
    Expected,
    Heard,
    Threat,
    never,
    not_grave,
    once,
)
from benchmarks.staging.weather import Effect, When
from vision import Picture

EXIT = "blocked-exit"
MORNING_S = datetime.fromisoformat("2026-03-02T08:00:00+08:00").timestamp()


def _hard_shadow() -> Take:
    x, y = SPOT
    corners = [door().px(x + dx, y + dy) for dx, dy in ((-3, -1), (2, -1), (2.6, 1.5), (-3, 1.5))]
    shape = weather.polygon(corners, SIZE, 0.8)
    shade = weather.patch(shape, lambda t: 0.45 if t >= 15 else 1.0)
    rules = (rule(EXIT, 60),)
    return at_door(
        "hard shadow for 20 min (of hours)", 1215, rules=rules, effects=(shade,), fps=1.0
    )


def _parked() -> Take:
    x, y = FIELD
    path = ((0.0, -12.0, y), (10.0, x, y), (1e6, x, y))
    digger = drives("excavator", "excavator", 4, path)
    night = weather.only(When(300, 900), weather.infrared(2.0))
    rules = (rule("works", 10), rule("machine-in-zone", 20))
    story = "parked for 20 min (of a night)"
    return on_line(story, 1200, rules=rules, parts=(digger,), effects=(night,), fps=2.0)


def _walked_about() -> Take:
    x, y = FIELD
    way = [(5.0 + 6 * k, x + 3.5 * np.cos(k * 1.3), y - 1.5 * np.sin(k * 1.3)) for k in range(16)]
    parts = (
        stands("excavator", "excavator", 4, FIELD, turn_deg=45),
        walks(3, [(t, float(a), float(b)) for t, a, b in way]),
    )
    rules = (rule("works", 10),)
    return on_line("somebody about a parked one", 100, rules=rules, parts=parts)


def _hidden() -> Take:
    digger = digs("excavator", "excavator", 4, FIELD, begins_s=5, ends_s=140, turn_deg=60)
    y = FIELD[1] - 5
    path = ((38.0, -26.0, y), (44.0, 0.5, y), (74.0, 0.5, y), (80.0, 26.0, y))
    rules = (rule("works", 10, clear="60s"),)
    story = "hidden 44 to 74 s"
    return on_line(story, 140, rules=rules, parts=(digger, drives("bus", "bus", 3, path)))


def _swap() -> Take:
    def one(seed: int, side: float) -> Part:
        a, b = (side * 4.0, 23.0 + side), (-side * 4.0, 23.0 - side)
        first = digs("excavator", "excavator", seed, a, begins_s=3, ends_s=45, turn_deg=60)
        moves = drives("excavator", "excavator", seed, ((45.0, *a), (58.0, *b), (60.0, *b)))
        second = digs("excavator", "excavator", seed, b, begins_s=62, ends_s=110, turn_deg=-60)
        turns = ((45.0, first), (60.0, moves), (1e9, second))
        return Part("excavator", lambda t: next(part for until, part in turns if t <= until).at(t))

    parts = (one(4, -1.0), one(9, 1.0))
    return on_line("two swap places", 110, rules=(rule("works", 10),), parts=parts)


MERGED_S = 60.0


def _merged() -> Take:
    rng = np.random.default_rng(43)
    places = spots(rng, 8, FIELD, 1.3)
    people = [comes_and_goes(k, at, 8.0 + k, 200.0) for k, at in enumerate(places)]
    boxes = [field().box_px(*at, 0.6, 1.75) for at in places]
    x1, y1 = (min(box[k] for box in boxes) for k in (0, 1))
    x2, y2 = (max(box[k] for box in boxes) for k in (2, 3))
    apart = [_until(part, MERGED_S) for part in people]
    together = [seen_as(_since(part, MERGED_S), None) for part in people]
    blob = Suspect("person", (x1, y1, x2, y2), MERGED_S, surety=-0.1)
    rules = (rule("gathering", 20, at_least=5),)
    story = "eight people, one box from 60 s on"
    return on_line(story, 110, rules=rules, parts=(*apart, *together), suspects=(blob,))


def _until(part: Part, until_s: float) -> Part:
    return Part(part.label, lambda t: part.at(t) if t < until_s else None)


def _since(part: Part, since_s: float) -> Part:
    return Part(part.label, lambda t: part.at(t) if t >= since_s else None)


def _range_holds(heard: Heard) -> bool:
    """While eight people are one box, the count's upper end does not fall to one."""
    late = [crowd for at, crowd in heard.crowds if at > MERGED_S + 10]
    return bool(late) and min(crowd.high for crowd in late) >= 4


def _queue(count: int, goes_s: float) -> list[Part]:
    rng = np.random.default_rng(44)
    places = spots(rng, count, FIELD, 2.0)
    return [comes_and_goes(k, at, 6.0 + k, goes_s + k) for k, at in enumerate(places)]


def _shift() -> Take:
    held = {"from": "2026-03-02T07:50:00+08:00", "until": "2026-03-02T08:20:00+08:00"}
    rules = (rule("gathering", 20, at_least=5, suppress=[{**held, "reason": "shift change"}]),)
    return on_line("shift change, eight people", 90, rules=rules, parts=_queue(8, 75.0))


def _logged(heard: Heard) -> bool:
    return any("shift change" in why for _, _, why in heard.held) and not heard.opened()


def _slow_queue() -> Take:
    parts = []
    for k in range(12):
        begin, y = -20.0 + 5 * k, 22.0 + (k % 3) * 0.9
        stops = [(begin, -13.0, y)]
        for n in range(1, 9):
            t, x = begin + 9.0 * n, -13.0 + 3.2 * n
            stops += [(t - 4.0, x, y), (t, x, y)]
        parts.append(walks(k, stops))
    rules = (rule("gathering", 20, at_least=5),)
    return on_line("queue that moves on every 9 s", 120, rules=rules, parts=parts)


def _no_flip(heard: Heard) -> bool:
    return len(heard.opened()) <= 1 and len(heard.ended("gathering")) <= 1


def _stander() -> Take:
    man = comes_and_goes(4, SPOT, 15, 315)
    rules = (rule(EXIT, 60), rule("person-in-zone", 120))
    return at_door("somebody stands 5 min", 330, rules=rules, parts=(man,), fps=2.0)


def _sitter() -> Take:
    x, y = SPOT
    man = comes_and_goes(4, (x + 0.9, y), 14, 300)
    return at_door("sits beside goods", 70, parts=(put("carton", 15), man))


def _two_stops() -> Take:
    x, y = FIELD
    path = (
        (1.0, -24.0, y),
        (7.0, x, y),
        (57.0, x, y),
        (60.0, x + 2, y),
        (110.0, x + 2, y),
        (116.0, 24.0, y),
    )
    rules = (rule("vehicle-in-zone", 60), rule("heavy-vehicle-stopped", 60))
    lorry = drives("truck", "truck", 3, path)
    return on_line("50 s, 2 m on, 50 s", 125, rules=rules, parts=(lorry,))


def _vent() -> Take:
    k = field().px_per_m(FIELD[1])
    puffs = [
        Plume(field().px(*FIELD), 2 * k, 4 * k, "smoke", at, at + 12, 3.0, 0.7, 215, seed=1)
        for at in (20.0, 110.0, 200.0, 290.0)
    ]
    story = "steam for 12 s every 90 s (of 5 min)"
    return on_line(story, 330, plumes=tuple(puffs), fps=4.0)


def _fog() -> Take:
    fog = weather.fog(lambda t: 0.9 * min(1.0, max(0.0, t - 20) / 200))
    suspect = Suspect("smoke", field().box_px(*FIELD, 8, 6))
    return on_line("fog thickens to 90 %", 240, effects=(fog,), suspects=(suspect,), fps=2.0)


def _cover(texture: np.ndarray, share: float, over_s: float) -> Effect:
    """All ground slowly becomes `texture` (H, W, 3), to `share` of it."""

    def effect(picture: Picture, t: float) -> Picture:
        part = share * min(1.0, max(0.0, t - 15) / over_s)
        return np.asarray(cv2.addWeighted(picture, 1 - part, texture, part, 0), np.uint8)

    return effect


def _texture(level: float, spread: float, wave_px: float) -> np.ndarray:
    noise = np.random.default_rng(51).normal(size=SIZE[::-1]).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), wave_px)
    grey = np.clip(level + spread * smooth / smooth.std(), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _snow() -> Take:
    snow = _cover(_texture(225, 6, 6), 0.85, 10_800)
    rules = (rule(EXIT, 60),)
    return at_door("snow over 3 h", 11_000, rules=rules, effects=(snow,), fps=0.5)


def _leaves() -> Take:
    drift = _cover(_texture(110, 22, 2.5), 0.6, 10_800)
    rules = (rule(EXIT, 60),)
    story = "leaves over 3 h (of weeks)"
    return at_door(story, 11_000, rules=rules, effects=(drift,), fps=0.5)


def _blocked_at_first() -> Take:
    return at_door("pallet there from the start", 90, parts=(put("pallet", 0.0),))


def _removed() -> Take:
    return at_door("pallet of the reference goes", 150, parts=(put("pallet", 0.0, 30.0),))


def _doubts(heard: Heard) -> bool:
    """Somebody is told that the reference is in doubt, and why."""
    return any("stand" in why or "thing" in why or "stood" in why for why in heard.remarks)


THREATS = (
    Threat(38, "lorry's hard shadow for hours", _hard_shadow, not_grave()),
    Threat(
        39,
        "excavator parked overnight",
        _parked,
        once("machine-in-zone", 23.0) & never("works"),
    ),
    Threat(40, "person walks about a parked one", _walked_about, SILENT),
    Threat(41, "excavator hidden 30 s by a bus", _hidden, once("works", 15.0, 15.0)),
    Threat(
        42,
        "two excavators swap places",
        _swap,
        Expected("works at most twice", lambda heard: 1 <= len(heard.opened("works")) <= 2),
    ),
    Threat(
        43,
        "people merge to one box",
        _merged,
        Expected("count as a range, upper end 4 or more", _range_holds),
    ),
    Threat(
        44,
        "shift change by schedule",
        _shift,
        Expected("held back with the reason", _logged),
        utc_s=MORNING_S,
    ),
    Threat(45, "slow queue", _slow_queue, Expected("no flip-flop", _no_flip)),
    Threat(
        46,
        "person stands 5 min in the exit",
        _stander,
        once("person-in-zone", 132.0) & never(EXIT),
    ),
    Threat(47, "person sits beside goods", _sitter, once(EXIT, 35.0, 15.0)),
    Threat(
        48,
        "lorry 50 s, 2 m on, 50 s",
        _two_stops,
        Expected(
            "once, for rules per zone", lambda heard: len(heard.opened("vehicle-in-zone")) == 1
        ),
    ),
    Threat(49, "steam vent", _vent, not_grave()),
    Threat(50, "fog thickens", _fog, never("smoke") & never("works")),
    Threat(51, "snow over 3 h", _snow, not_grave()),
    Threat(
        52,
        "reference learned while blocked",
        _blocked_at_first,
        Expected("says that a thing stands out", _doubts),
    ),
    Threat(53, "an object of the reference is removed", _removed, not_grave()),
    Threat(54, "leaves, grass over weeks", _leaves, not_grave()),
)
