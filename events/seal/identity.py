"""Names for events and incidents: UUIDv7 (RFC 9562). A name, never proof of time."""

from __future__ import annotations

import secrets
import uuid


def uuid7(now_s: float, random: bytes | None = None) -> str:
    """A UUIDv7 of the given UTC time in Unix seconds, lower case.

    `random` is 10 bytes, of which 74 bits are used; fresh ones by default.
    """
    bits = int.from_bytes(secrets.token_bytes(10) if random is None else random, "big")
    unix_ms = min(max(int(now_s * 1000), 0), 2**48 - 1)
    low = bits & (2**62 - 1)
    high = (bits >> 62) & (2**12 - 1)
    return str(uuid.UUID(int=unix_ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low))
