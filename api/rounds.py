"""Rounds: what changes by time alone is told to open pages: shelves that end, what falls silent."""

from __future__ import annotations

from sqlalchemy import Select, literal, or_, select

from api.db.tables import Incident
from api.shelving import end_shelves
from api.stale import Source, silences
from api.store import Store

EVERY_S = 5.0


class Rounds:
    """Goes round one store; remembers who was silent the last time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._silent: set[Source] | None = None

    def go(self) -> None:
        """Once. What it finds at first is nothing new to pages: they have read it themselves."""
        store = self._store
        at = store.moment()
        with store.db.read() as session:
            is_due = session.scalar(
                select(Incident.incident_id).where(Incident.shelved_until <= at.now).limit(1)
            )
            silent = set(silences(session, None, at))
            changed = silent ^ (silent if self._silent is None else self._silent)
            ids = list(session.scalars(_open_incidents_of(changed))) if changed else []
        self._silent = silent
        if is_due is not None:
            with store.db.write() as session:
                ids += end_shelves(session, at.now)
        for incident_id in dict.fromkeys(ids):
            store.live.publish("incident", {"incident_id": incident_id})


def _open_incidents_of(sources: set[Source]) -> Select[str]:
    own = [
        (Incident.device_id == device) & ((Incident.camera_id == camera) | literal(camera == ""))
        for device, camera in sources
    ]
    return select(Incident.incident_id).where(Incident.state == "open", or_(*own))
