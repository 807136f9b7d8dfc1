"""The board of `api.activity` in the database: sightings, and who stands under whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import cos, radians

from sqlalchemy import Select, literal, select, text, tuple_
from sqlalchemy.orm import Session

from api.activity import GAP, M_PER_DEG, OPEN_AT_MOST, WITHIN_M, Case, Sighting, kind_of
from api.db.tables import Incident, SightingRow
from api.db.types import Utc
from events.record import Event

_LOCK = 0x63617365
_PLACED = frozenset({"homography", "sensor_position"})
"""Ways of placing that say where the thing is; a camera's own position does not."""


def lock(session: Session) -> None:
    """Hold before the first incident is touched: cases are placed by one writer at a time.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def lock_for(session: Session, event: Event) -> None:
    """`lock`, unless this event cannot bring its incident into any case, nor out of one."""
    known = select(SightingRow.incident_id).where(SightingRow.incident_id == event.incident_id)
    if event.place is not None or session.scalar(known) is not None:
        lock(session)


def row_of(incident: Incident, shown: Event) -> SightingRow | None:
    """How an incident is seen by the event that shows it; None if it may join no other."""
    preset = shown.rule.preset if shown.rule else None
    kind = kind_of(shown.label, preset.id if preset else None)
    place = shown.place
    if incident.split_at is not None or kind is None or place is None:
        return None
    ee, en, nn = place.cov_cm2
    if place.method not in _PLACED or min(ee, nn) < 0 or ee * nn < en * en:
        return None
    until = incident.ended_at or incident.opened_at + OPEN_AT_MOST
    return SightingRow(
        incident_id=incident.incident_id,
        kind=f"simulated/{kind}" if incident.simulated else kind,
        source=f"{incident.device_id}/{incident.camera_id}",
        lon_e7=place.lon_e7,
        lat_e7=place.lat_e7,
        ee_cm2=ee,
        en_cm2=en,
        nn_cm2=nn,
        since=incident.opened_at,
        until=max(incident.opened_at, until),
    )


def sighting_of(row: SightingRow) -> Sighting:
    """In degrees and metres."""
    return Sighting(
        incident_id=row.incident_id,
        kind=row.kind,
        source=row.source,
        lon=row.lon_e7 / 1e7,
        lat=row.lat_e7 / 1e7,
        cov_m2=(row.ee_cm2 / 1e4, row.en_cm2 / 1e4, row.nn_cm2 / 1e4),
        since=row.since,
        until=row.until,
    )


class SessionBoard:
    """See `api.activity.Board`; what is put is written in the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lead_of(self, incident_id: str) -> str | None:
        """See Board."""
        return self._session.get_one(Incident, incident_id).lead_id

    def put(self, incident_id: str, lead_id: str | None) -> None:
        """See Board."""
        self._session.get_one(Incident, incident_id).lead_id = lead_id

    def sighting(self, incident_id: str) -> Sighting | None:
        """See Board."""
        row = self._session.get(SightingRow, incident_id)
        return sighting_of(row) if row is not None else None

    def cases_before(self, new: Sighting) -> Sequence[Case]:
        """See Board."""
        key = tuple_(SightingRow.since, SightingRow.incident_id)
        rows = self._near(new).where(key < _order(new.order))
        leads = rows.join(Incident).where(Incident.lead_id.is_(None))
        met = [s for s in map(sighting_of, self._session.scalars(leads)) if new.meets(s)]
        return [Case(lead, self._sources(lead, new)) for lead in met]

    def met_after(self, one: Sighting, order: tuple[datetime, str]) -> Sequence[Sighting]:
        """See Board."""
        key = tuple_(SightingRow.since, SightingRow.incident_id)
        rows = self._session.scalars(self._near(one).where(key > _order(order)))
        return [s for s in map(sighting_of, rows) if one.meets(s)]

    def _sources(self, lead: Sighting, before: Sighting) -> frozenset[str]:
        key = tuple_(SightingRow.since, SightingRow.incident_id)
        members = (
            select(SightingRow.source)
            .join(Incident)
            .where(Incident.lead_id == lead.incident_id, key < _order(before.order))
        )
        return frozenset(self._session.scalars(members))

    def _near(self, one: Sighting) -> Select[SightingRow]:
        """A little more than can meet it: who does is decided on the ground."""
        by_lat = 1.01 * WITHIN_M / M_PER_DEG
        by_lon = by_lat / max(0.01, cos(radians(one.lat)))
        return select(SightingRow).where(
            SightingRow.kind == one.kind,
            SightingRow.lat_e7.between((one.lat - by_lat) * 1e7, (one.lat + by_lat) * 1e7),
            SightingRow.lon_e7.between((one.lon - by_lon) * 1e7, (one.lon + by_lon) * 1e7),
            SightingRow.since <= one.until + GAP,
            SightingRow.until >= one.since - GAP,
            SightingRow.source != one.source,
        )


def _order(order: tuple[datetime, str]) -> object:
    return tuple_(literal(order[0], Utc()), literal(order[1]))
