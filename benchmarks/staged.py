"""Staged scenes with exact truth through the real composition, with a stand-in for the detector.

    python -m benchmarks.staged events --family works --count 200
    python -m benchmarks.staged days --days 30
    python -m benchmarks.staged show --family works --number 7
    python -m benchmarks.staged threats [--number 14] [--sheet]

`events` writes truth.csv, events.jsonl and durations.csv into `--out`, which `benchmarks.events`
scores, and prints its table. `days` runs ordinary life, one file a day, goes on with the days that
are not whole and prints the rate of alarms with its exact 95 % bound. `show` writes a contact
sheet of one take.
`threats` stages the list of threats one by one: what must happen, what came of it.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import cv2
import structlog

from benchmarks.events import score, table
from benchmarks.report import machine
from benchmarks.staging.days import DAY_S, Lived, day, keep, live, lived
from benchmarks.staging.families import FAMILIES, OF_THREE
from benchmarks.staging.sheet import contact_sheet
from benchmarks.staging.take import Take, said, truth_rows
from benchmarks.staging.threat_list import THREATS
from benchmarks.staging.threats import hear
from benchmarks.statistics import poisson_upper

OUT = Path("runs/staged")


def events(family: str, first: int, count: int, out: Path) -> None:
    """Stage so many events of a family, and half as many takes without one; print the score.

    `first`: the number of the first take, to score on takes that nobody has looked at.
    """
    numbers = range(first, first - (-count * OF_THREE // (OF_THREE - 1)))
    takes = (FAMILIES[family].take(family, number) for number in numbers)
    truth: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    lasted: list[dict[str, Any]] = []
    began = time.process_time()
    for take in takes:
        truth += truth_rows(take)
        alarms += said(take)
        lasted.append({"camera": take.name, "duration_s": take.until_s})
    folder = out / family
    write(folder, truth, alarms, lasted)
    scores = score([{**row} for row in truth], alarms)
    days = sum(row["duration_s"] for row in lasted) / 86_400
    took_s = time.process_time() - began
    print(f"{family}: {len(lasted)} takes, {took_s:.0f} s of processor, in {folder}")
    print(table(scores, days), flush=True)
    for line in wrong(truth, alarms):
        print(f"  {line}")


def wrong(truth: Sequence[Mapping[str, Any]], alarms: Sequence[Mapping[str, Any]]) -> list[str]:
    """The takes that did not go as they should, a line each."""
    lines = []
    names = dict.fromkeys(row["camera"] for row in (*truth, *alarms))
    for name in names:
        due = [r for r in truth if r["camera"] == name and not r["ignore"]]
        fired = [r for r in alarms if r["camera"] == name and r["kind"] == "opened"]
        found = score(due, fired).values()
        if any(one.false or one.hits < one.events or one.repeats for one in found):
            wanted = ", ".join(f"{row['start_s']:.1f}" for row in due) or "nothing"
            got = ", ".join(f"{row['time_s']:.1f} {row['label']}" for row in fired) or "nothing"
            lines.append(f"{name}: wanted {wanted}; fired {got}")
    return lines


def write(
    folder: Path,
    truth: list[dict[str, Any]],
    alarms: list[dict[str, Any]],
    lasted: list[dict[str, Any]],
) -> None:
    """The three lists, as `benchmarks.events` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("truth", truth), ("durations", lasted)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            if rows:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in alarms)
    (folder / "events.jsonl").write_text(lines, encoding="utf-8")


def days(first: int, count: int, folder: Path, minutes: float = inf) -> None:
    """Run the days that are not whole yet, and print what all of them say.

    What was lived is written down after every hour of a day, so that a run that is broken off
    counts; its day begins anew the next time. No further hour begins after `minutes` of processor.
    """
    whole = {one.name for one in lived(folder) if one.seconds >= DAY_S}
    ends_s = time.process_time() + 60 * minutes

    def hourly(one: Lived) -> bool:
        keep(one, folder)
        return time.process_time() < ends_s

    for number in range(first, first + count):
        take = day(number)
        if take.name in whole or time.process_time() >= ends_s:
            continue
        began = time.process_time()
        one = live(take, hourly=hourly)
        keep(one, folder)
        took_s = time.process_time() - began
        opened = [row for row in one.events if row["kind"] == "opened"]
        print(
            f"{one.name} ({take.story}): {one.seconds / 3600:.0f} h, "
            f"{one.looks} looks of {one.pictures} pictures, {len(opened)} alarms, {took_s:.0f} s",
            flush=True,
        )
    print(rates(lived(folder)))


def rates(all_days: Sequence[Lived]) -> str:
    """Alarms a camera-day, red and of any level, with the exact upper bound of what they prove."""
    told = [row for one in all_days for row in one.events if row["kind"] in ("opened", "raised")]
    whole = sum(one.seconds for one in all_days) / DAY_S
    opened = [row for row in told if row["kind"] == "opened"]
    red = [row for row in told if row["level"] == "red"]
    lines = [f"{whole:.2f} camera-days, {sum(one.looks for one in all_days)} looks"]
    for name, rows in (("red", red), ("any level", opened)):
        k = len(rows)
        lines.append(
            f"{name:<10} {k:>4} alarms, {k / whole:.3f} a day, "
            f"at most {poisson_upper(k) / whole:.3f} (95 %)"
        )
    for row in opened:
        lines.append(f"  {row['camera']} {row['time_s'] / 3600:.2f} h {row['rule']}: {row['why']}")
    return "\n".join(lines)


def show(take: Take, out: Path) -> None:
    """Write a contact sheet of a take, with boxes and what was said."""
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{take.name}.png"
    cv2.imwrite(str(file), contact_sheet(take))
    print(f"{take.name}: {take.story}; {file}")
    for due in take.due:
        print(f"  due {due.rule} at {due.start_s:.1f} s{' (ignored)' if due.ignore else ''}")
    for row in said(take):
        print(f"  {row['time_s']:7.1f} s {row['kind']} {row['level']} {row['rule']}: {row['why']}")


def threats(numbers: Sequence[int], out: Path, *, sheets: bool) -> bool:
    """Stage threats and print a line for each; whether all went as they must."""
    went = []
    print("| no. | threat | expected | got | ok |\n|---|---|---|---|---|")
    for one in THREATS:
        if numbers and one.number not in numbers:
            continue
        if one.stage is None or one.expected is None:
            print(f"| {one.number} | {one.words} | | held by `{one.held_by}` | test |")
            continue
        take = one.stage()
        heard = hear(one, take)
        went.append(one.expected.holds(heard))
        ok = "yes" if went[-1] else "**no**"
        row = (one.words, one.expected.words, heard.told(), ok)
        print(f"| {one.number} | {' | '.join(row)} |", flush=True)
        if sheets:
            show(replace(take, name=f"threat-{one.number:02d}"), out)
    print(f"{sum(went)} of {len(went)} as they must")
    return all(went)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT)
    commands = parser.add_subparsers(dest="command", required=True)
    staged = commands.add_parser("events", help="events of a family, scored")
    staged.add_argument("--family", choices=[*FAMILIES, "all"], required=True)
    staged.add_argument("--count", type=int, default=200)
    staged.add_argument("--first", type=int, default=0, help="number of the first take")
    ordinary = commands.add_parser("days", help="ordinary life")
    ordinary.add_argument("--days", type=int, default=30)
    ordinary.add_argument("--first", type=int, default=0)
    ordinary.add_argument("--minutes", type=float, default=inf, help="processor time for this run")
    shown = commands.add_parser("show", help="a contact sheet of one take")
    shown.add_argument("--family", choices=list(FAMILIES), required=True)
    shown.add_argument("--number", type=int, required=True)
    listed = commands.add_parser("threats", help="the list of threats, one by one")
    listed.add_argument("--number", type=int, nargs="*", default=[])
    listed.add_argument("--sheet", action="store_true", help="a contact sheet of each, too")
    given = parser.parse_args(argv)
    cv2.setNumThreads(1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if given.command == "show":
        show(FAMILIES[given.family].take(given.family, given.number), given.out)
        return 0
    print(machine("numpy", "opencv-python-headless"), flush=True)
    if given.command == "threats":
        return 0 if threats(given.number, given.out, sheets=given.sheet) else 1
    if given.command == "days":
        days(given.first, given.days, given.out / "days", given.minutes)
        return 0
    for family in FAMILIES if given.family == "all" else [given.family]:
        events(family, given.first, given.count, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
