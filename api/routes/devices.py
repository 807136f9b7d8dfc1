"""Doors for boxes: enrolment, media, events, status."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.auth import devices
from api.clock import rfc3339
from api.errors import Refusal
from api.ingest import accept
from api.media import Upload, find_medium
from api.routes.who import Address, DeviceCaller, TheDevice, TheStore, device_now, raw_body, reader
from api.status import StatusReport, take_status

routes = APIRouter()
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_BUFFER_BYTES = 1 << 20


class Enrolment(BaseModel):
    """A box that wants to become known; the key is base64 of its SPKI DER."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=64)]
    public_key: Annotated[str, Field(min_length=1, max_length=2048)]
    proof: Annotated[str, Field(min_length=1, max_length=256)]


@routes.post("/v1/devices/enrol")
def enrol(body: Enrolment, response: Response, store: TheStore, address: Address) -> dict[str, Any]:
    """Spend a one-time code: 201 for a new key, 200 for one that is enrolled already."""
    request = devices.Request(body.code, body.name, body.public_key, body.proof)
    with store.db.write() as session:
        made = devices.enrol(session, request, address=address, now=store.clock())
    response.status_code = 201 if made.is_new else 200
    return {
        "device_id": made.device_id,
        "key_id": made.key_id,
        "token": made.token,
        "enrolment_sha256": made.enrolment_sha256,
    }


@routes.head("/v1/media/sha256/{digest}")
def has_medium(
    digest: Digest, store: TheStore, _who: Annotated[object, Depends(reader)]
) -> Response:
    """200 if these bytes are kept, else 404."""
    with store.db.read() as session:
        found = find_medium(session, digest)
        size, kind = found.size, found.type
    if store.blobs.size(digest) != size:
        raise Refusal(404, "not_found", "this medium is damaged or gone; send it again")
    return Response(media_type=kind, headers={"Content-Length": str(size)})


@routes.put("/v1/media/sha256/{digest}")
async def put_medium(
    digest: Digest,
    request: Request,
    response: Response,
    store: TheStore,
    who: Annotated[DeviceCaller, Depends(device_now)],
) -> dict[str, Any]:
    """Take a medium in while it streams."""
    upload = await run_in_threadpool(Upload, store.blobs, store.settings.max_media_bytes)
    with upload:
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= _BUFFER_BYTES:
                await run_in_threadpool(upload.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(upload.write, bytes(waiting))
        kept = await run_in_threadpool(upload.finish, store, digest, who.device_id)
    response.status_code = 201 if kept.is_new else 200
    return {"sha256": kept.sha256, "size": kept.size, "type": kept.type}


@routes.post("/v1/events")
def post_event(
    body: Annotated[bytes, Depends(raw_body)],
    response: Response,
    store: TheStore,
    who: TheDevice,
    idempotency_key: Annotated[str | None, Header(max_length=64)] = None,
) -> dict[str, Any]:
    """Take a signed event in."""
    found = accept(store, who.device_id, who.spki, body, idempotency_key)
    response.status_code = 201 if found.is_new else 200
    return {
        "event_id": found.event_id,
        "payload_sha256": found.payload_sha256,
        "seq": found.seq,
    }


@routes.post("/v1/status")
def post_status(body: StatusReport, store: TheStore, who: TheDevice) -> dict[str, str]:
    """Take a box's report in."""
    return {"received_at": rfc3339(take_status(store, who.device_id, body))}
