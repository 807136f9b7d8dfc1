"""One activity, one case: which incidents of different cameras show the same thing. Pure.

Incidents are taken in the order of their opening. Each joins the case of a lead that it meets (same
kind, other camera, one place within both errors, at one time), or leads a case of its own. It is
compared with leads only, never with their members, so that no chain of neighbours swallows a
corridor. What comes out hangs on the incidents alone, not on the order in which they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians, sqrt
from typing import Protocol

from events.rules.presets import PRESETS

WITHIN_M = 20.0
"""However large the errors: farther apart is another activity."""
CHI2_95 = 5.991
"""95 % of a chi-square distribution with two degrees of freedom."""
CALIBRATION_M2 = 1.0
"""How far two cameras' calibrations may disagree, beyond what each says of its own error."""
GAP = timedelta(seconds=60)
OPEN_AT_MOST = timedelta(hours=8)
"""For so long an incident whose end was never told counts as going on."""

M_PER_DEG = 111_320.0
_MACHINES = ("machine", "excavator", "crane", "bulldozer", "loader", "drill", "dump_truck")
_VEHICLES = ("vehicle", "car", "truck", "bus", "motorcycle", "bicycle", "forklift")
_KINDS: Mapping[str, str | None] = {
    **dict.fromkeys(_MACHINES, "works"),
    **dict.fromkeys(_VEHICLES, "vehicle"),
    **dict.fromkeys(("smoke", "fire"), "fire"),
    **dict.fromkeys(("parking", "passes"), "vehicle"),
    "camera": None,
}


def kind_of(label: str | None, preset_id: str | None) -> str | None:
    """What sort of activity it is: by its preset, else by its class; None never has company."""
    preset = PRESETS.get(preset_id or "")
    said = preset.activity if preset is not None else label
    return _KINDS.get(said, said) if said is not None else None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incident as one camera saw it. Degrees; covariance in m² (ee, en, nn)."""

    incident_id: str
    kind: str
    source: str
    lon: float
    lat: float
    cov_m2: tuple[float, float, float]
    since: datetime
    until: datetime

    @property
    def order(self) -> tuple[datetime, str]:
        """Who opened first leads."""
        return self.since, self.incident_id

    def gap(self, other: Sighting) -> timedelta:
        """Time between both; nothing where they overlap."""
        return max(timedelta(), self.since - other.until, other.since - self.until)

    def meets(self, other: Sighting) -> bool:
        """Whether both may be one activity, seen by two cameras."""
        if self.kind != other.kind or self.source == other.source or self.gap(other) > GAP:
            return False
        apart_m, allowed_m = apart(self, other)
        return apart_m <= allowed_m


def apart(one: Sighting, other: Sighting) -> tuple[float, float]:
    """Metres between both, and how many of them both errors allow in that direction (95 %)."""
    north = (other.lat - one.lat) * M_PER_DEG
    east = (other.lon - one.lon) * M_PER_DEG * cos(radians((one.lat + other.lat) / 2))
    ee, en, nn = (a + b for a, b in zip(one.cov_m2, other.cov_m2, strict=True))
    ee, nn = ee + CALIBRATION_M2, nn + CALIBRATION_M2
    squared = (nn * east * east - 2 * en * east * north + ee * north * north) / (ee * nn - en * en)
    apart_m = hypot(east, north)
    if squared <= 0:
        return apart_m, WITHIN_M
    return apart_m, min(WITHIN_M, apart_m * sqrt(CHI2_95 / squared))


@dataclass(frozen=True, slots=True)
class Case:
    """A lead, and the cameras that were in its case before the one that asks."""

    lead: Sighting
    sources: frozenset[str]


def lead_for(new: Sighting, cases: Iterable[Case]) -> str | None:
    """The lead that `new` joins: the nearest that it meets, measured by what the errors allow.

    A camera that is in a case already joins it again only while the lead still goes on: the next
    lorry at the same gate is another case.
    """
    met = [
        (_share(new, case.lead), case.lead.order)
        for case in cases
        if new.meets(case.lead)
        and (new.source not in case.sources or new.gap(case.lead) == timedelta())
    ]
    return min(met)[1][1] if met else None


def _share(one: Sighting, other: Sighting) -> float:
    apart_m, allowed_m = apart(one, other)
    return apart_m / allowed_m if apart_m else 0.0


def reason(lead: Sighting, member: Sighting) -> tuple[str, str]:
    """Why `member` is in the case of `lead`, in Chinese and English."""
    apart_m, allowed_m = apart(lead, member)
    gap_s = member.gap(lead).total_seconds()
    zh = "时间重叠" if gap_s == 0 else f"时间相隔 {gap_s:.0f} 秒"
    en = "at the same time" if gap_s == 0 else f"{gap_s:.0f} s apart in time"
    return (
        f"相距 {apart_m:.1f} m（两者误差允许 {allowed_m:.1f} m），{zh}",
        f"{apart_m:.1f} m apart (both errors allow {allowed_m:.1f} m), {en}",
    )


class Board(Protocol):
    """What is known of all sightings, and under which lead each stands now."""

    def lead_of(self, incident_id: str) -> str | None:
        """None for one that leads, or stands alone."""

    def put(self, incident_id: str, lead_id: str | None) -> None:
        """Place one under a lead, or let it lead."""

    def sighting(self, incident_id: str) -> Sighting | None:
        """As it is now; None once it is gone."""

    def cases_before(self, new: Sighting) -> Sequence[Case]:
        """Cases whose lead opened before `new` and meets it, with members before `new`."""

    def met_after(self, one: Sighting, order: tuple[datetime, str]) -> Sequence[Sighting]:
        """All that `one` meets and that opened after `order`."""


def settle(board: Board, old: Sighting | None, new: Sighting | None) -> list[str]:
    """One sighting came, changed or went: place it and all that hangs on it; who moved.

    Only what opened later can hang on it, so each is looked at once, in the order of opening.
    """
    waiting: dict[str, Sighting] = {}
    if old is not None:
        waiting |= _hang_on(board, old, {board.lead_of(old.incident_id)})
    moved: list[str] = []
    changed = new.incident_id if new is not None else None
    if new is not None:
        waiting[new.incident_id] = new
    elif old is not None and board.lead_of(old.incident_id) is not None:
        board.put(old.incident_id, None)
        moved.append(old.incident_id)
    while waiting:
        one = min(waiting.values(), key=lambda s: s.order)
        del waiting[one.incident_id]
        was, now = board.lead_of(one.incident_id), lead_for(one, board.cases_before(one))
        if was != now:
            board.put(one.incident_id, now)
            moved.append(one.incident_id)
        if was != now or one.incident_id == changed:
            waiting |= _hang_on(board, one, {was, now})
    return moved


def _hang_on(board: Board, one: Sighting, lead_ids: set[str | None]) -> dict[str, Sighting]:
    """What opened after `one` and may stand elsewhere now that `one` came to or left its lead."""
    leads = [board.sighting(lead_id) for lead_id in lead_ids if lead_id is not None]
    roots = [one, *(lead for lead in leads if lead is not None)]
    return {s.incident_id: s for root in roots for s in board.met_after(root, one.order)}
