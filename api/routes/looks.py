"""The door for whoever audits: the register of looks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.audit import note
from api.looks import MAX_PAGE, list_looks
from api.routes.who import Address, TheAdmin, TheStore

routes = APIRouter()


@routes.get("/v1/looks")
def looks(
    admin: TheAdmin,
    store: TheStore,
    address: Address,
    who: Annotated[str | None, Query(max_length=64)] = None,
    sha256: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    before: Annotated[int | None, Query(ge=1, lt=2**53)] = None,
) -> dict[str, Any]:
    """Who looked at which original, newest first; reading it is in the audit trail."""
    with store.db.write() as session:
        items = list_looks(session, actor=who, sha256=sha256, before_id=before, limit=limit)
        note(
            session,
            store.clock(),
            actor=admin.name,
            action="looks_read",
            about=who or sha256 or "all",
            address=address,
        )
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}
