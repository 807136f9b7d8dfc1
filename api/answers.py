"""How errors become answers: `{"error": code, "detail": sentence}` and nothing else."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.errors import BlobDamaged, BlobError, BlobMissing, Refusal

_log = structlog.get_logger("api")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(BlobError, _blob_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _answer(refusal: Refusal) -> JSONResponse:
    body = {"error": refusal.code, "detail": refusal.detail, **refusal.more}
    return JSONResponse(body, refusal.status, headers=refusal.headers)


async def _refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this type alone
    return _answer(error)


async def _blob_error(request: Request, error: Exception) -> JSONResponse:
    _log.error("media_failed", path=request.url.path, error=str(error))
    if isinstance(error, BlobMissing):
        return _answer(Refusal(404, "not_found", "there is no such medium"))
    if isinstance(error, BlobDamaged):
        return _answer(Refusal(500, "media_damaged", "a medium no longer fits its digest"))
    return _answer(
        Refusal(
            507,
            "media_unavailable",
            "media cannot be written or read now; it is in the store's log",
            headers={"Retry-After": "10"},
        )
    )


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return _answer(Refusal(422, "invalid", f"{where[:100]}: {first['msg'][:200]}"))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    headers = dict(error.headers or {})
    return _answer(Refusal(status, code, status.description or status.phrase, headers=headers))
