"""Stale: an open incident whose box or camera has not been heard of; nobody knows how it stands.

It is found anew at each look, so that it recovers by itself. A box that never told its state makes
nothing stale: its silence means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import rfc3339
from api.db.tables import DeviceStatus, Incident


@dataclass(frozen=True, slots=True)
class Moment:
    """When somebody looks, and after how many seconds of silence what he sees is stale."""

    now: datetime
    stale_s: float


@dataclass(frozen=True, slots=True)
class Silence:
    """What is not heard of, `box` or `camera`, and when it last was; None where nobody knows."""

    what: str
    last_heard: datetime | None


Source = tuple[str, str]
"""A box and one of its cameras or sensors."""


def silences(
    session: Session, device_ids: Iterable[str] | None, at: Moment
) -> dict[Source, Silence]:
    """Which of the cameras that boxes (all of them for None) told of are not heard of now.

    A silent box stands for all of its cameras under an empty name.
    """
    rows = select(DeviceStatus)
    if device_ids is not None:
        rows = rows.where(DeviceStatus.device_id.in_(list(device_ids)))
    found: dict[Source, Silence] = {}
    for status in session.scalars(rows):
        if (at.now - status.reported_at).total_seconds() > at.stale_s:
            found[status.device_id, ""] = Silence("box", status.reported_at)
            continue
        for camera in (c for c in status.cameras if c["state"] != "ok"):
            age_s = camera.get("last_frame_age_s")
            heard = None if age_s is None else status.reported_at - timedelta(seconds=age_s)
            if heard is None or (at.now - heard).total_seconds() > at.stale_s:
                found[status.device_id, camera["id"]] = Silence("camera", heard)
    return found


def show_stale(
    session: Session, incidents: Sequence[Incident], at: Moment
) -> dict[str, dict[str, Any]]:
    """Of the open ones among `incidents` those that are stale: what is silent, and since when."""
    waiting = [incident for incident in incidents if incident.state == "open"]
    silent = silences(session, {incident.device_id for incident in waiting}, at)
    found: dict[str, dict[str, Any]] = {}
    for incident in waiting:
        box = silent.get((incident.device_id, ""))
        silence = box or silent.get((incident.device_id, incident.camera_id))
        if silence is not None:
            heard = silence.last_heard
            found[incident.incident_id] = {
                "what": silence.what,
                "last_heard": rfc3339(heard) if heard else None,
                "after_s": at.stale_s,
            }
    return found
