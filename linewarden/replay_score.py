"""How well a replay did against truth that was written down by eye.

Truth is a CSV with the columns clip, event_kind, zone_polygon, start_s, end_s, note. Rows of a kind
`<what>_in_zone` say when something was in a zone; a rule ought to open once in each, between
`start_s + after` and `end_s`. Rows of kind `machine_working` say the same to rules about works, and
to them alone. Rows of kind `none` say that anything is false.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from events.rules import Doing, Rule
from linewarden.errors import CommandError

SLACK_S = 1.0
"""How exactly times are written down by eye."""
KINDS = {
    "person_in_zone": frozenset({"person"}),
    "vehicle_in_zone": frozenset({"car", "truck", "bus"}),
    "machine_in_zone": frozenset({"excavator", "machine"}),
    "forklift_in_zone": frozenset({"forklift"}),
    "machine_working": frozenset({"excavator", "machine"}),
}


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that truth saw in a zone, in seconds of the recording."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Opening:
    """An incident that a rule opened, in seconds of the recording."""

    rule: Rule
    at_s: float


@dataclass(frozen=True, slots=True)
class Score:
    """Openings against truth. `missed` and `false` are in seconds of the recording."""

    expected: int
    matched: int
    missed: tuple[float, ...]
    false: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Share of what should have opened that did; 1 where nothing should."""
        return 1.0 if not self.expected else 1 - len(self.missed) / self.expected

    @property
    def precision(self) -> float:
        """Share of what opened that should have; 1 where nothing opened."""
        opened = self.matched + len(self.false)
        return 1.0 if not opened else self.matched / opened

    def line(self) -> str:
        """The score in one line for a person."""
        return (
            f"recall {self.recall:.2f}, precision {self.precision:.2f}: {self.matched} matched, "
            f"missed at {_times(self.missed)}, false at {_times(self.false)}"
        )


def read_truth(file: Path, clip: str) -> tuple[Stay, ...]:
    """The stays in a clip, by its file name. Raises `CommandError` for truth that cannot be read,
    or that does not speak of the clip.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row.get("clip") == clip]
        stays = tuple(
            Stay(row["event_kind"], float(row["start_s"]), float(row["end_s"]))
            for row in rows
            if row["event_kind"] in KINDS
        )
    except (OSError, UnicodeError, KeyError, ValueError, TypeError) as error:
        raise CommandError(
            f"{file}: cannot be read as truth ({error})",
            "give a CSV with the columns clip, event_kind, start_s and end_s",
        ) from None
    if not rows:
        raise CommandError(f"{file}: says nothing about {clip}", "add rows, or leave --truth out")
    return stays


def score(rules: Sequence[Rule], openings: Sequence[Opening], stays: Sequence[Stay]) -> Score:
    """Match each opening with at most one stay of its kind, and each stay with one opening.

    A stay shorter than every rule's time, within what the eye can tell, may open but need not.
    """
    left = sorted((s for s in stays if _concerns(rules, s)), key=lambda s: (s.end_s, s.start_s))
    needed = [stay for stay in left if _must_open(rules, stay)]
    false: list[float] = []
    matched = 0
    for opening in sorted(openings, key=lambda o: o.at_s):
        stay = next((s for s in left if _fits(opening, s)), None)
        if stay is None:
            false.append(opening.at_s)
            continue
        left.remove(stay)
        matched += 1
    missed = tuple(stay.start_s for stay in needed if stay in left)
    return Score(len(needed), matched, missed, tuple(false))


def _concerns(rules: Sequence[Rule], stay: Stay) -> bool:
    return any(_is_about(rule, stay) for rule in rules)


def _is_about(rule: Rule, stay: Stay) -> bool:
    """Whether a rule ought to open for a stay: works for what works, others for what is there."""
    is_works = isinstance(rule, Doing) and rule.kinds == ("working",)
    same_matter = is_works == (stay.kind == "machine_working")
    return same_matter and bool(KINDS[stay.kind] & set(rule.classes))


def _must_open(rules: Sequence[Rule], stay: Stay) -> bool:
    concerned = [rule.after_s for rule in rules if _is_about(rule, stay)]
    slack_s = min(SLACK_S, 0.2 * (stay.end_s - stay.start_s))
    return stay.end_s - stay.start_s - slack_s >= min(concerned)


def _fits(opening: Opening, stay: Stay) -> bool:
    if not _is_about(opening.rule, stay):
        return False
    begin_s = stay.start_s + opening.rule.after_s - SLACK_S
    return begin_s <= opening.at_s <= stay.end_s + SLACK_S


def _times(times_s: Sequence[float]) -> str:
    return ", ".join(f"{t:.1f} s" for t in times_s) or "none"
