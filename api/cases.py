"""Cases: incidents of one activity stand together, and a verdict on one covers them.

Events are never touched: a case is which incident leads, beside what was signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.activity import Sighting, settle
from api.audit import note
from api.board import SessionBoard, lock, row_of, sighting_of
from api.db.tables import EventRow, Incident, SightingRow
from api.errors import Refusal
from api.payload import event_of
from events.rules import LEVELS

STORE = "store"


def place(session: Session, incident: Incident, now: datetime) -> list[str]:
    """Find the case of an incident that has just taken an event; who moved from case to case.

    The caller holds `api.board.lock`.
    """
    known = session.get(SightingRow, incident.incident_id)
    old = sighting_of(known) if known is not None else None
    shown = event_of(session.get_one(EventRow, incident.shown_event_id))
    made = row_of(incident, shown)
    new = sighting_of(made) if made is not None else None
    moved: list[str] = []
    if new != old:
        if made is not None:
            session.merge(made)
        moved = _settled(session, known if made is None else None, old, new)
    for incident_id in {incident.incident_id, *moved}:
        _cover(session, session.get_one(Incident, incident_id), now)
    return moved


def to_change(session: Session, incident_id: str) -> Incident:
    """An incident for a person's deed; nobody moves it or adds to it meanwhile. Refusal 404."""
    lock(session)
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise Refusal(404, "not_found", "there is no such incident")
    return incident


def members_of(session: Session, incident: Incident) -> Sequence[Incident]:
    """All incidents of its case in the order of opening, itself among them; the lead is first."""
    lead_id = incident.lead_id or incident.incident_id
    found = session.scalars(
        select(Incident)
        .where(or_(Incident.incident_id == lead_id, Incident.lead_id == lead_id))
        .order_by(Incident.opened_at, Incident.incident_id)
    )
    return found.all()


def level_of(members: Iterable[Incident]) -> str:
    """The gravest level among those that nobody decided; among all if everything is decided."""
    every = list(members)
    return max((m.level for m in _undecided(every) or every), key=rank)


def cover_case(session: Session, incident: Incident, *, address: str, now: datetime) -> list[str]:
    """A person has just decided `incident`: the same for those of its case that nobody decided."""
    members = members_of(session, incident)
    incident.verdict_level = level_of(m for m in members if m is incident or m.verdict is None)
    undecided = _undecided(members)
    for member in undecided:
        _take_over(
            session, member, incident, actor=str(incident.verdict_by), address=address, now=now
        )
    return [member.incident_id for member in undecided]


def split(
    session: Session, incident_id: str, why: str, *, by: str, address: str, now: datetime
) -> list[str]:
    """Take an incident out of its case for good; everyone whom that touches.

    A verdict that was given on another one, no longer of its case, is withdrawn. Refusal 404, 409.
    """
    incident = to_change(session, incident_id)
    before = members_of(session, incident)
    row = session.get(SightingRow, incident_id)
    if len(before) < 2 or row is None:
        raise Refusal(409, "not_merged", "this incident stands alone already")
    incident.split_at, incident.split_by, incident.split_reason = now, by, why
    moved = _settled(session, row, sighting_of(row), None)
    lead_id = before[0].incident_id
    note(
        session,
        now,
        actor=by,
        action="split",
        about=incident_id,
        address=address,
        reason=why,
        lead=lead_id,
    )
    touched = {member.incident_id: member for member in before}
    for member in touched.values():
        _withdraw_if_foreign(session, member, by, now)
    return [*touched, *(i for i in moved if i not in touched)]


def _settled(
    session: Session, gone: SightingRow | None, old: Sighting | None, new: Sighting | None
) -> list[str]:
    if gone is not None:
        session.delete(gone)
    session.flush()
    return settle(SessionBoard(session), old, new)


def _cover(session: Session, incident: Incident, now: datetime) -> None:
    """What joins a confirmed case, and is no graver, is confirmed with it; what rises is not.

    A dismissed case covers nobody who comes later: that another camera saw it speaks against it.
    """
    level = rank(incident.level)
    if incident.verdict_via is not None and level > rank(incident.verdict_level):
        _withdraw(session, incident, STORE, now)
    if incident.verdict is not None:
        return
    for member in members_of(session, incident):
        decided = member.verdict_level or member.level
        if member.verdict == "confirmed" and level <= rank(decided):
            _take_over(session, incident, member, actor=STORE, address=None, now=now)
            return


def _take_over(
    session: Session,
    member: Incident,
    decided: Incident,
    *,
    actor: str,
    address: str | None,
    now: datetime,
) -> None:
    """The verdict on `decided`, its who and when, for `member` as well."""
    member.verdict = decided.verdict
    member.verdict_reason = decided.verdict_reason
    member.verdict_note = decided.verdict_note
    member.verdict_by = decided.verdict_by
    member.verdict_at = decided.verdict_at
    member.verdict_made_at = decided.verdict_made_at
    member.verdict_level = decided.verdict_level or decided.level
    member.verdict_via = decided.verdict_via or decided.incident_id
    note(
        session,
        now,
        actor=actor,
        action=str(member.verdict),
        about=member.incident_id,
        address=address,
        reason=member.verdict_reason,
        by=member.verdict_by,
        via=member.verdict_via,
    )


def _withdraw_if_foreign(session: Session, member: Incident, by: str, now: datetime) -> None:
    if member.verdict_via is None:
        return
    decided = session.get_one(Incident, member.verdict_via)
    if (decided.lead_id or decided.incident_id) != (member.lead_id or member.incident_id):
        _withdraw(session, member, by, now)


def _withdraw(session: Session, member: Incident, actor: str, now: datetime) -> None:
    note(
        session,
        now,
        actor=actor,
        action="verdict_withdrawn",
        about=member.incident_id,
        verdict=member.verdict,
        by=member.verdict_by,
        via=member.verdict_via,
    )
    member.verdict = member.verdict_reason = member.verdict_note = member.verdict_by = None
    member.verdict_at = member.verdict_made_at = None
    member.verdict_level = member.verdict_via = None


def _undecided(members: Iterable[Incident]) -> list[Incident]:
    return [member for member in members if member.verdict is None]


def rank(level: str | None) -> int:
    """How grave a level is; none is less than any."""
    return LEVELS.index(level) if level in LEVELS else -1
