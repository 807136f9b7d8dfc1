"""The audit trail: who did what, when, to what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from api.db.tables import Audit


def note(
    session: Session,
    now: datetime,
    *,
    actor: str,
    action: str,
    about: str,
    address: str | None = None,
    **detail: str | int | None,
) -> None:
    """Write one line in the transaction of what it tells."""
    session.add(
        Audit(
            at=now,
            actor=actor[:80],
            action=action,
            object=about[:80],
            address=address and address[:64],
            detail=detail,
        )
    )
