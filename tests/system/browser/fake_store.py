"""A store of canned answers: for states of the page that a real device cannot easily be brought to.

`python -m tests.system.browser.fake_store --port 8099` serves it for looking at while styling.
Posting to /test/... changes what it answers; the page itself is the real one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from api.pages import router
from datasets import scenes
from tests.system.browser import canned

PEOPLE = {"周岚": "night-shift-1", "秦朗": "night-shift-2"}
Json = dict[str, Any]


class State:
    """What the fake knows."""

    def __init__(self, media: Path, empty: bool) -> None:
        self.media = media
        self.incidents: dict[str, Json] = {}
        for incident in [] if empty else canned.incidents():
            self.incidents[incident["incident_id"]] = incident
        self.cameras = [] if empty else canned.cameras()
        self.devices = [] if empty else canned.devices()
        self.listeners: set[asyncio.Queue[str | None]] = set()
        self.down = False

    def regroup(self, members: list[Json]) -> None:
        """Put these into one case, or let one stand alone, and tell of each."""
        case = canned.case(members) if len(members) > 1 else None
        for member in members:
            member["activity"] = case
            self.tell("incident", {"incident_id": member["incident_id"]})

    def case_of(self, incident: Json) -> list[Json]:
        """All incidents of its case."""
        case = incident["activity"]
        ids = [m["incident_id"] for m in case["members"]] if case else [incident["incident_id"]]
        return [self.incidents[i] for i in ids]

    def tell(self, event: str, data: object) -> None:
        for queue in self.listeners:
            queue.put_nowait(f"event: {event}\ndata: {json.dumps(data)}\n\n")


def build(media: Path, *, empty: bool = False) -> FastAPI:
    app, state = FastAPI(), State(media, empty)

    def person(request: Request) -> str | None:
        name = bytes.fromhex(request.cookies.get("session", "")).decode()
        return name if name in PEOPLE else None

    app.include_router(router(person))

    @app.middleware("http")
    async def gate(request: Request, call_next: Any) -> Response:
        path = request.url.path
        if state.down and path.startswith("/v1/"):
            return JSONResponse({"error": "down", "detail": "down"}, 503)
        if path.startswith("/v1/") and path != "/v1/login" and person(request) is None:
            return JSONResponse({"error": "unauthorised", "detail": "log in"}, 401)
        answer: Response = await call_next(request)
        return answer

    @app.post("/v1/login")
    def login(body: Json) -> Response:
        if PEOPLE.get(body["name"]) != body["password"]:
            return JSONResponse({"error": "wrong", "detail": "wrong name or password"}, 401)
        answer = JSONResponse({"name": body["name"]})
        answer.set_cookie("session", body["name"].encode().hex(), httponly=True, samesite="strict")
        return answer

    @app.post("/v1/logout")
    def logout() -> Response:
        answer = JSONResponse({})
        answer.delete_cookie("session")
        return answer

    @app.get("/v1/me")
    def me(request: Request) -> Json:
        return {"name": person(request), "shelve_max_s": 8 * 3600}

    @app.get("/v1/incidents")
    def incidents() -> Json:
        rows = sorted(state.incidents.values(), key=lambda i: str(i["opened_at"]), reverse=True)
        return {"items": [{**i, "events": []} for i in rows], "next": None}

    @app.get("/v1/incidents/{incident_id}")
    def incident(incident_id: str) -> Response:
        found = state.incidents.get(incident_id)
        return JSONResponse(found or {"error": "unknown", "detail": "?"}, 200 if found else 404)

    @app.post("/v1/incidents/{incident_id}/verdict")
    def verdict(incident_id: str, body: Json, request: Request) -> Response:
        found = state.incidents[incident_id]
        if found["verdict"]:
            return JSONResponse({"error": "decided", "detail": "another verdict stands"}, 409)
        made = {**body, "by": person(request), "at": canned.ago(0), "via": None}
        members = state.case_of(found)
        for member in (m for m in members if m["verdict"] is None):
            member["verdict"] = made | ({"via": incident_id} if member is not found else {})
        state.regroup(members)
        return JSONResponse(found)

    @app.post("/v1/incidents/{incident_id}/split")
    def split(incident_id: str, body: Json, request: Request) -> Json:
        found = state.incidents[incident_id]
        others = [m for m in state.case_of(found) if m is not found]
        found["split"] = {**body, "by": person(request), "at": canned.ago(0)}
        state.regroup([found])
        state.regroup(others)
        return found

    @app.post("/v1/incidents/{incident_id}/shelve")
    def shelve(incident_id: str, body: Json, request: Request) -> Json:
        found = state.incidents[incident_id]
        found["shelved"] = {
            "by": person(request),
            "at": canned.ago(0),
            "reason": body["reason"],
            "until": canned.ago(-body["for_s"]),
            "level": found["level"],
        }
        state.tell("incident", {"incident_id": incident_id})
        return found

    @app.post("/v1/incidents/{incident_id}/unshelve")
    def unshelve(incident_id: str) -> Json:
        state.incidents[incident_id]["shelved"] = None
        state.tell("incident", {"incident_id": incident_id})
        return state.incidents[incident_id]

    @app.post("/test/standing/{incident_id}")
    def stand(incident_id: str, body: Json) -> Json:
        state.incidents[incident_id] |= body
        state.tell("incident", {"incident_id": incident_id})
        return {}

    @app.get("/v1/cameras")
    def cameras() -> Json:
        return {"items": state.cameras}

    @app.get("/v1/devices")
    def devices() -> Json:
        return {"items": state.devices}

    @app.get("/v1/network")
    def network() -> Json:
        return scenes.network_geojson()

    @app.get("/v1/media/{name}")
    def medium(name: str) -> FileResponse:
        return FileResponse(state.media / name)

    @app.get("/v1/live")
    async def live() -> StreamingResponse:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        state.listeners.add(queue)

        async def words() -> AsyncIterator[str]:
            yield ": hello\n\n"
            try:
                while (word := await queue.get()) is not None:
                    yield word
            finally:
                state.listeners.discard(queue)

        return StreamingResponse(words(), media_type="text/event-stream")

    @app.post("/test/incident")
    def arrive(body: Json) -> Json:
        joined = [state.incidents[i] for i in body.pop("joins", [])]
        made = canned.incident(**body)
        state.incidents[made["incident_id"]] = made
        state.regroup([*joined, made])
        return made

    @app.post("/test/decide")
    def decide_silently(body: Json) -> Json:
        verdict = {"verdict": body["verdict"], "reason": "false_alarm", "note": None}
        state.incidents[body["incident_id"]]["verdict"] = {
            **verdict,
            "by": body["by"],
            "at": canned.ago(0),
            "made_at": None,
        }
        return {}

    @app.get("/test/verdict/{incident_id}")
    def verdict_of(incident_id: str) -> Json:
        return {"verdict": state.incidents[incident_id]["verdict"]}

    @app.post("/test/devices")
    def tell_devices(body: list[Json]) -> Json:
        state.devices = [{**state.devices[0], **one} for one in body]
        state.tell("status", state.devices[0])
        return {}

    @app.post("/test/down")
    def down(body: Json) -> Json:
        state.down = body["down"]
        if state.down:
            for queue in state.listeners:
                queue.put_nowait(None)
        return {}

    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--media", type=Path, default=None)
    parser.add_argument("--empty", action="store_true")
    args = parser.parse_args()
    media = args.media or Path(tempfile.mkdtemp())
    canned.draw_media(media)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    uvicorn.run(
        build(media, empty=args.empty), port=args.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
