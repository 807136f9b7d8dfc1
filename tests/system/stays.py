"""Truth written by eye against the incidents of the store."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system.world import seconds

SLACK_S = 1.0


@dataclass(frozen=True)
class Stay:
    """Somebody in a zone, seconds of the clip."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class Score:
    """How incidents fit the stays."""

    found: int
    stays: int
    false: int
    double: int

    @property
    def recall(self) -> float:
        """Share of stays with an incident."""
        return self.found / self.stays if self.stays else 1.0

    @property
    def precision(self) -> float:
        """Share of incidents that are a stay's first."""
        total = self.found + self.false + self.double
        return self.found / total if total else 1.0


def truth(data: Path, clip: str, kind: str) -> tuple[list[Stay], list[list[float]]]:
    """The stays of a kind of event in a clip, and their zone."""
    with (data / "videos" / "truth.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["clip"] == clip and r["event_kind"] == kind]
    stays = [Stay(float(r["start_s"]), float(r["end_s"])) for r in rows]
    return stays, json.loads(rows[0]["zone_polygon"])


def score(incidents: Sequence[Mapping[str, Any]], stays: Sequence[Stay], begin_s: float) -> Score:
    """Hold openings against stays; `begin_s` is the capture time of the clip's first frame."""
    hits = [0] * len(stays)
    false = 0
    for at_s in sorted(seconds(incident["opened_at"]) - begin_s for incident in incidents):
        fits = [i for i, s in enumerate(stays) if s.start_s - SLACK_S <= at_s <= s.end_s + SLACK_S]
        if not fits:
            false += 1
            continue
        free = [i for i in fits if not hits[i]]
        hits[(free or fits)[0]] += 1
    found = sum(1 for h in hits if h)
    return Score(found, len(stays), false, sum(hits) - found)
