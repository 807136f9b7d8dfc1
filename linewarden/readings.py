"""From the bytes that a sensor sent to a reading, or to the reason why it is none. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

MOST_BYTES = 4096
WORDS = {"on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0}

NoReading = Literal["too_long", "not_text", "no_value", "bad_time", "bad_unit", "bad_quality"]


@dataclass(frozen=True, slots=True)
class Said:
    """A payload as it reads. `utc_s`: when it was measured, None where it does not say."""

    value: float
    unit: str | None
    utc_s: float | None
    quality: Literal["good", "uncertain", "bad"]


def read_payload(data: bytes) -> Said | NoReading:
    """`12.3`, `on`, or `{"value": 12.3, "unit": "%LEL", "time": "…Z", "quality": "good"}`."""
    if len(data) > MOST_BYTES:
        return "too_long"
    try:
        text = data.decode("utf-8").strip()
        plain: Any = WORDS[text.lower()] if text.lower() in WORDS else json.loads(text)
    except (ValueError, RecursionError):
        return "not_text"
    if not isinstance(plain, dict):
        plain = {"value": plain}
    value = _number(plain.get("value"))
    if value is None:
        return "no_value"
    unit, quality = plain.get("unit"), plain.get("quality", "good")
    if unit is not None and not isinstance(unit, str):
        return "bad_unit"
    if quality not in ("good", "uncertain", "bad"):
        return "bad_quality"
    if "time" not in plain:
        return Said(value, unit, None, quality)
    utc_s = _utc_s(plain["time"])
    return "bad_time" if utc_s is None else Said(value, unit, utc_s, quality)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return WORDS.get(value.lower())
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None


def _utc_s(value: object) -> float | None:
    """RFC 3339 with its offset; a time without one is nobody's."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if moment is None or moment.tzinfo is None else moment.timestamp()
    except (ValueError, OverflowError):
        return None
