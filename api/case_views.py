"""Cases and verdicts as the interface shows them (docs/architecture.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.activity import Sighting, reason
from api.board import sighting_of
from api.cases import level_of
from api.clock import rfc3339
from api.db.tables import EventRow, Incident, SightingRow
from api.payload import event_of
from api.stale import Moment, show_stale
from events.record import Event


def show_cases(
    session: Session, incidents: Sequence[Incident], at: Moment | None
) -> dict[str, dict[str, Any]]:
    """The case of each incident that has company: its lead, its level, who is in it and why.

    With `at` also whether all of it that is open is stale.
    """
    own = {i.incident_id: i.lead_id or i.incident_id for i in incidents}
    groups = _groups(session, set(own.values()))
    members = [member for group in groups.values() for member in group]
    rows = session.scalars(
        select(SightingRow).where(SightingRow.incident_id.in_([m.incident_id for m in members]))
    )
    places = {row.incident_id: sighting_of(row) for row in rows}
    found = session.scalars(
        select(EventRow).where(EventRow.event_id.in_([m.shown_event_id for m in members]))
    )
    events = {row.event_id: event_of(row) for row in found}
    shown = {lead_id: _show(group, places, events) for lead_id, group in groups.items()}
    if at is not None:
        stale = show_stale(session, members, at)
        for lead_id, group in groups.items():
            still_open = [m.incident_id for m in group if m.state == "open"]
            shown[lead_id]["stale"] = bool(still_open) and stale.keys() >= set(still_open)
    return {incident_id: shown[lead] for incident_id, lead in own.items() if lead in shown}


def show_verdict(incident: Incident) -> dict[str, Any] | None:
    """Who found what, and when; `via`: the incident of the same case on which it was given."""
    if incident.verdict is None or incident.verdict_at is None:
        return None
    return {
        "verdict": incident.verdict,
        "reason": incident.verdict_reason,
        "note": incident.verdict_note,
        "by": incident.verdict_by,
        "at": rfc3339(incident.verdict_at),
        "made_at": rfc3339(incident.verdict_made_at) if incident.verdict_made_at else None,
        "via": incident.verdict_via,
    }


def _groups(session: Session, leads: set[str]) -> dict[str, list[Incident]]:
    """By lead, in the order of opening, so that the lead is first; those alone left out."""
    found = session.scalars(
        select(Incident)
        .where(or_(Incident.incident_id.in_(leads), Incident.lead_id.in_(leads)))
        .order_by(Incident.opened_at, Incident.incident_id)
    )
    groups: defaultdict[str, list[Incident]] = defaultdict(list)
    for member in found:
        groups[member.lead_id or member.incident_id].append(member)
    return {lead_id: group for lead_id, group in groups.items() if len(group) > 1}


def _show(
    group: Sequence[Incident], places: Mapping[str, Sighting], events: Mapping[str, Event]
) -> dict[str, Any]:
    lead = group[0]
    return {
        "activity_id": lead.incident_id,
        "level": level_of(group),
        "state": "open" if any(member.state == "open" for member in group) else "ended",
        "undecided": sum(member.verdict is None for member in group),
        "members": [
            _member(member, events[member.shown_event_id])
            | {"why": _why(places.get(lead.incident_id), places.get(member.incident_id))}
            for member in group
        ],
    }


def _member(member: Incident, event: Event) -> dict[str, Any]:
    snapshot = next((m for m in event.media if m.role == "snapshot"), None)
    return {
        "incident_id": member.incident_id,
        "device_id": member.device_id,
        "source_id": member.camera_id,
        "class": event.label,
        "level": member.level,
        "state": member.state,
        "opened_at": rfc3339(member.opened_at),
        "ended_at": rfc3339(member.ended_at) if member.ended_at else None,
        "snapshot_sha256": snapshot.sha256 if snapshot else None,
        "verdict": show_verdict(member),
    }


def _why(lead: Sighting | None, member: Sighting | None) -> dict[str, str] | None:
    """None for the lead itself."""
    if lead is None or member is None or lead == member:
        return None
    zh, en = reason(lead, member)
    return {"zh": zh, "en": en}
