"""Folding events into incidents, so that the result does not hang on the order of arrival."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.db.tables import EventRow, Incident
from api.payload import event_of
from events.record import Event

_SETS_LEVEL = frozenset({"opened", "raised", "lowered"})


def fold(session: Session, row: EventRow, event: Event) -> Incident:
    """Take one new event of an incident into its row; makes the row with the first of them."""
    incident = session.get(Incident, event.incident_id)
    if incident is None:
        incident = _first(row, event)
        session.add(incident)
        session.flush()
    if event.kind == "opened":
        incident.opened_at = row.captured_at
    shown = session.get_one(EventRow, incident.shown_event_id)
    if _shows(row, event) < _shows(shown, event_of(shown)):
        incident.shown_event_id = row.event_id
        incident.camera_id = event.source_id or incident.camera_id
    if event.kind in _SETS_LEVEL and event.level is not None and row.seq > incident.level_seq:
        incident.level, incident.level_seq = event.level, row.seq
    if event.kind == "ended":
        incident.state, incident.ended_at = "ended", row.captured_at
    if event.kind == "clip" and _is_clip_of(session, incident, event):
        incident.clip_event_id = row.event_id
    return incident


def _shows(row: EventRow, event: Event) -> tuple[bool, bool, int]:
    """The least of an incident's events shows it: with a picture, else the one that opened it."""
    roles = {m.role for m in event.media} | {m.role for m in event.media_lost}
    return "snapshot" not in roles, event.kind != "opened", row.seq


def _is_clip_of(session: Session, incident: Incident, event: Event) -> bool:
    """Not of another camera that saw the same: its clip would stand beside this one's picture."""
    shown = event_of(session.get_one(EventRow, incident.shown_event_id))
    return shown.camera_id in (None, event.camera_id)


def _first(row: EventRow, event: Event) -> Incident:
    return Incident(
        incident_id=event.incident_id,
        device_id=row.device_id,
        camera_id=event.source_id,
        state="open",
        level=event.level,
        level_seq=row.seq if event.kind in _SETS_LEVEL else 0,
        simulated=event.simulated,
        shown_event_id=row.event_id,
        opened_at=row.captured_at,
        received_at=row.received_at,
    )
