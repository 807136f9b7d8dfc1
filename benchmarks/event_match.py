"""Which alarm belongs to which event: at most one to one, as many as possible (vision.md G.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What should have fired, by (camera, rule, zone), in seconds of the recording."""

    key: tuple[str, str, str]
    start_s: float
    end_s: float
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """What fired."""

    key: tuple[str, str, str]
    time_s: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The alarms of one key: `delays_s` of those that hit, and how many were what else."""

    events: int
    delays_s: tuple[float, ...]
    false: int
    repeats: int
    ignored: int


def judge(
    events: Sequence[Event],
    alarms: Sequence[Alarm],
    ignored: Sequence[Event],
    *,
    early_s: float,
    tolerance_s: float,
) -> Judged:
    """Match alarms with events of the same key.

    A further alarm while a matched event lasts is a repeat; one in a stretch to be ignored is
    ignored; any other is false.
    """
    events = sorted(events, key=lambda event: event.start_s)
    alarms = sorted(alarms, key=lambda alarm: alarm.time_s)
    until_s = [event.start_s + tolerance_s for event in events]
    windows = [
        [j for j, a in enumerate(alarms) if event.start_s - early_s <= a.time_s <= end_s]
        for event, end_s in zip(events, until_s, strict=True)
    ]
    hits = _earliest(_most(windows, until_s), windows, events, alarms)
    taken, repeats, swallowed, false = set(hits.values()), 0, 0, 0
    for j, alarm in enumerate(alarms):
        if j in taken:
            continue
        if any(_swallows(stretch, alarm) for stretch in ignored):
            swallowed += 1
        elif any(
            events[i].start_s - early_s <= alarm.time_s <= max(events[i].end_s, until_s[i])
            for i in hits
        ):
            repeats += 1
        else:
            false += 1
    delays = tuple(alarms[j].time_s - events[i].start_s for i, j in sorted(hits.items()))
    return Judged(len(events), delays, false, repeats, swallowed)


def _most(windows: Sequence[Sequence[int]], until_s: Sequence[float]) -> dict[int, int]:
    """A largest matching, event → alarm, by augmenting paths."""
    owner: dict[int, int] = {}

    def find(event: int, tried: set[int]) -> bool:
        for alarm in windows[event]:
            if alarm in tried:
                continue
            tried.add(alarm)
            if alarm not in owner or find(owner[alarm], tried):
                owner[alarm] = event
                return True
        return False

    for event in sorted(range(len(windows)), key=lambda i: until_s[i]):
        find(event, set())
    return {event: alarm for alarm, event in owner.items()}


def _earliest(
    hits: dict[int, int],
    windows: Sequence[Sequence[int]],
    events: Sequence[Event],
    alarms: Sequence[Alarm],
) -> dict[int, int]:
    """The same events, each with the earliest alarm of its window that nobody else has."""
    for event in sorted(hits, key=lambda i: events[i].start_s):
        taken = set(hits.values())
        free = (j for j in windows[event] if j not in taken)
        first = next(free, None)
        if first is not None and alarms[first].time_s < alarms[hits[event]].time_s:
            hits[event] = first
    return hits


def _swallows(stretch: Event, alarm: Alarm) -> bool:
    _, rule, zone = stretch.key
    return (
        rule in ("*", "", alarm.key[1])
        and zone in ("*", "", alarm.key[2])
        and stretch.start_s <= alarm.time_s <= stretch.end_s
    )
