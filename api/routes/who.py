"""Who asks: a device by its token, a person by the session cookie; and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.auth.devices import device_of
from api.auth.sessions import Person, find_person
from api.errors import Refusal
from api.settings import StoreSettings
from api.store import Store


def the_store(request: Request) -> Store:
    """The store behind this application."""
    store = request.app.state.store
    assert isinstance(store, Store)  # noqa: S101 - put there by create_app
    return store


TheStore = Annotated[Store, Depends(the_store)]


def cookie_name(settings: StoreSettings) -> str:
    """`__Host-` binds the cookie to this host, path and TLS; plain HTTP cannot have it."""
    return "__Host-linewarden" if settings.cookie_secure else "linewarden"


def address_of(request: Request) -> str:
    """The peer's address. Headers that a client may write are not believed here."""
    return request.client.host if request.client else "unknown"


def maybe_person(request: Request, store: TheStore) -> Person | None:
    """Who is logged in, or None."""
    cookie = request.cookies.get(cookie_name(store.settings))
    return find_person(store.db, cookie, store.settings, store.clock()) if cookie else None


def person(who: Annotated[Person | None, Depends(maybe_person)]) -> Person:
    """Who is logged in. Refusal 401."""
    if who is None:
        raise Refusal(401, "login_needed", "log in first")
    return who


def admin(who: Annotated[Person, Depends(person)]) -> Person:
    """An administrator. Refusal 401 or 403."""
    if not who.is_admin:
        raise Refusal(403, "admin_needed", "this is for administrators")
    return who


def same_origin(request: Request, store: TheStore) -> None:
    """Refusal 403 where another site's page made the browser ask."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "foreign_origin", "this request comes from another site's page")
    if origin is None:
        return
    wanted = store.settings.public_url
    found = urlsplit(origin)
    fits = (
        origin == wanted
        if wanted
        else found.scheme in ("http", "https") and found.netloc == request.headers.get("host")
    )
    if not fits:
        raise Refusal(403, "foreign_origin", "this request comes from another site's page")


@dataclass(frozen=True, slots=True)
class DeviceCaller:
    """An enrolled device that is not revoked."""

    device_id: str
    spki: bytes


def find_device(store: Store, authorization: str) -> DeviceCaller:
    """By `Bearer TOKEN`. Refusal 401 or 403."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(
            401,
            "token_needed",
            "send the token of the enrolment as Authorization: Bearer",
            headers={"WWW-Authenticate": "Bearer"},
        )
    with store.db.read() as session:
        found = device_of(session, token.strip())
        return DeviceCaller(found.device_id, found.spki)


def device(request: Request, store: TheStore) -> DeviceCaller:
    """The device that calls. Refusal 401 or 403."""
    return find_device(store, request.headers.get("authorization", ""))


def reader(request: Request, store: TheStore) -> Person | DeviceCaller:
    """A device or a person: who may ask whether a medium is there."""
    if "authorization" in request.headers:
        return device(request, store)
    return person(maybe_person(request, store))


async def raw_body(request: Request) -> bytes:
    """The body as it came; `Guard` limits its size."""
    return await request.body()


async def device_now(request: Request, store: TheStore) -> DeviceCaller:
    """As `device`, for endpoints that stream and so are asynchronous."""
    return await run_in_threadpool(device, request, store)


ThePerson = Annotated[Person, Depends(person)]
TheAdmin = Annotated[Person, Depends(admin)]
TheDevice = Annotated[DeviceCaller, Depends(device)]
Address = Annotated[str, Depends(address_of)]
