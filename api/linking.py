"""Linking an incident to pipeline, owner and locality by the store's own network.

The result stands beside the event, never inside it; each version of the network adds its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import note
from api.board import lock
from api.db.tables import EventRow, Incident, Link
from api.db.tables import Network as NetworkRow
from api.errors import Refusal
from api.payload import event_of
from events.place import Near, Network, Resolved, Unresolved
from events.record import Place

NO_PLACE = "记录中没有位置 · the record has no position"
NO_NETWORK = "尚未导入管网 · no network has been imported"
_BATCH = 200


class HasRadius(Protocol):
    """Whatever says how far from a pipeline counts."""

    @property
    def radius_m(self) -> float:
        """Metres."""


def link(
    session: Session,
    incident: Incident,
    place: Place | None,
    network: Network | None,
    where: HasRadius,
    now: datetime,
) -> None:
    """Resolve `place` and keep the result as the incident's newest link."""
    result = resolve(place, network, where.radius_m)
    segment = result["segment"]
    incident.segment_id = segment["segment_id"] if segment else None
    session.add(
        Link(
            incident_id=incident.incident_id,
            event_id=incident.shown_event_id,
            network_version=network.version if network else None,
            result=result,
            made_at=now,
        )
    )


def resolve(place: Place | None, network: Network | None, radius_m: float) -> dict[str, Any]:
    """The `place` part of an incident, as the interface shows it."""
    shown: dict[str, Any] = {
        "status": "unresolved",
        "reason": None,
        "lon": None,
        "lat": None,
        "cov_m2": None,
        "method": None,
        "distance_m": None,
        "sigma_m": None,
        "measure_m": None,
        "radius_m": radius_m,
        "network_version": network.version if network else None,
        "segment": None,
        "ambiguous": False,
        "candidates": [],
    }
    if place is None:
        return shown | {"reason": NO_PLACE}
    lon, lat = place.lon_e7 / 1e7, place.lat_e7 / 1e7
    ee, en, nn = (value / 1e4 for value in place.cov_cm2)
    shown |= {"lon": lon, "lat": lat, "cov_m2": [ee, en, nn], "method": place.method}
    if network is None:
        return shown | {"reason": NO_NETWORK}
    found = network.resolve(lon, lat, (ee, en, nn), radius_m)
    if isinstance(found, Unresolved):
        return shown | {"reason": f"{found.reason_zh} · {found.reason_en}"}
    return shown | _resolved(found)


def import_network(
    session: Session,
    data: bytes,
    name: str,
    *,
    where: HasRadius,
    now: datetime,
    actor: str = "command line",
) -> Network:
    """Make a file's network the current one and resolve again what awaits a verdict.

    Raises PlaceError for a file that cannot be used, Refusal for one that is current already.
    """
    network = Network.parse(data, name)
    lock(session)
    current = session.scalar(select(NetworkRow).order_by(NetworkRow.id.desc()).limit(1))
    if current is not None and current.version == network.version:
        raise Refusal(409, "network_known", f"{name} is the current network already")
    session.add(NetworkRow(version=network.version, name=name[-200:], data=data, imported_at=now))
    _link_again(session, network, where, now)
    note(session, now, actor=actor, action="network_imported", about=network.version, name=name)
    return network


def _link_again(session: Session, network: Network, where: HasRadius, now: datetime) -> None:
    waiting = select(Incident).where(Incident.verdict.is_(None)).order_by(Incident.incident_id)
    for incidents in session.scalars(waiting).partitions(_BATCH):
        _link_batch(session, incidents, network, where, now)


def _link_batch(
    session: Session,
    incidents: Sequence[Incident],
    network: Network,
    where: HasRadius,
    now: datetime,
) -> None:
    ids = [incident.shown_event_id for incident in incidents]
    rows = session.scalars(select(EventRow).where(EventRow.event_id.in_(ids)))
    events = {row.event_id: event_of(row) for row in rows}
    for incident in incidents:
        link(session, incident, events[incident.shown_event_id].place, network, where, now)


def _resolved(found: Resolved) -> dict[str, Any]:
    return {
        "status": "resolved",
        **_near(found.nearest),
        "ambiguous": found.ambiguous,
        "candidates": [_near(near) for near in found.others],
    }


def _near(near: Near) -> dict[str, Any]:
    segment = near.segment
    return {
        "distance_m": round(near.distance_m, 2),
        "sigma_m": round(near.sigma_m, 2),
        "measure_m": round(near.measure_m, 2),
        "segment": {
            "segment_id": segment.segment_id,
            "route_id": segment.route_id,
            "owner": segment.owner,
            "subdistrict": segment.subdistrict,
            "hca": segment.hca,
            "from_m": segment.from_m,
            "to_m": segment.to_m,
        },
    }
