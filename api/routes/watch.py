"""Doors for machines that watch: health and metrics."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from api import metrics as render_metrics
from api.db import current_revision, head_revision
from api.errors import Refusal
from api.routes.who import TheStore
from api.store import Store

routes = APIRouter()


@routes.get("/health")
def health(store: TheStore) -> JSONResponse:
    """200 while database, schema and media store are usable; what is not, by name. `key_id` is the
    fingerprint of the store's key, to compare with one got otherwise.
    """
    checks = {**_database(store), "media": "ok" if store.media_are_well() else "not writable"}
    is_well = all(state == "ok" for state in checks.values())
    told = {
        "status": "ok" if is_well else "degraded",
        "checks": checks,
        "key_id": store.signer.public_key.key_id,
    }
    return JSONResponse(told, 200 if is_well else 503)


@routes.get("/metrics")
def metrics(store: TheStore, authorization: Annotated[str, Header()] = "") -> Response:
    """Prometheus text; behind the token when one is set."""
    token = store.settings.metrics_token
    wanted = f"Bearer {token.get_secret_value()}" if token else None
    if wanted and not hmac.compare_digest(authorization.encode(), wanted.encode()):
        raise Refusal(
            401, "token_needed", "send the metrics token", headers={"WWW-Authenticate": "Bearer"}
        )
    return Response(render_metrics.render(store), media_type=render_metrics.CONTENT_TYPE)


def _database(store: Store) -> dict[str, str]:
    try:
        with store.db.engine.connect() as connection:
            found = current_revision(connection)
    except SQLAlchemyError:
        return {"database": "unreachable", "schema": "unknown"}
    return {"database": "ok", "schema": "ok" if found == head_revision() else "other"}
