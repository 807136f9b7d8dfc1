"""The register of looks: who saw which original, when, and what for (视频图像信息条例 art. 16).

A look is written down before the first byte goes out. A clip is read in many small pieces and a
picture drawn again and again; within ten minutes that is one look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import rfc3339
from api.db import Database
from api.db.tables import EventMedium, EventRow, Look

ONE_LOOK = timedelta(minutes=10)
MAX_PAGE = 500
PURPOSES = {
    "duty": "值守确认",
    "response": "现场处置",
    "case": "案件调取",
    "review": "复核",
    "maintenance": "设备维护",
    "audit": "审计",
}
Purpose = Literal["duty", "response", "case", "review", "maintenance", "audit"]
What = Literal["original", "copy", "package"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks, what for, and from where."""

    name: str
    purpose: Purpose
    address: str


def register(db: Database, who: Looker, what: What, digests: Iterable[str], now: datetime) -> None:
    """Write down that these media are handed out; returns once it is durable."""
    wanted = sorted(set(digests))
    with db.read() as session:
        new = [d for d in wanted if not _is_going_on(session, who, what, d, now)]
    if not new:
        return
    with db.write() as session:
        session.add_all(
            Look(
                at=now,
                actor=who.name,
                sha256=digest,
                what=what,
                purpose=who.purpose,
                address=who.address[:64],
            )
            for digest in new
        )


def list_looks(
    session: Session,
    *,
    actor: str | None = None,
    sha256: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Looks, newest first; `before_id` continues after the last one of a page."""
    rows = select(Look).order_by(Look.id.desc()).limit(limit)
    for column, value in ((Look.actor, actor), (Look.sha256, sha256)):
        if value is not None:
            rows = rows.where(column == value)
    if before_id is not None:
        rows = rows.where(Look.id < before_id)
    found = session.scalars(rows).all()
    about = _incidents(session, {row.sha256 for row in found})
    return [_show(row, about.get(row.sha256, [])) for row in found]


def _is_going_on(session: Session, who: Looker, what: What, digest: str, now: datetime) -> bool:
    same = select(Look.id).where(
        Look.actor == who.name,
        Look.sha256 == digest,
        Look.at > now - ONE_LOOK,
        Look.what == what,
        Look.purpose == who.purpose,
        Look.address == who.address[:64],
    )
    return session.scalar(same.limit(1)) is not None


def _incidents(session: Session, digests: set[str]) -> dict[str, list[str]]:
    rows = (
        select(EventMedium.sha256, EventRow.incident_id)
        .join(EventRow, EventRow.event_id == EventMedium.event_id)
        .where(EventMedium.sha256.in_(digests), EventRow.incident_id.is_not(None))
        .distinct()
    )
    found: dict[str, list[str]] = {}
    for sha256, incident_id in session.execute(rows):
        found.setdefault(sha256, []).append(str(incident_id))
    return found


def _show(row: Look, incidents: list[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": rfc3339(row.at),
        "who": row.actor,
        "what": row.what,
        "purpose": row.purpose,
        "purpose_zh": PURPOSES.get(row.purpose, row.purpose),
        "sha256": row.sha256,
        "incidents": sorted(incidents),
        "address": row.address,
    }
