"""The order of one device's events: what fits, what contradicts, and how far it is whole.

Call these with the device's row locked. A chain is whole up to `head_seq`; events beyond a hole are
kept and wait there until it is filled by its event, or declared by a signed `gap` event.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import DeclaredHole, Device, EventRow
from events.record import Event
from events.seal import Head, prev_link

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why an event cannot stand beside what is stored, and the bytes it contradicts."""

    reason: str
    detail: str
    other: bytes


def find_conflict(
    session: Session, device: Device, event: Event, payload_sha256: str
) -> Conflict | None:
    """What contradicts a new event: its number taken, or a link that does not fit."""
    if _is_next(device, event.seq) and event.prev == prev_link(device.head_sha256):
        return None
    taken = _at(session, device, event.seq)
    if taken is not None and taken[0] != payload_sha256:
        said = f"seq {event.seq} is taken by another event"
        return Conflict("seq_reused", said, taken[1])
    before = _before(session, device, event.seq)
    if before is not None and event.prev != prev_link(before[0]):
        said = f"prev is not the digest of seq {event.seq - 1}"
        return Conflict("prev_mismatch", said, before[1])
    after = _row(session, device, event.seq + 1)
    if after is not None and after.prev != prev_link(payload_sha256):
        said = f"seq {event.seq + 1}, stored earlier, names another event before it"
        return Conflict("prev_mismatch", said, after.envelope)
    return None


def declare_hole(session: Session, device: Device, event: Event) -> None:
    """Note the refused event that a `gap` event names, where it fits its neighbours."""
    gap = event.gap
    if gap is None or gap.seq is None or gap.payload_sha256 is None or gap.seq >= event.seq:
        return
    if _at(session, device, gap.seq) is not None:
        return
    after = _row(session, device, gap.seq + 1)
    if after is not None and after.prev != prev_link(gap.payload_sha256):
        return
    session.add(
        DeclaredHole(
            device_id=device.device_id,
            seq=gap.seq,
            payload_sha256=gap.payload_sha256,
            event_id=event.event_id,
        )
    )
    session.flush()


def advance(session: Session, device: Device, seq: int, payload_sha256: str) -> None:
    """Take in the new event `seq`; the head moves over all that follows it without a hole."""
    is_next, device.max_seq = _is_next(device, seq), max(device.max_seq, seq)
    if is_next:
        device.head_seq, device.head_sha256 = seq, payload_sha256
        return
    head = Head(device.head_seq, device.head_sha256)
    while True:
        links = enumerate(_links_after(session, device, head.seq), start=head.seq + 1)
        run = [found for wanted, found in takewhile(lambda pair: pair[0] == pair[1][0], links)]
        if run:
            head = Head(*run[-1])
        if len(run) < _BATCH:
            break
    device.head_seq, device.head_sha256 = head.seq, head.digest


def state_of(row_seq: int, head_seq: int) -> str:
    """`pass` if everything before is here and fits, else `gap`."""
    return "pass" if row_seq <= head_seq else "gap"


def _is_next(device: Device, seq: int) -> bool:
    """The everyday case: nothing is missing, and this comes next."""
    return device.head_seq == device.max_seq and seq == device.head_seq + 1


def _links_after(session: Session, device: Device, seq: int) -> list[tuple[int, str]]:
    found: dict[int, str] = {}
    for table in (DeclaredHole, EventRow):
        rows = session.execute(
            select(table.seq, table.payload_sha256)
            .where(table.device_id == device.device_id, table.seq > seq, table.seq <= seq + _BATCH)
            .order_by(table.seq)
        )
        found |= {row[0]: row[1] for row in rows}
    return sorted(found.items())


def _at(session: Session, device: Device, seq: int) -> tuple[str, bytes] | None:
    """Digest of what has this number, and the envelope that says so."""
    row = _row(session, device, seq)
    if row is not None:
        return row.payload_sha256, row.envelope
    hole = session.get(DeclaredHole, (device.device_id, seq))
    if hole is None:
        return None
    said_by = session.get_one(EventRow, hole.event_id)
    return hole.payload_sha256, said_by.envelope


def _before(session: Session, device: Device, seq: int) -> tuple[str, bytes] | None:
    if seq == 1:
        return hashlib.sha256(device.enrolment).hexdigest(), device.enrolment
    return _at(session, device, seq - 1)


def _row(session: Session, device: Device, seq: int) -> EventRow | None:
    return session.scalar(
        select(EventRow).where(EventRow.device_id == device.device_id, EventRow.seq == seq)
    )
