"""Doors for persons: original media, copies that play, evidence packages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse, StreamingResponse

from api.audit import note
from api.guard import MEDIA_POLICY
from api.incidents import get_incident
from api.looks import Looker, Purpose, register
from api.media import find_medium
from api.package import build
from api.playable import playable_copy
from api.routes.who import Address, ThePerson, TheStore
from api.version import store_version

routes = APIRouter()
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Path(max_length=64)]


def looker(
    who: ThePerson, address: Address, purpose: Annotated[Purpose, Query()] = "duty"
) -> Looker:
    """Who looks, and what for: on duty unless another purpose is stated."""
    return Looker(name=who.name, purpose=purpose, address=address)


TheLooker = Annotated[Looker, Depends(looker)]


@routes.get("/v1/incidents/{incident_id}/evidence.zip")
def evidence(
    incident_id: Id, who: TheLooker, store: TheStore, address: Address
) -> StreamingResponse:
    """The evidence package; every download is in the audit trail and in the register of looks."""
    now = store.clock()
    with store.db.read() as session:
        package = build(
            session,
            get_incident(session, incident_id),
            store.blobs,
            signer=store.signer,
            verifier=store.verifier,
            made_at=now,
            store_version=store_version(),
        )
    with store.db.write() as session:
        note(
            session,
            now,
            actor=who.name,
            action="evidence_exported",
            about=incident_id,
            address=address,
            package=package.package_id,
        )
    register(store.db, who, "package", package.media, now)
    return StreamingResponse(
        package.stream(),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{package.name}"'},
    )


@routes.get("/v1/media/sha256/{digest}")
def medium(digest: Digest, store: TheStore, who: TheLooker) -> FileResponse:
    """The original bytes; answers Range."""
    with store.db.read() as session:
        kind = find_medium(session, digest).type
    file = store.blobs.open(digest)
    register(store.db, who, "original", [digest], store.clock())
    return FileResponse(file, media_type=kind, headers=_media_headers(digest))


@routes.get("/v1/media/sha256/{digest}/playable")
def playable(digest: Digest, store: TheStore, who: TheLooker) -> FileResponse:
    """A clip that a browser plays: the original if it is H.264, else a copy, marked as such."""
    with store.db.read() as session:
        found = find_medium(session, digest)
        kind, codec = found.type, found.codec
    original = store.blobs.open(digest)
    if kind != "video/mp4" or codec == "h264":
        register(store.db, who, "original", [digest], store.clock())
        return FileResponse(original, media_type=kind, headers=_media_headers(digest))
    copy = playable_copy(original, digest, store.derived, store.settings.cache_bytes)
    register(store.db, who, "copy", [digest], store.clock())
    marked = {"Linewarden-Derived-From": digest}
    return FileResponse(copy, media_type="video/mp4", headers=_media_headers(None) | marked)


def _media_headers(digest: str | None) -> dict[str, str]:
    headers = {"Content-Security-Policy": MEDIA_POLICY, "Content-Disposition": "inline"}
    return headers | ({"ETag": f'"{digest}"'} if digest else {})
