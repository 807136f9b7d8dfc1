"""What the outbox takes and gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from events.record import Draft, Event
from events.seal import Json, OutboxError, Signer


@dataclass(frozen=True, slots=True)
class Device:
    """Who signs: the store's name for this box, the digest its chain starts from, its key."""

    device_id: str
    enrolment_sha256: str
    signer: Signer

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.enrolment_sha256):
            raise OutboxError(
                f"enrolment digest is {self.enrolment_sha256[:80]!r}; 64 hex digits are wanted",
                "enrol the box again",
            )


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that a source holds open. `state` is whatever its owner saved with it.

    `source_id` is a camera or a sensor, which has no zone (""). `opened` is the source's first
    event of it: a `raised` one where the source joined an incident that was open.
    """

    incident_id: str
    source_id: str
    zone_id: str
    rule_id: str
    opened_s: float
    state: Json
    opened: Event


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of what is kept under a name, and what is recorded with it, if anything.

    `state` is saved with the incident. `closes`: an event of the source that holds its incident
    open no longer, where nothing is recorded of that.
    """

    kept: Json
    draft: Draft | None = None
    state: Json | None = None
    closes: Event | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A decision that was written down: its event, None where it had none."""

    event: Event | None


@dataclass(frozen=True, slots=True)
class ParcelMedium:
    """A medium that must be at the store before its event."""

    sha256: str
    size: int
    type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event to be delivered: its envelope's bytes and its media. `attempts` counts failures."""

    id: int
    event_id: str
    seq: int
    payload_sha256: str
    envelope: bytes
    media: tuple[ParcelMedium, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What an operator must be able to see.

    `full` holds from the first refusal until something is taken again; `reason` says what was
    lacking. Totals are since the outbox was made. `parked` counts by reason.
    """

    queued: int
    parked: Mapping[str, int]
    used_bytes: int
    cap_bytes: int
    full: bool
    reason: str | None
    refused_total: int
    media_refused_total: int
    tampered: bool
    oldest_age_s: float | None
