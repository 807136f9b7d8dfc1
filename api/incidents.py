"""Incidents: listed page by page, decided once."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from api.audit import note
from api.cases import cover_case, to_change
from api.db.tables import Incident
from api.db.types import Utc
from api.errors import Refusal
from api.stale import Moment
from api.views import show_events, show_incidents

MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to list; an empty field excludes nothing. `verdict` may be `none`.

    `shelved`: only those put away now, or only the others. `cases`: only incidents that lead or
    stand alone, if anyone of their case is wanted.
    """

    state: Sequence[str] = ()
    verdict: Sequence[str] = ()
    level: Sequence[str] = ()
    camera: str | None = None
    device: str | None = None
    segment: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    shelved: bool | None = None
    cases: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person found, and why.

    `made_at` is when, by the browser's clock: it may have waited there for the store.
    """

    verdict: Literal["confirmed", "dismissed"]
    reason: str
    note: str | None = None
    made_at: datetime | None = None


def list_incidents(
    session: Session, wanted: Filter, at: Moment, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, newest arrival first, and the cursor of the next page or None.

    The order is that of first arrival by the store's own clock, which never changes: what arrives
    while somebody pages shifts nothing, and what a box delivers late still comes to the top.
    """
    rows = _filtered(wanted, at.now).order_by(
        Incident.received_at.desc(), Incident.incident_id.desc()
    )
    if cursor is not None:
        key = tuple_(Incident.received_at, Incident.incident_id)
        received_at, incident_id = _read_cursor(cursor)
        rows = rows.where(key < tuple_(literal(received_at, Utc()), literal(incident_id)))
    found = list(session.scalars(rows.limit(limit + 1)))
    page = found[:limit]
    following = _cursor(page[-1]) if len(found) > limit else None
    return {"items": show_incidents(session, page, at), "next": following}


def get_incident(session: Session, incident_id: str) -> Incident:
    """Refusal 404 if there is none."""
    found = session.get(Incident, incident_id)
    if found is None:
        raise Refusal(404, "not_found", "there is no such incident")
    return found


def show(session: Session, incident: Incident, at: Moment) -> dict[str, Any]:
    """An incident with its events."""
    return show_incidents(session, [incident], at)[0] | {"events": show_events(session, incident)}


def decide(
    session: Session, incident_id: str, decision: Decision, *, by: str, address: str, now: datetime
) -> list[str]:
    """Set the verdict if none stands, for the undecided of its case as well; whose it changed.

    Refusal 409 if another one stands. A decision from the future says that the browser's clock is
    wrong: its time is not kept.
    """
    incident = to_change(session, incident_id)
    if incident.verdict == decision.verdict:
        return []
    if incident.verdict is not None:
        raise Refusal(
            409,
            "verdict_stands",
            f"{incident.verdict_by} has {incident.verdict} this incident already",
        )
    incident.verdict = decision.verdict
    incident.verdict_reason, incident.verdict_note = decision.reason, decision.note
    incident.verdict_by, incident.verdict_at = by, now
    is_past = decision.made_at is not None and decision.made_at <= now
    incident.verdict_made_at = decision.made_at if is_past else None
    note(
        session,
        now,
        actor=by,
        action=decision.verdict,
        about=incident_id,
        address=address,
        reason=decision.reason,
    )
    return [incident_id, *cover_case(session, incident, address=address, now=now)]


def _filtered(wanted: Filter, now: datetime) -> Select[Incident]:
    rows = _matching(wanted)
    if wanted.shelved is not None:
        until = Incident.shelved_until
        is_shelved = until.is_not(None) & (until > now) & Incident.verdict.is_(None)
        rows = rows.where(is_shelved if wanted.shelved else ~is_shelved)
    if not wanted.cases:
        return rows
    lead = func.coalesce(Incident.lead_id, Incident.incident_id)
    leads = rows.with_only_columns(lead)
    return select(Incident).where(Incident.lead_id.is_(None), Incident.incident_id.in_(leads))


def _matching(wanted: Filter) -> Select[Incident]:
    rows = select(Incident)
    for column, values in ((Incident.state, wanted.state), (Incident.level, wanted.level)):
        if values:
            rows = rows.where(column.in_(values))
    if wanted.verdict:
        given = [value for value in wanted.verdict if value != "none"]
        match = Incident.verdict.in_(given)
        rows = rows.where(match | Incident.verdict.is_(None) if "none" in wanted.verdict else match)
    exact = (
        (Incident.camera_id, wanted.camera),
        (Incident.device_id, wanted.device),
        (Incident.segment_id, wanted.segment),
    )
    for name, value in exact:
        if value is not None:
            rows = rows.where(name == value)
    if wanted.since is not None:
        rows = rows.where(Incident.opened_at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(Incident.opened_at < wanted.until)
    return rows


def _cursor(last: Incident) -> str:
    text = f"{last.received_at.isoformat()} {last.incident_id}"
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii")


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        at, incident_id = base64.urlsafe_b64decode(text.encode("ascii")).decode("ascii").split(" ")
        received_at = datetime.fromisoformat(at)
        if received_at.tzinfo is None:
            raise ValueError("no zone")
    except (binascii.Error, ValueError):
        raise Refusal(422, "bad_cursor", "take the cursor from the page before") from None
    return received_at, incident_id
