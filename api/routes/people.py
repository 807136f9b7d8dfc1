"""Doors for persons: login, incidents and their verdicts, events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import note
from api.auth import sessions
from api.auth.accounts import NAME
from api.cases import split as split_case
from api.db.tables import EventRow
from api.errors import Refusal
from api.incidents import MAX_PAGE, Decision, Filter, decide, get_incident, list_incidents, show
from api.routes.who import (
    Address,
    ThePerson,
    TheStore,
    cookie_name,
    person,
    same_origin,
)
from api.shelving import Shelf, is_shelved, shelve, unshelve
from api.store import Store
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
    """What a person found, and why; `made_at` is the browser's word for when, if it came later."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["confirmed", "dismissed"]
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=2000)] | None = None
    made_at: Instant | None = None


class ReasonBody(BaseModel):
    """Why a person does it."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ShelfBody(ReasonBody):
    """For how many seconds, and why."""

    for_s: int


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
def me(who: ThePerson, store: TheStore) -> dict[str, Any]:
    """Who is logged in, and for how long that person may shelve."""
    return {
        "name": who.name,
        "is_admin": who.is_admin,
        "shelve_max_s": store.settings.shelve_max_s,
    }


def _filter(
    state: Annotated[list[Literal["open", "ended"]], Query()] = [],  # noqa: B006 - FastAPI copies it
    verdict: Annotated[list[Literal["none", "confirmed", "dismissed"]], Query()] = [],  # noqa: B006
    level: Annotated[list[Literal["red", "orange", "yellow", "blue"]], Query()] = [],  # noqa: B006
    camera: Word = None,
    device: Word = None,
    segment: Annotated[str | None, Query(max_length=200)] = None,
    since: Instant | None = None,
    until: Instant | None = None,
    shelved: bool | None = None,
    cases: bool = False,
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
        shelved=shelved,
        cases=cases,
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
        return list_incidents(session, wanted, store.moment(), limit=limit, cursor=cursor or None)


@routes.get("/v1/incidents/{incident_id}", dependencies=[Depends(person)])
def incident(incident_id: Id, store: TheStore) -> dict[str, Any]:
    """One incident with its events."""
    with store.db.read() as session:
        return show(session, get_incident(session, incident_id), store.moment())


@routes.post("/v1/incidents/{incident_id}/verdict", dependencies=[SameOrigin])
def verdict(
    incident_id: Id, body: VerdictBody, who: ThePerson, store: TheStore, address: Address
) -> dict[str, Any]:
    """Confirm or dismiss."""
    decision = Decision(body.verdict, body.reason, body.note, body.made_at)
    return _change(
        store,
        incident_id,
        lambda session: decide(
            session, incident_id, decision, by=who.name, address=address, now=store.clock()
        ),
    )


@routes.post("/v1/incidents/{incident_id}/split", dependencies=[SameOrigin])
def split(
    incident_id: Id, body: ReasonBody, who: ThePerson, store: TheStore, address: Address
) -> dict[str, Any]:
    """Another activity after all: take it out of its case."""

    def work(session: Session) -> Iterable[str]:
        changed = split_case(
            session, incident_id, body.reason, by=who.name, address=address, now=store.clock()
        )
        if is_shelved(get_incident(session, incident_id), store.clock()):
            unshelve(session, incident_id, by=who.name, address=address, now=store.clock())
        return changed

    return _change(store, incident_id, work)


@routes.post("/v1/incidents/{incident_id}/shelve", dependencies=[SameOrigin])
def put_away(
    incident_id: Id, body: ShelfBody, who: ThePerson, store: TheStore, address: Address
) -> dict[str, Any]:
    """Put its case away for a while."""
    return _change(
        store,
        incident_id,
        lambda session: shelve(
            session,
            incident_id,
            Shelf(body.reason, body.for_s),
            max_s=store.settings.shelve_max_s,
            by=who.name,
            address=address,
            now=store.clock(),
        ),
    )


@routes.post("/v1/incidents/{incident_id}/unshelve", dependencies=[SameOrigin])
def bring_back(
    incident_id: Id, who: ThePerson, store: TheStore, address: Address
) -> dict[str, Any]:
    """Bring its case back before its time."""
    return _change(
        store,
        incident_id,
        lambda session: unshelve(
            session, incident_id, by=who.name, address=address, now=store.clock()
        ),
    )


def _change(
    store: Store, incident_id: str, work: Callable[[Session], Iterable[str]]
) -> dict[str, Any]:
    """The incident after `work`, done in one transaction; pages hear of all that it changed."""
    with store.db.write() as session:
        changed = work(session)
        shown = show(session, get_incident(session, incident_id), store.moment())
    for one in changed:
        store.live.publish("incident", {"incident_id": one})
    return shown


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
