"""Incidents as the interface shows them (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.case_views import show_cases, show_verdict
from api.chain import state_of
from api.clock import rfc3339
from api.db.tables import Blob, Device, EventRow, Incident, Link
from api.payload import event_of
from api.shelving import show_shelf
from api.stale import Moment, show_stale
from events.record import Event, Sentence

MEDIA_URL = "/v1/media/sha256/"


def show_incidents(
    session: Session, incidents: Sequence[Incident], at: Moment
) -> list[dict[str, Any]]:
    """Each incident with its picture, place, proof and present standing, in the order given."""
    event_ids = {i.shown_event_id for i in incidents} | {i.clip_event_id for i in incidents}
    reasons = _reasons(session, incidents)
    cases = show_cases(session, incidents, at)
    stale = show_stale(session, incidents, at)
    rows = {
        row.event_id: row
        for row in session.scalars(select(EventRow).where(EventRow.event_id.in_(event_ids)))
    }
    heads = _heads(session, {i.device_id for i in incidents})
    links = _links(session, [i.incident_id for i in incidents])
    digests = {m.sha256 for row in rows.values() for m in event_of(row).media}
    found = session.execute(select(Blob.sha256, Blob.codec).where(Blob.sha256.in_(digests)))
    codecs: dict[str, str | None] = {row.sha256: row.codec for row in found}
    return [
        {
            **_show(i, rows, heads[i.device_id], links.get(i.incident_id), codecs),
            "explain": reasons.get(i.incident_id)
            or _explain(event_of(rows[i.shown_event_id]).explain),
            "activity": cases.get(i.incident_id),
            "stale": stale.get(i.incident_id),
            "shelved": show_shelf(i, at.now),
        }
        for i in incidents
    ]


def _reasons(session: Session, incidents: Sequence[Incident]) -> dict[str, dict[str, str | None]]:
    """Why each has the level that it has: what its last raise or lowering says."""
    found = session.scalars(
        select(EventRow)
        .join(Incident, Incident.incident_id == EventRow.incident_id)
        .where(
            Incident.incident_id.in_([i.incident_id for i in incidents]),
            EventRow.seq == Incident.level_seq,
        )
    )
    return {row.incident_id: _explain(event_of(row).explain) for row in found if row.incident_id}


def show_events(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """The events of one incident in the order of the device's chain."""
    rows = session.scalars(
        select(EventRow).where(EventRow.incident_id == incident.incident_id).order_by(EventRow.seq)
    )
    return [
        {
            "event_id": row.event_id,
            "kind": row.kind,
            "seq": row.seq,
            "captured": event_of(row).time.captured,
            "received_at": rfc3339(row.received_at),
            "level": event_of(row).level,
            "source_id": event_of(row).source_id,
            "explain": _explain(event_of(row).explain),
        }
        for row in rows
    ]


def show_event(session: Session, row: EventRow) -> dict[str, Any]:
    """One event: its signed payload, and what was checked when it came."""
    head = _heads(session, {row.device_id})[row.device_id]
    return {
        "event_id": row.event_id,
        "device_id": row.device_id,
        "seq": row.seq,
        "kind": row.kind,
        "incident_id": row.incident_id,
        "camera_id": row.camera_id,
        "payload_sha256": row.payload_sha256,
        "received_at": rfc3339(row.received_at),
        "payload": event_of(row).model_dump(mode="json", exclude_none=True),
        "checks": {
            "signature": "pass",
            "chain": state_of(row.seq, head),
            "media": "pass",
            "clock_suspect": row.clock_suspect,
        },
    }


def _show(
    incident: Incident,
    rows: Mapping[str, EventRow],
    head: int,
    place: dict[str, Any] | None,
    codecs: Mapping[str, str | None],
) -> dict[str, Any]:
    row = rows[incident.shown_event_id]
    event = event_of(row)
    clip_row = rows.get(incident.clip_event_id or "")
    return {
        "incident_id": incident.incident_id,
        "state": incident.state,
        "level": incident.level,
        "class": event.label,
        "simulated": incident.simulated,
        "verdict": show_verdict(incident),
        "split": _split(incident),
        "suppressed": _suppressed(event),
        "rule": event.rule.model_dump() if event.rule else None,
        "zone": event.zone.model_dump() if event.zone else None,
        "device_id": incident.device_id,
        "camera_id": event.camera_id,
        "sensor": event.sensor.model_dump() if event.sensor else None,
        "opened_at": rfc3339(incident.opened_at),
        "ended_at": rfc3339(incident.ended_at) if incident.ended_at else None,
        "received_at": rfc3339(incident.received_at),
        "frame_px": event.frame_px,
        "seen": [seen.model_dump() for seen in event.seen],
        "place": place,
        "snapshot": _medium(event, "snapshot", codecs),
        "clip": _clip(event, event_of(clip_row) if clip_row else None, codecs),
        "proof": _proof(row, event, head),
    }


def _proof(row: EventRow, event: Event, head: int) -> dict[str, Any]:
    clock = event.time.clock
    return {
        "signature": "pass",
        "chain": state_of(row.seq, head),
        "seq": row.seq,
        "payload_sha256": row.payload_sha256,
        "clock": {
            "source": clock.source,
            "synced": clock.synced,
            "error_ms": clock.error_ms,
            "offset_ms": clock.offset_ms,
            "suspect": row.clock_suspect,
        },
    }


def _clip(opened: Event, clip: Event | None, codecs: Mapping[str, str | None]) -> dict[str, Any]:
    """The clip's own event tells of it; one that came or was lost with the opening serves too."""
    for event in (clip, opened):
        if event is not None:
            found = _medium(event, "clip", codecs)
            if found["status"] != "expected":
                return found
    return _medium(opened, "clip", codecs)


def _medium(event: Event, role: str, codecs: Mapping[str, str | None]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": "expected" if event.sensor is None else "none",
        "reason": None if event.sensor is None else "no_camera",
        "sha256": None,
        "url": None,
        "captured": None,
    }
    for medium in (m for m in event.media if m.role == role):
        url = MEDIA_URL + medium.sha256
        shown |= {
            "status": "ready",
            "sha256": medium.sha256,
            "url": url,
            "captured": medium.captured,
        }
        if role == "clip":
            shown |= {
                "codec": codecs.get(medium.sha256),
                "playable_url": f"{url}/playable",
                "duration_ms": medium.duration_ms,
            }
        return shown
    for lost in (m for m in event.media_lost if m.role == role):
        return shown | {"status": "missing", "reason": lost.reason}
    return shown


def _split(incident: Incident) -> dict[str, Any] | None:
    if incident.split_at is None:
        return None
    at = rfc3339(incident.split_at)
    return {"by": incident.split_by, "at": at, "reason": incident.split_reason}


def _suppressed(event: Event) -> dict[str, Any] | None:
    """For how long its box held it back (schedule, permit), until it opened; `explain` says why."""
    held_ms = (event.numbers or {}).get("held_back_ms")
    return None if held_ms is None else {"held_back_ms": held_ms, "until": event.time.captured}


def _explain(sentences: Sequence[Sentence]) -> dict[str, str | None]:
    said = {sentence.lang: sentence.text for sentence in sentences}
    return {"zh": said.get("zh"), "en": said.get("en")}


def _heads(session: Session, device_ids: set[str]) -> dict[str, int]:
    found = session.execute(
        select(Device.device_id, Device.head_seq).where(Device.device_id.in_(device_ids))
    )
    return {row.device_id: row.head_seq for row in found}


def _links(session: Session, incident_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The newest link of each."""
    found = session.execute(
        select(Link.incident_id, Link.result)
        .where(Link.incident_id.in_(incident_ids))
        .order_by(Link.id)
    )
    return {row.incident_id: row.result for row in found}
