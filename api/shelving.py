"""Shelving (ISA-18.2, IEC 62682): a person puts an open case away for a while, with a reason.

It comes back when the time is over, when somebody brings it back, and at once when its level rises.
Each of it stands in the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import note
from api.board import lock
from api.cases import STORE, level_of, members_of, rank, to_change
from api.clock import rfc3339
from api.db.tables import Incident
from api.errors import Refusal

LEAST_S = 60


@dataclass(frozen=True, slots=True)
class Shelf:
    """For how long, and why. Seconds."""

    reason: str
    for_s: int


def shelve(
    session: Session,
    incident_id: str,
    shelf: Shelf,
    *,
    max_s: int,
    by: str,
    address: str,
    now: datetime,
) -> list[str]:
    """Put the case of an open, undecided incident away; whom that touches.

    Refusal 404, 409, 422.
    """
    incident = to_change(session, incident_id)
    if not LEAST_S <= shelf.for_s <= max_s:
        raise Refusal(422, "bad_time", f"shelve for {LEAST_S} to {max_s} s, not {shelf.for_s}")
    if incident.state != "open" or incident.verdict is not None:
        raise Refusal(409, "not_open", "only an open incident that nobody decided can be shelved")
    members = [m for m in members_of(session, incident) if m.verdict is None]
    level, until = level_of(members), now + timedelta(seconds=shelf.for_s)
    for member in members:
        member.shelved_at, member.shelved_by, member.shelved_until = now, by, until
        member.shelved_reason, member.shelved_level = shelf.reason, level
        note(
            session,
            now,
            actor=by,
            action="shelved",
            about=member.incident_id,
            address=address,
            reason=shelf.reason,
            until=rfc3339(until),
            level=level,
        )
    return [member.incident_id for member in members]


def unshelve(
    session: Session, incident_id: str, *, by: str, address: str, now: datetime
) -> list[str]:
    """Bring a case back before its time. Refusal 404, 409."""
    incident = to_change(session, incident_id)
    if not is_shelved(incident, now):
        raise Refusal(409, "not_shelved", "this incident is not shelved")
    return _bring_back(session, members_of(session, incident), by, "person", now, address)


def heed(session: Session, incident: Incident, now: datetime) -> None:
    """After an event or a move: a newcomer is shelved with its case, unless the case is graver now.

    The caller holds `api.board.lock`.
    """
    members = members_of(session, incident)
    shelved = [m for m in members if is_shelved(m, now)]
    if not shelved:
        return
    first = shelved[0]
    if rank(level_of(members)) > rank(first.shelved_level):
        _bring_back(session, shelved, STORE, "level", now)
        return
    for member in (m for m in members if m.verdict is None and m.shelved_until is None):
        member.shelved_at, member.shelved_by = first.shelved_at, first.shelved_by
        member.shelved_until, member.shelved_reason = first.shelved_until, first.shelved_reason
        member.shelved_level = first.shelved_level
        note(
            session, now, actor=STORE, action="shelved", about=member.incident_id,
            by=first.shelved_by, via=first.incident_id,
        )  # fmt: skip


def end_shelves(session: Session, now: datetime) -> list[str]:
    """What was put away until now comes back; which incidents."""
    lock(session)
    due = session.scalars(
        select(Incident).where(Incident.shelved_until <= now).order_by(Incident.incident_id)
    )
    return _bring_back(session, due.all(), STORE, "time", now)


def is_shelved(incident: Incident, now: datetime) -> bool:
    """Whether it is put away now; a verdict ends it too."""
    until = incident.shelved_until
    return incident.verdict is None and until is not None and until > now


def show_shelf(incident: Incident, now: datetime) -> dict[str, Any] | None:
    """Who put it away, when, why, until when."""
    if not is_shelved(incident, now) or not incident.shelved_at or not incident.shelved_until:
        return None
    return {
        "by": incident.shelved_by,
        "at": rfc3339(incident.shelved_at),
        "reason": incident.shelved_reason,
        "until": rfc3339(incident.shelved_until),
        "level": incident.shelved_level,
    }


def _bring_back(
    session: Session,
    shelved: Iterable[Incident],
    actor: str,
    why: str,
    now: datetime,
    address: str | None = None,
) -> list[str]:
    back = [incident for incident in shelved if incident.shelved_until is not None]
    for incident in back:
        note(
            session,
            now,
            actor=actor,
            action="unshelved",
            about=incident.incident_id,
            address=address,
            why=why,
            by=incident.shelved_by,
        )
        incident.shelved_at = incident.shelved_by = incident.shelved_until = None
        incident.shelved_reason = incident.shelved_level = None
    return [incident.incident_id for incident in back]
