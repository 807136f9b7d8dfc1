"""Scores lists of events against truth in the i-LIDS manner (vision.md G.7).

    python -m benchmarks.events truth.csv events.jsonl --durations durations.csv

Truth is a CSV: camera (or clip), rule, zone, start_s, end_s [, ignore]; `start_s` is when the rule
should fire. Events are JSON lines as `linewarden replay --json` writes them, or a CSV with camera,
rule, zone, time_s; of lines with a `kind`, `opened` counts. Durations list every clip that was run,
the silent ones too: camera, duration_s.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.event_match import Alarm, Event, Judged, judge
from benchmarks.statistics import f_alpha, poisson_upper, quantile, wilson

ALPHAS = (0.5, 1.0, 2.0)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """When an alarm is a hit: from `early_s` before the start to `tolerance_s` after it."""

    early_s: float = 1.0
    tolerance_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one rule or of all, and the delays of the hits in seconds."""

    events: int
    hits: int
    false: int
    repeats: int
    ignored: int
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float | None:
        """Share of events that were hit; None without events."""
        return self.hits / self.events if self.events else None

    @property
    def precision(self) -> float | None:
        """Share of alarms that were hits, repeats not counted; None without alarms."""
        said = self.hits + self.false
        return self.hits / said if said else None

    def f(self, alpha: float) -> float | None:
        """F at recall weight `alpha`; None without events, 0 where nothing was said."""
        if self.recall is None or self.precision is None:
            return 0.0 if self.events else None
        return f_alpha(self.recall, self.precision, alpha)

    def __add__(self, other: Score) -> Score:
        return Score(
            self.events + other.events,
            self.hits + other.hits,
            self.false + other.false,
            self.repeats + other.repeats,
            self.ignored + other.ignored,
            self.delays_s + other.delays_s,
        )


NOTHING = Score(0, 0, 0, 0, 0, ())


def score(
    truth: Sequence[Mapping[str, Any]],
    alarms: Sequence[Mapping[str, Any]],
    window: Window = Window(),
) -> dict[str, Score]:
    """The score of each rule, by name, from rows of the two files. Raises ValueError for a row
    with a time that is none.
    """
    events: dict[Key, list[Event]] = {}
    ignored: dict[str, list[Event]] = {}
    said: dict[Key, list[Alarm]] = {}
    for row in truth:
        event = _event(row)
        if event.ignore:
            ignored.setdefault(event.key[0], []).append(event)
        else:
            events.setdefault(event.key, []).append(event)
    for row in alarms:
        if row.get("kind", "opened") == "opened":
            said.setdefault(_key(row), []).append(Alarm(_key(row), _time(row, "time_s")))
    scores: dict[str, Score] = {}
    for key in sorted(set(events) | set(said)):
        judged = judge(
            events.get(key, []),
            said.get(key, []),
            ignored.get(key[0], []),
            early_s=window.early_s,
            tolerance_s=window.tolerance_s,
        )
        scores[key[1]] = scores.get(key[1], NOTHING) + _score(judged)
    return scores


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Rows of a CSV (lines that begin with # are left out) or of JSON lines."""
    text = file.read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and lines[0].lstrip().startswith("{"):
        return [json.loads(line) for line in lines]
    return list(csv.DictReader(lines))


def table(scores: Mapping[str, Score], camera_days: float | None) -> str:
    """The table that is printed: a line a rule, and one for all."""
    head = (
        f"{'rule':<24} {'events':>6} {'hits':>5} {'false':>5} {'repeat':>6}  "
        f"{'recall [95 %]':<20} {'precision [95 %]':<20} "
        + " ".join(f"{f'F@{alpha:g}':>5}" for alpha in ALPHAS)
        + f" {'delay50':>8} {'delay95':>8} {'false/d':>8} {'upper95':>8}"
    )
    everything = sum(scores.values(), NOTHING)
    rows = [_row(name, one, camera_days) for name, one in [*scores.items(), ("all", everything)]]
    return "\n".join([head, *rows])


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 where an event was missed or an alarm false."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("truth", type=Path)
    parser.add_argument("events", type=Path)
    parser.add_argument("--durations", type=Path, help="CSV: camera, duration_s of every clip")
    parser.add_argument("--early", type=float, default=1.0, metavar="S")
    parser.add_argument("--tol", type=float, default=10.0, metavar="S")
    given = parser.parse_args(argv)
    try:
        scores = score(
            read_rows(given.truth), read_rows(given.events), Window(given.early, given.tol)
        )
        lasted = read_rows(given.durations) if given.durations else []
        seconds = sum(_time(row, "duration_s") for row in lasted)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table(scores, seconds / 86_400 if seconds else None))
    return 1 if any(one.false or one.hits < one.events for one in scores.values()) else 0


def _key(row: Mapping[str, Any]) -> Key:
    camera = row.get("camera") or row.get("clip") or ""
    return (
        str(camera).strip(),
        str(row.get("rule") or "").strip(),
        str(row.get("zone") or "").strip(),
    )


def _event(row: Mapping[str, Any]) -> Event:
    key, start_s = _key(row), _time(row, "start_s")
    end_s = _time(row, "end_s") if row.get("end_s") not in (None, "") else start_s
    if end_s < start_s:
        raise ValueError(f"an event ends before it starts: {dict(row)}")
    stated = str(row.get("ignore") or "").strip().lower()
    return Event(key, start_s, end_s, ignore=stated in ("1", "true", "yes") or key[1] == "*")


def _time(row: Mapping[str, Any], name: str) -> float:
    try:
        value = float(row[name])
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"{name} is {row.get(name)!r} in {dict(row)}; seconds are wanted"
        ) from None
    if not abs(value) < float("inf"):
        raise ValueError(f"{name} is {value} in {dict(row)}; finite seconds are wanted")
    return value


def _score(judged: Judged) -> Score:
    return Score(
        judged.events,
        len(judged.delays_s),
        judged.false,
        judged.repeats,
        judged.ignored,
        judged.delays_s,
    )


def _row(name: str, one: Score, camera_days: float | None) -> str:
    recall = _share(one.hits, one.events)
    precision = _share(one.hits, one.hits + one.false)
    fs = " ".join(_number(one.f(alpha), ">5.3f") for alpha in ALPHAS)
    delays = [_number(quantile(one.delays_s, q), ">8.2f") for q in (0.5, 0.95)]
    rate = upper = None
    if camera_days:
        rate, upper = one.false / camera_days, poisson_upper(one.false) / camera_days
    return (
        f"{name[:24]:<24} {one.events:>6} {one.hits:>5} {one.false:>5} {one.repeats:>6}  "
        f"{recall:<20} {precision:<20} {fs} {delays[0]} {delays[1]} "
        f"{_number(rate, '>8.2f')} {_number(upper, '>8.2f')}"
    )


def _share(hits: int, of: int) -> str:
    if not of:
        return "-"
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} [{low:.3f}, {high:.3f}]"


def _number(value: float | None, form: str) -> str:
    width = int(form.lstrip(">").partition(".")[0])
    return f"{'-':>{width}}" if value is None else format(value, form)


if __name__ == "__main__":
    sys.exit(main())
