"""The chain of one device: each event carries the digest of the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from events.seal.canonical import Json, canonical

ENROLMENT_SCHEMA = "linewarden.enrolment.v1"


def payload_digest(payload: bytes) -> str:
    """SHA-256 of a canonical payload, as 64 hex digits."""
    return hashlib.sha256(payload).hexdigest()


def prev_link(digest: str) -> str:
    """What the next event writes as `prev`: `sha256:` and the digest."""
    return f"sha256:{digest}"


def enrolment_record(
    *, device_id: str, name: str, key_id: str, enrolled_at: str
) -> dict[str, Json]:
    """The record that a device's chain starts from; `enrolled_at` is RFC 3339."""
    return {
        "schema": ENROLMENT_SCHEMA,
        "device_id": device_id,
        "name": name,
        "key_id": key_id,
        "enrolled_at": enrolled_at,
    }


def enrolment_digest(record: dict[str, Json]) -> str:
    """SHA-256 of the canonical enrolment record: what event 1 names as its `prev`."""
    return hashlib.sha256(canonical(record)).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of a chain: `seq` 0 is the enrolment record itself."""

    seq: int
    digest: str

    def next_link(self) -> tuple[int, str]:
        """Sequence number and `prev` of the event that may follow."""
        return self.seq + 1, prev_link(self.digest)
