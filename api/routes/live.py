"""Live updates as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth.sessions import Person, person_of
from api.routes.who import ThePerson, TheStore
from api.store import Store

routes = APIRouter()
HEARTBEAT_S = 10.0


def has_room(store: TheStore) -> None:
    """Refusal 503 before a stream begins; afterwards there is no status to send."""
    store.live.refuse_if_full()


@routes.get("/v1/live", response_class=EventSourceResponse, dependencies=[Depends(has_room)])
async def live(who: ThePerson, store: TheStore) -> AsyncIterator[ServerSentEvent]:
    """`incident` and `status` as they happen, until logout, loss of the session or the end.

    Nothing is replayed: whoever connects, or connects again, reads the lists first.
    """
    with store.live.subscribe() as stream:
        yield ServerSentEvent(comment="connected", retry=2000)
        while True:
            try:
                message = await stream.get(HEARTBEAT_S)
            except TimeoutError:
                if not await _is_logged_in(store, who):
                    return
                yield ServerSentEvent(comment="alive")
                continue
            if message is None:
                return
            if message.kind == "logout":
                if message.data.get("session") == who.session_sha256:
                    return
                continue
            yield ServerSentEvent(event=message.kind, data=message.data)


async def _is_logged_in(store: Store, who: Person) -> bool:
    found = await run_in_threadpool(
        person_of, store.db, who.session_sha256, store.settings, store.clock(), seen=False
    )
    return found is not None
