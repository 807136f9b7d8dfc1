"""Staged machines and vehicles: works, standing vehicles, approach, repeated passes, dwell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmarks.staging.parts import Part, carried, digs, drives, stands, walks
from benchmarks.staging.places import Place
from benchmarks.staging.setting import Setting
from benchmarks.staging.take import Due, Take
from vision import Point, Zone

Case = Callable[[Setting], Take]
BAND_M = (-7.0, 7.0, 15.0, 34.0)
"""The watched ground: left, right, near, far."""
KNOWN_S = 1.5
"""A track, and how fast it goes, is known after about so long."""
HALF_M = 3.0
"""Half of a machine's length: it shows before its middle does."""


def band(place: Place) -> Zone:
    """The ground that the rules of machines watch."""
    left, right, near, far = BAND_M
    return place.zone("band", [(left, far), (right, far), (right, near), (left, near)])


def inside(s: Setting) -> Point:
    """Somewhere well within the band."""
    return float(s.rng.uniform(-4.0, 4.0)), float(s.rng.uniform(18.0, 31.0))


def _take(
    s: Setting,
    story: str,
    rule: dict[str, object],
    parts: list[Part],
    until_s: float,
    *due: Due,
    zone: Zone | None = None,
) -> Take:
    """At any rate; some cameras are not calibrated."""
    take = s.take(story, rule, zone or band(s.place), until_s, due, parts=parts, most_fps=s.fps)
    return replace(take, is_calibrated=bool(s.rng.random() < 0.7))


def _works_rule(s: Setting) -> tuple[dict[str, object], float]:
    after = float(s.rng.choice([10, 15, 20, 30]))
    rule: dict[str, object] = {
        "use": "works",
        "id": "works",
        "zone": "band",
        "after": f"{after:g}s",
        "clear": "30s",
        "level": "red",
    }
    return rule, after


def works(s: Setting) -> Take:
    """A machine arrives or stands there, and works."""
    rule, after = _works_rule(s)
    kind = str(s.rng.choice(["excavator", "excavator", "excavator", "crane"]))
    label = "machine" if kind == "crane" else "excavator"
    x, y = inside(s)
    turn = float(s.rng.uniform(0, 360))
    if s.rng.random() < 0.5:
        path: tuple[tuple[float, float, float], ...] = ()
        begins = float(s.rng.uniform(4, 10))
    else:
        side = float(s.rng.choice([-1, 1]))
        arrives = float(s.rng.uniform(7, 12))
        path = ((0.5, x + side * 12.0, y + 1.0), (arrives, x, y))
        turn, begins = side * -90.0, arrives + float(s.rng.uniform(1, 6))
    until = begins + after + 24
    machine = digs(
        label,
        kind,
        s.seed,
        (x, y),
        begins_s=begins,
        ends_s=until,
        turn_deg=turn,
        period_s=float(s.rng.uniform(8, 16)),
        creep_m=float(s.rng.choice([0.0, 0.4])),
        path=path,
    )
    parts = [machine, *_extras(s, until)]
    due = Due("works", begins + after, until)
    return _take(s, f"{kind} works from {begins:.0f} s", rule, parts, until, due)


def _extras(s: Setting, until_s: float) -> list[Part]:
    """Now and then a person who walks past, or a lorry on the far side."""
    parts = []
    if s.rng.random() < 0.4:
        y, begin = float(s.rng.uniform(16, 30)), float(s.rng.uniform(0, until_s - 20))
        parts.append(walks(s.seed + 7, ((begin, -12.0, y), (begin + 20, 12.0, y + 2))))
    if s.rng.random() < 0.3:
        begin = float(s.rng.uniform(0, until_s - 8))
        parts.append(
            drives("truck", "truck", s.seed, ((begin, -30.0, 38.0), (begin + 7, 30.0, 38.0)))
        )
    return parts


def parked_machine(s: Setting) -> Take:
    """An excavator is parked; people walk about it."""
    rule, _ = _works_rule(s)
    x, y = inside(s)
    turn = float(s.rng.uniform(0, 360))
    parts = [stands("excavator", "excavator", s.seed, (x, y), turn_deg=turn)]
    for k in range(int(s.rng.integers(0, 3))):
        a, b = float(s.rng.uniform(2, 20)), float(s.rng.uniform(25, 50))
        way = (
            (a, x - 4, y - 1),
            (a + 5, x + 3, y - 1.5),
            (a + 10, x + 3, y + 1),
            (b + 10, x - 5, y),
        )
        parts.append(walks(s.seed + k, way))
    return _take(s, "parked excavator", rule, parts, 70.0)


def machine_passes(s: Setting) -> Take:
    """An excavator drives through, alone or on a low-loader, and may wait at a light."""
    rule, _ = _works_rule(s)
    y, speed = float(s.rng.uniform(19, 29)), float(s.rng.uniform(1.2, 5.0))
    side = float(s.rng.choice([-1, 1]))
    waits = float(s.rng.choice([0.0, 30.0])) if s.rng.random() < 0.5 else 0.0
    reach = 26.0
    half = reach / speed
    path = (
        (0.5, -side * reach, y),
        (0.5 + half, 0.0, y),
        (0.5 + half + waits + 0.01, 0.0, y),
        (0.5 + 2 * half + waits, side * reach, y),
    )
    if waits or s.rng.random() < 0.5:
        lorry = drives("truck", "low-loader", s.seed, path)
        load = drives("excavator", "excavator", s.seed, path)
        parts = [lorry, carried(load, lorry)]
    else:
        parts = [drives("excavator", "excavator", s.seed, path)]
    return _take(s, "excavator passes", rule, parts, path[-1][0] + 4)


def works_beside(s: Setting) -> Take:
    """An excavator works outside of the band."""
    rule, _ = _works_rule(s)
    side = float(s.rng.choice([-1, 1]))
    at = (side * float(s.rng.uniform(11.0, 13.0)), float(s.rng.uniform(24, 34)))
    machine = digs(
        "excavator",
        "excavator",
        s.seed,
        at,
        begins_s=3,
        ends_s=70,
        turn_deg=float(s.rng.uniform(0, 360)),
    )
    return _take(s, "excavator works outside", rule, [machine], 60.0)


def _stop_rule(s: Setting, use: str) -> tuple[dict[str, object], float]:
    after = float(s.rng.choice([10, 20, 30, 45]))
    rule: dict[str, object] = {
        "use": use,
        "id": use,
        "zone": "band",
        "after": f"{after:g}s",
        "clear": "15s",
        "level": "yellow",
    }
    return rule, after


def _stops(s: Setting, kind: str, stays_s: float) -> tuple[Part, float, float]:
    """A vehicle that drives in, stands and drives on; when it stands, and when it is gone."""
    x, y = inside(s)
    side, speed = float(s.rng.choice([-1, 1])), float(s.rng.uniform(3.0, 8.0))
    far = 24.0
    arrives = 1.0 + (far - side * x * -1) / speed
    leaves = arrives + stays_s
    path = ((1.0, side * -far, y), (arrives, x, y), (leaves, x, y), (leaves + 6, side * far, y))
    return drives(kind, kind, s.seed, path), arrives, leaves + 6


def stops(use: str) -> Case:
    """A vehicle stops in the band."""

    def stage(s: Setting) -> Take:
        rule, after = _stop_rule(s, use)
        kinds = ["truck", "truck", "bus"] + (["car", "car"] if use == "vehicle-stopped" else [])
        kind = str(s.rng.choice(kinds))
        vehicle, arrives, gone = _stops(s, kind, after + 16.0)
        due = Due(use, arrives + after, gone)
        return _take(s, f"{kind} stops", rule, [vehicle, *_extras(s, gone)], gone, due)

    return stage


def stops_shortly(use: str) -> Case:
    """A vehicle stops for less than the time, or a car stops where only heavy ones count."""

    def stage(s: Setting) -> Take:
        rule, after = _stop_rule(s, use)
        is_car = use == "heavy-vehicle-stopped" and s.rng.random() < 0.4
        kind, stays = (
            ("car", after + 20) if is_car else ("truck", float(s.rng.uniform(0.3, 0.8)) * after)
        )
        vehicle, _, gone = _stops(s, kind, stays)
        return _take(s, f"{kind} stops for {stays:.0f} s", rule, [vehicle], gone + 3)

    return stage


def queue(use: str) -> Case:
    """A queue creeps through: nobody stands for long, one is always there."""

    def stage(s: Setting) -> Take:
        rule, _ = _stop_rule(s, use)
        y, parts = float(s.rng.uniform(20, 28)), []
        for k in range(4):
            begin = 1.0 + 9 * k
            path = ((begin, -26.0, y), (begin + 26, 26.0, y))
            parts.append(drives("truck", "truck", s.seed + k, path))
        return _take(s, "a stream of lorries", rule, parts, 65.0)

    return stage


def _approach_rule(s: Setting) -> tuple[dict[str, object], float, float]:
    after, within = 3.0, float(s.rng.choice([20, 30, 60]))
    rule: dict[str, object] = {
        "use": "approach",
        "id": "approach",
        "zone": "picture",
        "towards": "band",
        "within": f"{within:g}s",
        "after": f"{after:g}s",
        "clear": "20s",
        "level": "orange",
        "classes": ["excavator", "machine"],
    }
    return rule, after, within


NARROW_M = (-2.5, 2.5, 15.0, 34.0)


def _narrow(place: Place) -> Zone:
    left, right, near, far = NARROW_M
    return place.zone("band", [(left, far), (right, far), (right, near), (left, near)])


def approaches(s: Setting) -> Take:
    """A machine drives towards the band."""
    rule, after, within = _approach_rule(s)
    y, side = float(s.rng.uniform(20, 30)), float(s.rng.choice([-1, 1]))
    start = min(s.place.half_width_m(y) + 2.0, 20.0)
    middle = NARROW_M[1]
    length = start - middle
    fastest = length / (KNOWN_S + after + 2.0)
    speed = float(s.rng.uniform(max(0.6, 1.3 * start / 40), min(3.0, fastest)))
    path = (
        (0.0, side * start, y),
        (length / speed, side * middle, y),
        (length / speed + 4, side * 0.5, y),
    )
    kind = str(s.rng.choice(["excavator", "excavator", "loader"]))
    label = "machine" if kind == "loader" else "excavator"
    visible = max(0.0, start - s.place.half_width_m(y) - HALF_M) / speed
    near = (length - speed * within) / speed
    starts = max(visible + KNOWN_S, near) + after
    arrives = length / speed
    due = Due("approach", starts, arrives)
    parts = [drives(label, kind, s.seed, path)]
    return _take(
        s,
        f"{kind} nears at {speed:.1f} m/s",
        rule,
        parts,
        path[-1][0] + 4,
        due,
        zone=_narrow(s.place),
    )


def leaves(s: Setting) -> Take:
    """A machine drives away from the band, or stands beside it, or works there."""
    rule, _, _ = _approach_rule(s)
    y, side = float(s.rng.uniform(20, 30)), float(s.rng.choice([-1, 1]))
    how = int(s.rng.integers(3))
    if how == 0:
        path = ((0.0, side * 4.0, y), (12.0, side * 18.0, y + 1))
        parts = [drives("excavator", "excavator", s.seed, path)]
    elif how == 1:
        parts = [stands("excavator", "excavator", s.seed, (side * 8.0, y), turn_deg=45)]
    else:
        parts = [
            digs(
                "excavator",
                "excavator",
                s.seed,
                (side * 8.5, y),
                begins_s=2,
                ends_s=50,
                turn_deg=float(s.rng.uniform(0, 360)),
                creep_m=0.3,
            )
        ]
    return _take(s, "machine does not come", rule, parts, 45.0, zone=_narrow(s.place))


def passes_by(s: Setting) -> Take:
    """A lorry nears the band (no machine), or a machine drives along it at a distance."""
    rule, _, _ = _approach_rule(s)
    if s.rng.random() < 0.5:
        path = ((0.0, 20.0, 25.0), (8.0, 0.0, 25.0), (15.0, -20.0, 25.0))
        parts = [drives("truck", "truck", s.seed, path)]
    else:
        side = float(s.rng.choice([-1, 1]))
        along = ((0.0, side * 10.0, 16.0), (18.0, side * 10.5, 40.0))
        parts = [drives("excavator", "excavator", s.seed, along)]
    return _take(s, "nobody nears that counts", rule, parts, 22.0, zone=_narrow(s.place))


def _passes_rule(s: Setting, count: int, within_s: float) -> dict[str, object]:
    return {
        "use": "repeated-passes",
        "id": "repeated-passes",
        "zone": "band",
        "limits": [{"count": count, "within": f"{within_s:g}s"}],
        "clear": "60s",
        "level": "yellow",
    }


def _convoy(
    s: Setting, count: int, apart_s: float, kind: str = "truck"
) -> tuple[list[Part], list[float]]:
    """Vehicles that pass one after the other, and when each enters the band."""
    parts, enters, begin = [], [], 1.0
    for k in range(count):
        speed, y = float(s.rng.uniform(4, 11)), float(s.rng.uniform(19, 30))
        side = float(s.rng.choice([-1, 1]))
        far = 26.0
        kind_k = str(s.rng.choice(["truck", "bus"])) if kind == "truck" else kind
        path = ((begin, -side * far, y), (begin + 2 * far / speed, side * far, y))
        parts.append(drives(kind_k, kind_k, s.seed + k, path))
        enters.append(begin + (far - BAND_M[1]) / speed)
        begin += 2 * far / speed + apart_s * float(s.rng.uniform(0.7, 1.3))
    return parts, enters


def passes(s: Setting) -> Take:
    """So many lorries pass within the time that the last is one too many."""
    count = int(s.rng.integers(3, 6))
    parts, enters = _convoy(s, count, float(s.rng.uniform(3, 12)))
    rule = _passes_rule(s, count, enters[-1] - enters[0] + 30)
    until = enters[-1] + 14
    due = Due("repeated-passes", enters[-1] + 0.5, until)
    return _take(s, f"{count} lorries pass", rule, parts, until, due)


def passes_seldom(s: Setting) -> Take:
    """One lorry less, or the same number over too long a time, or cars, or one that parks."""
    how = int(s.rng.integers(4))
    count = int(s.rng.integers(3, 6))
    if how == 0:
        parts, enters = _convoy(s, count - 1, 8.0)
        rule = _passes_rule(s, count, 600)
    elif how == 1:
        parts, enters = _convoy(s, count, 14.0)
        rule = _passes_rule(s, count, 0.75 * (enters[-1] - enters[0]))
    elif how == 2:
        parts, enters = _convoy(s, count + 1, 6.0, "car")
        rule = _passes_rule(s, count, 600)
    else:
        vehicle, _, gone = _stops(s, "truck", 40.0)
        parts, enters, rule = [vehicle], [gone], _passes_rule(s, 3, 600)
    return _take(s, "too few passes", rule, parts, enters[-1] + 12)


DWELLERS = {
    "machine-in-zone": "excavator",
    "vehicle-in-zone": "car",
    "person-in-zone": "person",
    "forklift-in-zone": "forklift",
}


def _dwell_rule(s: Setting, use: str) -> tuple[dict[str, object], float]:
    after = float(s.rng.choice([5, 8, 15, 30]))
    rule: dict[str, object] = {
        "use": use,
        "id": "dwell",
        "zone": "band",
        "after": f"{after:g}s",
        "clear": "10s",
        "level": "yellow",
    }
    return rule, after


def dwells(s: Setting) -> Take:
    """Something comes into the band and stays."""
    use = str(s.rng.choice(list(DWELLERS)))
    rule, after = _dwell_rule(s, use)
    part, enters, leaves_s = _comes(s, DWELLERS[use], after + 12)
    due = Due("dwell", enters + after, leaves_s)
    return _take(s, f"{use}: stays", rule, [part], leaves_s + 4, due)


def _comes(s: Setting, kind: str, stays_s: float) -> tuple[Part, float, float]:
    """Something that enters the band, stays and goes; when its foot enters and leaves it."""
    x, y = inside(s)
    side = float(s.rng.choice([-1, 1]))
    speed = float(s.rng.uniform(0.9, 1.5) if kind == "person" else s.rng.uniform(2, 5))
    edge, far = side * BAND_M[1], side * 13.0
    starts = 1.0
    enters = starts + abs(far - edge) / speed
    stands_at = starts + abs(far - x) / speed
    goes = max(enters + stays_s - abs(edge - x) / speed, stands_at + 0.2)
    path = (
        (starts, far, y),
        (stands_at, x, y),
        (goes, x, y),
        (goes + abs(far - x) / speed, far, y),
    )
    part = walks(s.seed, path) if kind == "person" else drives(kind, kind, s.seed, path)
    return part, enters, goes + abs(edge - x) / speed


def dwells_shortly(s: Setting) -> Take:
    """It stays too shortly, or something else stays."""
    use = str(s.rng.choice(list(DWELLERS)))
    rule, after = _dwell_rule(s, use)
    if s.rng.random() < 0.4:
        other = "person" if use != "person-in-zone" else "car"
        part, _, gone = _comes(s, other, after + 15)
    else:
        part, enters, gone = _comes(s, DWELLERS[use], 0.8 * (after + 10))
        # Who walks through may need longer than that.
        rule["after"] = f"{max(after + 10, (gone - enters) / 0.8):.1f}s"
    return _take(s, f"{use}: too short, or another", rule, [part], gone + 4)
