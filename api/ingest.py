"""Taking an event in: verify everything, then one transaction, then tell who watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api import cases
from api.board import lock_for
from api.chain import Conflict, advance, declare_hole, find_conflict
from api.db.tables import (
    Blob,
    Device,
    DeviceStatus,
    EventMedium,
    EventRow,
    Incident,
    LogEntry,
    Quarantined,
)
from api.errors import Refusal
from api.fold import fold
from api.linking import link
from api.shelving import heed
from api.store import Store
from events.record import INCIDENT_KINDS, PAYLOAD_TYPE, Event
from events.seal import (
    CanonicalError,
    Envelope,
    EnvelopeError,
    KeyRefused,
    PublicKey,
    RecordError,
    SignatureError,
    open_envelope,
    payload_digest,
)

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to an event; `is_new` is False when it was known already.

    `moved` are incidents that it brought into another case.
    """

    event_id: str
    payload_sha256: str
    seq: int
    is_new: bool
    incident_id: str | None
    moved: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An event whose signature, form and schema are verified, with its bytes as they came."""

    event: Event
    payload_sha256: str
    envelope: bytes
    at: datetime


def accept(store: Store, device_id: str, spki: bytes, data: bytes, key: str | None) -> Accepted:
    """Take in one envelope from an authenticated device. Raises Refusal.

    `key` is the Idempotency-Key header. Sending again is the same event and gets the same answer.
    """
    arrived = _verify(device_id, spki, data, store.clock())
    if key is not None and key != arrived.event.event_id:
        raise Refusal(400, "idempotency_key", "Idempotency-Key is not the event's id")
    try:
        outcome = _write(store, device_id, arrived)
    except IntegrityError:  # another process stored the same id or digest meanwhile
        outcome = _write(store, device_id, arrived)
    if isinstance(outcome, Conflict):
        raise Refusal(409, outcome.reason, outcome.detail)
    if outcome.is_new and outcome.incident_id is not None:
        for incident_id in dict.fromkeys((outcome.incident_id, *outcome.moved)):
            store.live.publish("incident", {"incident_id": incident_id})
    return outcome


def _verify(device_id: str, spki: bytes, data: bytes, now: datetime) -> _Arrived:
    """Nothing of the payload is read before its signature is known to be this device's."""
    try:
        payload = open_envelope(Envelope.read(data), PublicKey(spki), PAYLOAD_TYPE)
        event = Event.decode(payload)
    except EnvelopeError as error:
        raise Refusal(400, "bad_envelope", str(error)) from None
    except KeyRefused as error:
        raise Refusal(422, "key_mismatch", str(error)) from None
    except SignatureError as error:
        raise Refusal(422, "bad_signature", str(error)) from None
    except CanonicalError as error:
        raise Refusal(422, "not_canonical", str(error)) from None
    except RecordError as error:
        raise Refusal(422, "bad_record", str(error)) from None
    if not all(_is_in_our_era(text) for text in (event.time.captured, event.time.signed)):
        raise Refusal(422, "bad_time", "a time lies before 1970 or after 9998")
    if event.device_id != device_id:
        raise Refusal(422, "device_mismatch", f"signed as {event.device_id}, sent by {device_id}")
    return _Arrived(event, payload_digest(payload), data, now)


def _is_in_our_era(instant: str) -> bool:
    """Whether databases can hold it in UTC; a box without a clock says 1970, and may."""
    return 1970 <= datetime.fromisoformat(instant).year <= 9998


def _write(store: Store, device_id: str, arrived: _Arrived) -> Accepted | Conflict:
    event = arrived.event
    with store.db.write() as session:
        # One writer per device at a time: its order is decided under this lock.
        device = session.scalars(
            select(Device).where(Device.device_id == device_id).with_for_update()
        ).one()
        known = session.get(EventRow, event.event_id)
        if known is not None and known.payload_sha256 == arrived.payload_sha256:
            return _answer(arrived, is_new=False)
        if device.revoked_at is not None:
            raise Refusal(403, "device_revoked", "this device is revoked; enrol it with a new key")
        conflict = (
            find_conflict(session, device, event, arrived.payload_sha256)
            if known is None
            else Conflict(
                "same_id_other_digest", "this event_id belongs to another event", known.envelope
            )
        )
        if conflict is not None:
            _quarantine(session, device_id, arrived, conflict)
            return conflict
        _check_media(session, event)
        if event.kind in INCIDENT_KINDS:
            lock_for(session, event)  # before its incident is read: others may move it
        _check_incident(session, event)
        moved = _insert(store, session, device, arrived)
        return replace(_answer(arrived, is_new=True), moved=moved)


def _answer(arrived: _Arrived, *, is_new: bool) -> Accepted:
    event = arrived.event
    return Accepted(event.event_id, arrived.payload_sha256, event.seq, is_new, event.incident_id)


def _insert(store: Store, session: Session, device: Device, arrived: _Arrived) -> Sequence[str]:
    """Answers which incidents it moved into another case."""
    event = arrived.event
    moved: list[str] = []
    signed_at = datetime.fromisoformat(event.time.signed)
    row = EventRow(
        event_id=event.event_id,
        device_id=event.device_id,
        seq=event.seq,
        prev=event.prev,
        payload_sha256=arrived.payload_sha256,
        envelope=arrived.envelope,
        kind=event.kind,
        incident_id=event.incident_id,
        camera_id=event.camera_id,
        captured_at=datetime.fromisoformat(event.time.captured),
        signed_at=signed_at,
        received_at=arrived.at,
        clock_suspect=_is_suspect(session, event.device_id, signed_at, arrived.at),
    )
    session.add(row)
    session.flush()  # others refer to it, and the order of inserts is not SQLAlchemy's to know
    for sha256, role in {(m.sha256, m.role) for m in event.media}:
        session.add(EventMedium(event_id=event.event_id, role=role, sha256=sha256))
    session.add(
        LogEntry(kind="event", ref=event.event_id, sha256=arrived.payload_sha256, at=arrived.at)
    )
    if event.kind in INCIDENT_KINDS:
        incident = fold(session, row, event)
        moved = cases.place(session, incident, arrived.at)
        for touched in {incident.incident_id, *moved}:
            heed(session, session.get_one(Incident, touched), arrived.at)
        if incident.shown_event_id == event.event_id:
            link(session, incident, event.place, store.network(session), store, arrived.at)
    declare_hole(session, device, event)
    advance(session, device, event.seq, arrived.payload_sha256)
    return moved


def _check_media(session: Session, event: Event) -> None:
    wanted = {m.sha256: m for m in event.media}
    kept = {b.sha256: b for b in session.scalars(select(Blob).where(Blob.sha256.in_(wanted)))}
    missing = sorted(wanted.keys() - kept.keys())
    if missing:
        raise Refusal(409, "media_missing", "send these media first", more={"missing": missing})
    for medium in event.media:
        blob = kept[medium.sha256]
        if (blob.size, blob.type) != (medium.size, medium.type):
            raise Refusal(
                422,
                "media_mismatch",
                f"{medium.sha256} is {blob.type} of {blob.size} bytes, "
                f"not {medium.type} of {medium.size}",
            )


def _check_incident(session: Session, event: Event) -> None:
    if event.incident_id is None:
        return
    known = session.get(Incident, event.incident_id, with_for_update=True)
    if known is not None and known.device_id != event.device_id:
        raise Refusal(422, "foreign_incident", "this incident belongs to another box")


def _is_suspect(session: Session, device_id: str, signed: datetime, received: datetime) -> bool:
    """The box's clock is off: signed in the future, or long ago though nothing was waiting."""
    if signed - received > CLOCK_TOLERANCE:
        return True
    status = session.get(DeviceStatus, device_id)
    waited = status is None or status.queued > 0
    return not waited and received - signed > CLOCK_TOLERANCE


def _quarantine(session: Session, device_id: str, arrived: _Arrived, conflict: Conflict) -> None:
    """Keep both envelopes, once per contradiction."""
    same = select(Quarantined).where(
        Quarantined.device_id == device_id,
        Quarantined.payload_sha256 == arrived.payload_sha256,
        Quarantined.reason == conflict.reason,
    )
    if session.scalar(same) is None:
        session.add(
            Quarantined(
                device_id=device_id,
                seq=arrived.event.seq,
                reason=conflict.reason,
                payload_sha256=arrived.payload_sha256,
                envelope=arrived.envelope,
                other_envelope=conflict.other,
                received_at=arrived.at,
            )
        )
