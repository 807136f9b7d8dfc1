"""Outboxes to test with, and the one question asked of all of them: is the chain whole?"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from events.outbox import Device, Outbox, Parcel
from events.record import PAYLOAD_TYPE, Event, Medium
from events.seal import Envelope, Signer, open_envelope, payload_digest
from tests.events.sample import INSTANT, NOW_S

ENROLMENT = "ab" * 32
DEVICE = Device("box-1", ENROLMENT, Signer.generate())
MEGABYTE = 1_000_000


@dataclass
class Clock:
    """A clock that jumps when told."""

    now_s: float = NOW_S

    def __call__(self) -> float:
        return self.now_s


def open_box(
    folder: Path,
    *,
    cap_bytes: int = 100 * MEGABYTE,
    clock: Callable[[], float] | None = None,
    device: Device = DEVICE,
) -> Outbox:
    return Outbox(folder, device, cap_bytes, clock=clock or Clock())


def picture(box: Outbox, data: bytes = b"\xff\xd8 picture") -> Medium:
    """A snapshot that must be taken."""
    kept = box.put_medium(
        data, role="snapshot", media_type="image/jpeg", captured=INSTANT, frame=31207
    )
    assert isinstance(kept, Medium)
    return kept


def open_parcel(parcel: Parcel, device: Device = DEVICE) -> Event:
    """The event in a parcel, after its signature was checked."""
    payload = open_envelope(Envelope.read(parcel.envelope), device.signer.public_key, PAYLOAD_TYPE)
    assert payload_digest(payload) == parcel.payload_sha256
    return Event.decode(payload)


def whole_chain(folder: Path, device: Device = DEVICE) -> list[Event]:
    """All events in the outbox, after checking signatures, numbers, links and media files."""
    db = sqlite3.connect(folder / "outbox.sqlite3")
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        envelopes = [row[0] for row in db.execute("SELECT envelope FROM events ORDER BY id")]
    finally:
        db.close()
    events, digest = [], device.enrolment_sha256
    for number, envelope in enumerate(envelopes, start=1):
        payload = open_envelope(Envelope.read(envelope), device.signer.public_key, PAYLOAD_TYPE)
        event = Event.decode(payload)
        assert (event.seq, event.prev) == (number, f"sha256:{digest}")
        for medium in event.media:
            data = (folder / "media" / medium.sha256).read_bytes()
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (medium.sha256, medium.size)
        digest = payload_digest(payload)
        events.append(event)
    assert len({event.event_id for event in events}) == len(events)
    return events
