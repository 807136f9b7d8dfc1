"""How the boxes and their cameras are, as they told last; what is old counts as unknown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.clock import rfc3339
from api.db.tables import Device, DeviceStatus, Quarantined
from api.store import Store
from events.record import Name

Count = Annotated[int, Field(ge=0, lt=2**53)]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Reason = Annotated[str, StringConstraints(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Site(_Part):
    """Where a camera stands and looks."""

    lon: Degrees
    lat: Degrees
    facing_deg: Degrees | None = None
    range_m: Metres | None = None


class CameraReport(_Part):
    """One camera, or one sensor, as its box sees it."""

    id: Name
    kind: Literal["camera", "sensor"] = "camera"
    state: Literal["ok", "dead", "unknown"]
    last_frame_age_s: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    reason: Reason | None = None
    site: Site | None = None


class StatusReport(_Part):
    """What a box tells about itself every few seconds.

    `refused_total` counts events that found no room on the box, since it was set up; `tampered`:
    the store holds something else under this box's numbers. None is a box that does not say.
    """

    sent_at: datetime
    queued: Count
    parked: Count
    outbox_bytes: Count
    outbox_full: bool
    refused_total: Count | None = None
    tampered: bool | None = None
    cameras: Annotated[list[CameraReport], Field(max_length=256)]


def take_status(store: Store, device_id: str, report: StatusReport) -> datetime:
    """Keep a box's report and show it to who watches; answers when it was received."""
    now = store.clock()
    sent_at = report.sent_at if report.sent_at.tzinfo else None
    offset_ms = round((now - sent_at).total_seconds() * 1000) if sent_at else 0
    with store.db.write() as session:
        session.merge(
            DeviceStatus(
                device_id=device_id,
                reported_at=now,
                clock_offset_ms=max(-(2**53), min(2**53, offset_ms)),
                queued=report.queued,
                parked=report.parked,
                outbox_bytes=report.outbox_bytes,
                outbox_full=report.outbox_full,
                refused_total=report.refused_total,
                tampered=report.tampered,
                cameras=[camera.model_dump(mode="json") for camera in report.cameras],
            )
        )
        device = session.get_one(Device, device_id)
        status = session.get_one(DeviceStatus, device_id)
        row = _device_row(device, status, _conflicts(session, device_id).get(device_id, 0))
    store.live.publish("status", row)
    return now


def list_devices(session: Session) -> list[dict[str, Any]]:
    """Every enrolled box; what it has not told is None."""
    found = _conflicts(session)
    return [
        _device_row(device, status, found.get(device.device_id, 0))
        for device, status in _rows(session)
    ]


def list_cameras(session: Session, now: datetime, stale_s: float) -> list[dict[str, Any]]:
    """Every camera that a box has told of. Ages grow while a box is silent."""
    found = []
    for device, status in _rows(session):
        if status is None or device.revoked_at is not None:
            continue
        silent_s = (now - status.reported_at).total_seconds()
        found += [_camera_row(c, status, silent_s, stale_s) for c in status.cameras]
    return found


def _rows(session: Session) -> list[tuple[Device, DeviceStatus | None]]:
    joined = (
        select(Device, DeviceStatus)
        .join(DeviceStatus, DeviceStatus.device_id == Device.device_id, isouter=True)
        .order_by(Device.device_id)
    )
    return [(device, status) for device, status in session.execute(joined)]


def _conflicts(session: Session, device_id: str | None = None) -> dict[str, int]:
    """How many contradicting events are kept aside, by device."""
    counted = select(Quarantined.device_id, func.count()).group_by(Quarantined.device_id)
    if device_id is not None:
        counted = counted.where(Quarantined.device_id == device_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def _device_row(device: Device, status: DeviceStatus | None, conflicts: int) -> dict[str, Any]:
    return {
        "device_id": device.device_id,
        "name": device.name,
        "enrolled_at": rfc3339(device.enrolled_at),
        "revoked_at": rfc3339(device.revoked_at) if device.revoked_at else None,
        "token_revoked_at": rfc3339(device.token_revoked_at) if device.token_revoked_at else None,
        "conflicts": conflicts,
        "chain_gap": max(0, device.max_seq - device.head_seq),
        "reported_at": rfc3339(status.reported_at) if status else None,
        "queued": status.queued if status else None,
        "parked": status.parked if status else None,
        "outbox_bytes": status.outbox_bytes if status else None,
        "outbox_full": status.outbox_full if status else None,
        "refused_total": status.refused_total if status else None,
        "tampered": status.tampered if status else None,
        "clock_offset_ms": status.clock_offset_ms if status else None,
    }


def _camera_row(
    camera: dict[str, Any], status: DeviceStatus, silent_s: float, stale_s: float
) -> dict[str, Any]:
    age_s = camera.get("last_frame_age_s")
    is_stale = silent_s > stale_s
    return {
        "camera_id": camera["id"],
        "kind": camera.get("kind", "camera"),
        "device_id": status.device_id,
        "state": "unknown" if is_stale else camera["state"],
        "reason": f"its box has not reported for {silent_s:.0f} s"
        if is_stale
        else camera.get("reason"),
        "last_frame_age_s": None if age_s is None else round(age_s + max(0.0, silent_s), 1),
        "reported_at": rfc3339(status.reported_at),
        "site": camera.get("site"),
    }
