"""The routes of the page: its files, pictures of the recording, check, try and save."""

from __future__ import annotations

import math
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api.pages import router as desk_pages
from api.pages.assets import Asset, read_assets
from api.pages.router import HEADERS
from cameras import SnapshotError, Stills
from linewarden.yamlfile import Problem
from linewarden.zones.catalogue import catalogue
from linewarden.zones.draft import Draft, SaveError
from linewarden.zones.pass_key import PassKey
from linewarden.zones.trial import Trials

HERE = Path(__file__).resolve().parent
DESK = Path(desk_pages.__code__.co_filename).resolve().parent
MOST_BYTES = 2_000_000
"""Of a request: some thousand zones."""
Answer = Callable[[Request], Awaitable[Response]]


class Drawn(BaseModel):
    """What the page has drawn: the forms of `linewarden.zones.entries`."""

    model_config = ConfigDict(extra="forbid")

    zones: list[dict[str, Any]]
    rules: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recording:
    """What is tried on: its name, its pictures (one at a time), and whether it is made up."""

    name: str
    stills: Stills
    key: str
    simulated: bool = False
    busy: threading.Lock = field(default_factory=threading.Lock)


def create_app(
    recording: Recording, draft: Draft, trials: Trials, pass_key: PassKey, classes: tuple[str, ...]
) -> FastAPI:
    """The page's server; everything but the link needs the cookie of `pass_key`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _guard(app, pass_key)
    _files(app, pass_key)
    _data(app, recording, draft, classes)
    _tries(app, draft, trials)
    return app


def _guard(app: FastAPI, pass_key: PassKey) -> None:
    @app.middleware("http")
    async def only_the_holder(request: Request, answer: Answer) -> Response:
        if not pass_key.is_ours(request):
            return _refused("host", "请使用终端显示的地址", "use the address that is printed")
        if request.url.path != "/" and not pass_key.knows(request):
            return _refused(
                "token", "请用终端里最新的链接打开", "open it by the newest link in the terminal"
            )
        if _size(request) > MOST_BYTES:
            return _refused("too_large", "内容太大", "that is too large", 413)
        return await answer(request)

    @app.exception_handler(RequestValidationError)
    async def nonsense(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return _refused("nonsense", f"{where} 无法读取", f"{where}: {first['msg']}", 422)

    @app.exception_handler(HTTPException)
    async def no_such(_: Request, error: HTTPException) -> Response:
        return _refused("no_such", "没有这个地址", str(error.detail), error.status_code)


def _size(request: Request) -> float:
    """Bytes of the body; infinite where nobody says."""
    stated = request.headers.get("content-length", "")
    if stated.isdigit():
        return int(stated)
    return math.inf if stated or "transfer-encoding" in request.headers else 0


def _files(app: FastAPI, pass_key: PassKey) -> None:
    desk = read_assets(DESK / "static")
    own = {f"zones/{name}": asset for name, asset in read_assets(HERE / "static").items()}
    page = (HERE / "page.html").read_bytes()
    door = (HERE / "door.html").read_bytes()

    @app.get("/")
    def root(request: Request, token: str = "") -> Response:
        if token and pass_key.take(token):
            gone = RedirectResponse("/", status_code=303, headers=HEADERS)
            gone.set_cookie(pass_key.cookie_name, pass_key.cookie, httponly=True, samesite="strict")
            return gone
        if not pass_key.knows(request):
            return HTMLResponse(door, 403, headers=HEADERS)
        if token:
            return RedirectResponse("/", status_code=303, headers=HEADERS)
        return HTMLResponse(page, headers=HEADERS)

    @app.get("/static/{name:path}")
    def static(name: str) -> Response:
        asset: Asset | None = own.get(name) or desk.get(name)
        if asset is None:
            return Response("no such file\n", 404, headers=HEADERS, media_type="text/plain")
        return Response(asset.content, headers=HEADERS, media_type=asset.media_type)


def _data(app: FastAPI, recording: Recording, draft: Draft, classes: tuple[str, ...]) -> None:
    stills = recording.stills

    @app.get("/api/start")
    def start() -> dict[str, Any]:
        return {
            "recording": {
                "name": recording.name,
                "key": recording.key,
                "duration_s": stills.duration_s,
                "frame_px": stills.native_px,
                "simulated": recording.simulated,
            },
            "file": None if draft.file is None else str(draft.file),
            "is_new": draft.is_new,
            "name": draft.name,
            "camera": draft.camera_id,
            "classes": classes,
            "uses": catalogue(classes),
            **draft.forms,
        }

    @app.get("/api/frame")
    def frame(t: Annotated[float, Query(ge=0, allow_inf_nan=False)]) -> Response:
        try:
            with recording.busy:
                still = stills.at(t)
        except SnapshotError as error:
            return _refused("damaged", f"{t:.2f} 秒处画面损坏", str(error), 404)
        headers = {"Cache-Control": "private, max-age=3600", "Linewarden-At": f"{still.at_s:.3f}"}
        return Response(still.jpeg, headers=headers, media_type="image/jpeg")

    @app.post("/api/check")
    def check(drawn: Drawn) -> dict[str, Any]:
        checked = draft.check(_forms(drawn))
        return {
            "text": checked.text,
            "lists": checked.lists,
            "changed": checked.changed,
            "fits": checked.fits,
            "problems": [_problem(problem, draft.at) for problem in checked.problems],
        }

    @app.post("/api/save", response_model=None)
    def save(drawn: Drawn) -> dict[str, Any] | Response:
        try:
            file, whole = draft.save(_forms(drawn))
        except SaveError as error:
            return _refused(error.code, error.zh, error.en, 409)
        return {"file": str(file), "whole": whole}


def _tries(app: FastAPI, draft: Draft, trials: Trials) -> None:
    @app.post("/api/try", response_model=None)
    def begin(drawn: Drawn) -> dict[str, Any] | Response:
        checked = draft.check(_forms(drawn))
        if checked.camera is None or checked.settings is None:
            return _refused("wrong", "配置有误,请先改正", "correct what is wrong first", 409)
        if not checked.camera.rules:
            return _refused("no_rule", "还没有规则", "there is no rule yet", 409)
        return {"number": trials.start(checked.camera, checked.settings.network)}

    @app.get("/api/try")
    def progress() -> dict[str, Any]:
        now = trials.progress
        return {"number": now.number, "state": now.state, "at_s": now.at_s, "why": now.why}

    @app.delete("/api/try")
    def cancel() -> dict[str, Any]:
        trials.cancel()
        return progress()

    @app.get("/api/try/result")
    def result() -> Response:
        if trials.result is None:
            return _refused("no_result", "还没有试跑", "nothing was tried yet", 404)
        return Response(trials.result, media_type="application/json")


def _forms(drawn: Drawn) -> dict[str, list[dict[str, Any]]]:
    return {"zones": drawn.zones, "rules": drawn.rules}


def _problem(problem: Problem, at: int) -> dict[str, Any]:
    """A fault, with the camera's part of its place: `zones[0].polygon`."""
    field_name = problem.field.removeprefix(f"cameras[{at}].")
    return {
        "line": problem.line,
        "field": field_name,
        "found": problem.found,
        "remedy": problem.remedy,
    }


def _refused(code: str, zh: str, en: str, status: int = 403) -> JSONResponse:
    return JSONResponse({"error": code, "zh": zh, "en": en}, status, headers=HEADERS)
