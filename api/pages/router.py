"""Routes of the pages: the desk, the login form, and the files that both need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.pages.assets import Asset, read_assets

HERE = Path(__file__).resolve().parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def router(person: Callable[..., object | None]) -> APIRouter:
    """Make the routes. `person` is a FastAPI dependency: who is signed in, or None for nobody.

    Pages carry no data of their own; what a person may see is decided where the data is served.
    """
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    assets = read_assets(HERE / "static")
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )

    def page(name: str) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(), headers=HEADERS)

    @routes.get("/")
    @routes.get("/incidents/{incident_id}")
    def desk(request: Request, who: object | None = Depends(person)) -> Response:
        if who is None:
            wanted = quote(request.url.path, safe="/")
            return RedirectResponse(f"/login?next={wanted}", status_code=303, headers=HEADERS)
        return page("desk.html")

    @routes.get("/login")
    def login() -> Response:
        return page("login.html")

    @routes.get("/favicon.ico")
    def icon() -> Response:
        return _file(assets.get("icon.svg"), None)

    @routes.get("/static/{name:path}")
    def static(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        return _file(assets.get(name), if_none_match)

    return routes


def _file(asset: Asset | None, known: str | None) -> Response:
    if asset is None:
        return Response("no such file\n", 404, headers=HEADERS, media_type="text/plain")
    headers = HEADERS | {"ETag": asset.etag}
    if known is not None and asset.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
