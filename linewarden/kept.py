"""What an earlier process left in the outbox's database: read, or begun anew with a warning."""

from __future__ import annotations

from typing import TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from events.seal import Json

_T = TypeVar("_T")
_log = structlog.get_logger()


def restored(kind: TypeAdapter[_T], plain: Json, **of: str) -> _T | None:
    """The state that is kept; None, and a warning that names `of`, where it has another shape."""
    try:
        return kind.validate_python(plain, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        _log.warning("kept state cannot be read; it begins anew", **of, why=first["msg"], at=where)
        return None
