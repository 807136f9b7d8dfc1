"""Quantities as people write them in a settings file: always with their unit."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_QUANTITY = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$")
_OFFSET = re.compile(r"^([+-])(\d\d):(\d\d)$")


def duration_s(value: object) -> float:
    """Seconds of `8s`, `500ms`, `2m`, `1h`; ValueError says what would do."""
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in SECONDS:
        raise ValueError("a duration carries its unit: 8s, 500ms, 2m or 1h")
    return float(match[1]) * SECONDS[match[2]]


def size_bytes(value: object) -> int:
    """Bytes of `2GB`, `500MB`; ValueError says what would do."""
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in BYTES:
        raise ValueError("a size carries its unit: 500MB or 2GB")
    return int(float(match[1]) * BYTES[match[2]])


def moment_s(value: str) -> float:
    """Unix seconds of `2026-03-29T23:50+08:00`; ValueError where it is none or has no offset."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("a moment carries its offset: 2026-03-29T23:50+08:00") from None
    return moment.timestamp()


def timezone_of(value: str) -> tzinfo:
    """The zone of `+08:00` or `Asia/Shanghai`; ValueError if this machine does not know it."""
    match = _OFFSET.match(value)
    if match is not None:
        ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(ahead if match[1] == "+" else -ahead)
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone is an offset as in +08:00, or a name as in UTC") from None
