"""Doors for persons: login, incidents, media, evidence, states."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.audit import note
from api.auth import sessions
from api.auth.accounts import NAME
from api.db.tables import EventRow
from api.errors import Refusal
from api.guard import MEDIA_POLICY
from api.incidents import MAX_PAGE, Decision, Filter, decide, get_incident, list_incidents, show
from api.media import find_medium
from api.package import build
from api.playable import playable_copy
from api.routes.who import (
    Address,
    ThePerson,
    TheStore,
    cookie_name,
    person,
    same_origin,
)
from api.status import list_cameras, list_devices
from api.version import store_version
from api.views import show_event

routes = APIRouter()
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Path(max_length=64)]
Word = Annotated[str | None, Query(max_length=64)]
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9998, 1, 1, tzinfo=UTC))
]
SameOrigin = Depends(same_origin)


class Login(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=128)]


class VerdictBody(BaseModel):
    """What a person found, and why."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["confirmed", "dismissed"]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=2000)] | None = None


@routes.post("/v1/login", dependencies=[SameOrigin])
def login(
    body: Login, request: Request, response: Response, store: TheStore, address: Address
) -> dict[str, str]:
    """Open a session; its id travels in the cookie alone."""
    if not NAME.fullmatch(body.name):
        raise Refusal(401, "login_failed", "name or password is wrong")
    name = cookie_name(store.settings)
    old = request.cookies.get(name)
    if old:
        with store.db.write() as session:
            sessions.log_out(session, sessions.digest(old))
    cookie = sessions.log_in(
        store.db,
        body.name,
        body.password,
        address=address,
        settings=store.settings,
        now=store.clock(),
    )
    response.set_cookie(
        name,
        cookie,
        max_age=store.settings.session_total_s,
        path="/",
        secure=store.settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )
    return {"name": body.name}


@routes.post("/v1/logout", dependencies=[SameOrigin])
def logout(who: ThePerson, response: Response, store: TheStore, address: Address) -> dict[str, str]:
    """End the session, and the live streams that hang on it."""
    with store.db.write() as session:
        sessions.log_out(session, who.session_sha256)
        note(
            session, store.clock(), actor=who.name, action="logout", about=who.name, address=address
        )
    store.live.publish("logout", {"session": who.session_sha256})
    response.delete_cookie(
        cookie_name(store.settings),
        path="/",
        secure=store.settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )
    return {"name": who.name}


@routes.get("/v1/me")
def me(who: ThePerson) -> dict[str, Any]:
    """Who is logged in."""
    return {"name": who.name, "is_admin": who.is_admin}


def _filter(
    state: Annotated[list[Literal["open", "ended"]], Query()] = [],  # noqa: B006 - FastAPI copies it
    verdict: Annotated[list[Literal["none", "confirmed", "dismissed"]], Query()] = [],  # noqa: B006
    level: Annotated[list[Literal["red", "orange", "yellow", "blue"]], Query()] = [],  # noqa: B006
    camera: Word = None,
    device: Word = None,
    segment: Annotated[str | None, Query(max_length=200)] = None,
    since: Instant | None = None,
    until: Instant | None = None,
) -> Filter:
    return Filter(
        state=state,
        verdict=verdict,
        level=level,
        camera=camera,
        device=device,
        segment=segment,
        since=since,
        until=until,
    )


@routes.get("/v1/incidents", dependencies=[Depends(person)])
def incidents(
    store: TheStore,
    wanted: Annotated[Filter, Depends(_filter)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """A page of incidents."""
    with store.db.read() as session:
        return list_incidents(session, wanted, limit=limit, cursor=cursor or None)


@routes.get("/v1/incidents/{incident_id}", dependencies=[Depends(person)])
def incident(incident_id: Id, store: TheStore) -> dict[str, Any]:
    """One incident with its events."""
    with store.db.read() as session:
        return show(session, get_incident(session, incident_id))


@routes.post("/v1/incidents/{incident_id}/verdict", dependencies=[SameOrigin])
def verdict(
    incident_id: Id, body: VerdictBody, who: ThePerson, store: TheStore, address: Address
) -> dict[str, Any]:
    """Confirm or dismiss."""
    with store.db.write() as session:
        did = decide(
            session,
            incident_id,
            Decision(body.verdict, body.reason, body.note),
            by=who.name,
            address=address,
            now=store.clock(),
        )
        shown = show(session, get_incident(session, incident_id))
    if did:
        store.live.publish("incident", {"incident_id": incident_id})
    return shown


@routes.get("/v1/incidents/{incident_id}/evidence.zip")
def evidence(
    incident_id: Id, who: ThePerson, store: TheStore, address: Address
) -> StreamingResponse:
    """The evidence package; every download is in the audit trail."""
    now = store.clock()
    with store.db.read() as session:
        package = build(
            session,
            get_incident(session, incident_id),
            store.blobs,
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
        )
    return StreamingResponse(
        package.stream(),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{package.name}"'},
    )


@routes.get("/v1/events", dependencies=[Depends(person)])
def events(
    store: TheStore,
    device: Word = None,
    after_seq: Annotated[int, Query(ge=0, lt=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> dict[str, Any]:
    """Events in the order of each device's chain."""
    rows = select(EventRow).where(EventRow.seq > after_seq)
    if device is not None:
        rows = rows.where(EventRow.device_id == device)
    with store.db.read() as session:
        found = session.scalars(rows.order_by(EventRow.seq, EventRow.device_id).limit(limit))
        return {"items": [show_event(session, row) for row in found]}


@routes.get("/v1/events/{event_id}", dependencies=[Depends(person)])
def event(event_id: Id, store: TheStore) -> dict[str, Any]:
    """One event, its payload and what was checked."""
    with store.db.read() as session:
        row = session.get(EventRow, event_id)
        if row is None:
            raise Refusal(404, "not_found", "there is no such event")
        return show_event(session, row)


@routes.get("/v1/media/sha256/{digest}", dependencies=[Depends(person)])
def medium(digest: Digest, store: TheStore) -> FileResponse:
    """The original bytes; answers Range."""
    with store.db.read() as session:
        kind = find_medium(session, digest).type
    return FileResponse(store.blobs.open(digest), media_type=kind, headers=_media_headers(digest))


@routes.get("/v1/media/sha256/{digest}/playable", dependencies=[Depends(person)])
def playable(digest: Digest, store: TheStore) -> FileResponse:
    """A clip that a browser plays: the original if it is H.264, else a copy, marked as such."""
    with store.db.read() as session:
        found = find_medium(session, digest)
        kind, codec = found.type, found.codec
    original = store.blobs.open(digest)
    if kind != "video/mp4" or codec == "h264":
        return FileResponse(original, media_type=kind, headers=_media_headers(digest))
    copy = playable_copy(original, digest, store.derived, store.settings.cache_bytes)
    marked = {"Linewarden-Derived-From": digest}
    return FileResponse(copy, media_type="video/mp4", headers=_media_headers(None) | marked)


@routes.get("/v1/cameras", dependencies=[Depends(person)])
def cameras(store: TheStore) -> dict[str, Any]:
    """Cameras as their boxes told."""
    with store.db.read() as session:
        return {"items": list_cameras(session, store.clock(), store.settings.status_stale_s)}


@routes.get("/v1/devices", dependencies=[Depends(person)])
def devices(store: TheStore) -> dict[str, Any]:
    """Boxes as they told."""
    with store.db.read() as session:
        return {"items": list_devices(session)}


@routes.get("/v1/network", dependencies=[Depends(person)])
def network(store: TheStore) -> dict[str, Any]:
    """The pipelines as GeoJSON."""
    with store.db.read() as session:
        found = store.network(session)
    features = [
        {
            "type": "Feature",
            "properties": {
                "segment_id": s.segment_id,
                "route_id": s.route_id,
                "owner": s.owner,
                "subdistrict": s.subdistrict,
                "hca": s.hca,
                "from_m": s.from_m,
                "to_m": s.to_m,
            },
            "geometry": {"type": "LineString", "coordinates": s.line},
        }
        for s in (found.segments if found else ())
    ]
    version = found.version if found else None
    return {"type": "FeatureCollection", "version": version, "features": features}


def _media_headers(digest: str | None) -> dict[str, str]:
    headers = {"Content-Security-Policy": MEDIA_POLICY, "Content-Disposition": "inline"}
    return headers | ({"ETag": f'"{digest}"'} if digest else {})
