"""From a stored row back to the event that was signed."""

from __future__ import annotations

from functools import lru_cache

from api.db.tables import EventRow
from events.record import Event
from events.seal import Envelope


def event_of(row: EventRow) -> Event:
    """The event of a stored envelope; its signature was verified when it came."""
    return _decode(row.envelope)


@lru_cache(maxsize=512)
def _decode(envelope: bytes) -> Event:
    return Event.decode(Envelope.read(envelope).payload)
