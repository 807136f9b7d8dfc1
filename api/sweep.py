"""Media that no event names: swept after a day, each leaving its line in the audit trail.

Media arrive before the event that names them, so a new one is always unnamed for a moment. A day
after it was last sent it is taken away, unless a stored event, or one kept aside for contradicting
another, names it. Should its event still come, the store answers `media_missing` and the box sends
it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import note
from api.db.tables import Blob, EventMedium, Quarantined
from api.errors import BlobError
from api.playable import forget_copy
from api.store import Store
from events.record import Event
from events.seal import Envelope, SealError

GRACE = timedelta(days=1)
EVERY_S = 3600.0
_BATCH = 500
_RULE = "named by no event for a day"
_log = structlog.get_logger("api")


def sweep_media(store: Store) -> int:
    """Take away what nobody names; how many media that were. Safe beside other servers."""
    before = store.clock() - GRACE
    with store.db.read() as session:
        held = _named_by_quarantined(session)
    swept, size_bytes, after = 0, 0, ""
    while True:
        with store.db.read() as session:
            found = _unnamed(session, before, after)
        for blob in found:
            if blob.sha256 not in held and _take_away(store, blob, before):
                swept, size_bytes = swept + 1, size_bytes + blob.size
        if len(found) < _BATCH:
            break
        after = found[-1].sha256
    if swept:
        _log.info("media_swept", media=swept, size_bytes=size_bytes, rule=_RULE)
    return swept


def _unnamed(session: Session, before: datetime, after: str) -> Sequence[Blob]:
    named = exists().where(EventMedium.sha256 == Blob.sha256)
    old = select(Blob).where(Blob.last_sent_at < before, Blob.sha256 > after, ~named)
    return session.scalars(old.order_by(Blob.sha256).limit(_BATCH)).all()


def _take_away(store: Store, blob: Blob, before: datetime) -> bool:
    """Row first, bytes inside the same transaction: whoever sends it again waits for the end.

    Every sending renews `last_sent_at` before it writes, so either the row is too young here, or
    the bytes are written after they were removed.
    """
    named = exists().where(EventMedium.sha256 == blob.sha256)
    row = delete(Blob).where(Blob.sha256 == blob.sha256, Blob.last_sent_at < before, ~named)
    try:
        with store.db.write() as session:
            if session.execute(row.returning(Blob.sha256)).first() is None:
                return False
            store.blobs.remove(blob.sha256)
            note(
                session,
                store.clock(),
                actor="store",
                action="media_swept",
                about=blob.sha256,
                rule=_RULE,
                size_bytes=blob.size,
                device=blob.device_id,
            )
    except IntegrityError:  # an event that names it was stored meanwhile
        return False
    except BlobError as error:
        _log.warning("media_not_swept", sha256=blob.sha256, error=str(error))
        return False
    forget_copy(store.derived, blob.sha256)
    return True


def _named_by_quarantined(session: Session) -> set[str]:
    """Media of events that were kept aside: what contradicts is evidence too."""
    rows = select(Quarantined.envelope, Quarantined.other_envelope)
    held: set[str] = set()
    for row in session.execute(rows.execution_options(yield_per=100)):
        for envelope in row:
            held |= _digests(envelope)
    return held


def _digests(envelope: bytes) -> set[str]:
    try:
        return {m.sha256 for m in Event.decode(Envelope.read(envelope).payload).media}
    except SealError:  # what an event contradicts may be the enrolment record
        return set()
