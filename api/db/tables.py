"""Tables. Signed bytes are kept as they came; everything else here can be derived or is ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from api.db.types import Utc

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BigId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Utc(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        bytes: LargeBinary(),
    }


class Account(Base):
    """A person who may log in; `password` is an argon2id hash."""

    __tablename__ = "account"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class LoginSession(Base):
    """A logged-in browser, by the SHA-256 of its cookie."""

    __tablename__ = "login_session"
    id_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class LoginFailure(Base):
    """A wrong password, for the rate limit."""

    __tablename__ = "login_failure"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class EnrolmentCode(Base):
    """A one-time code, by its SHA-256."""

    __tablename__ = "enrolment_code"
    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Device(Base):
    """A box: one key, one chain. `head_*` is the end of what has arrived without a hole."""

    __tablename__ = "device"
    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(80), unique=True)
    spki: Mapped[bytes]
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    enrolment: Mapped[bytes]
    enrolled_at: Mapped[datetime]
    token_revoked_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str | None] = mapped_column(String(200))
    head_seq: Mapped[int] = mapped_column(BigInteger)
    head_sha256: Mapped[str] = mapped_column(String(64))
    max_seq: Mapped[int] = mapped_column(BigInteger)


class Blob(Base):
    """A medium that arrived, by its digest; `codec` of a clip (h264, hevc, other).

    `last_sent_at` is renewed by every sending, before its bytes are written (see `api.sweep`).
    """

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(40))
    codec: Mapped[str | None] = mapped_column(String(16))
    received_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"))


class EventRow(Base):
    """One signed event: the envelope's bytes as they came, and columns to find it by."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("device_id", "seq"),)
    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    prev: Mapped[str] = mapped_column(String(71))
    payload_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    envelope: Mapped[bytes]
    kind: Mapped[str] = mapped_column(String(16))
    incident_id: Mapped[str | None] = mapped_column(String(36), index=True)
    camera_id: Mapped[str | None] = mapped_column(String(64))
    captured_at: Mapped[datetime]
    signed_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    clock_suspect: Mapped[bool]


class EventMedium(Base):
    """Which event names which medium, in which role."""

    __tablename__ = "event_medium"
    event_id: Mapped[str] = mapped_column(ForeignKey("event.event_id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True, index=True)


class DeclaredHole(Base):
    """A sequence number whose event was refused, as a signed `gap` event says."""

    __tablename__ = "declared_hole"
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    payload_sha256: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(ForeignKey("event.event_id"))


class Quarantined(Base):
    """An event that contradicts what is stored: its envelope and the one it contradicts."""

    __tablename__ = "quarantined"
    __table_args__ = (UniqueConstraint("device_id", "payload_sha256", "reason"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(32))
    payload_sha256: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[bytes]
    other_envelope: Mapped[bytes]
    received_at: Mapped[datetime]


class Network(Base):
    """One version of the pipeline network: the file's bytes."""

    __tablename__ = "network"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    data: Mapped[bytes]
    imported_at: Mapped[datetime]


class Incident(Base):
    """What the duty officer sees: folded from its events, in any order of arrival.

    `camera_id` is the source that shows it: a camera, or a sensor where no camera saw it. `lead_id`
    is the incident in whose case it is, None where it leads or stands alone (`api.cases`);
    `verdict_via` the one on which the verdict was given that covers it, `verdict_level` the
    case's level at that moment.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_page", "received_at", "incident_id"),)
    incident_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"), index=True)
    camera_id: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(8))
    level: Mapped[str] = mapped_column(String(8))
    level_seq: Mapped[int] = mapped_column(BigInteger)
    simulated: Mapped[bool]
    shown_event_id: Mapped[str] = mapped_column(ForeignKey("event.event_id"))
    clip_event_id: Mapped[str | None] = mapped_column(ForeignKey("event.event_id"))
    opened_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    segment_id: Mapped[str | None] = mapped_column(String(64), index=True)
    verdict: Mapped[str | None] = mapped_column(String(16))
    verdict_reason: Mapped[str | None] = mapped_column(String(200))
    verdict_note: Mapped[str | None] = mapped_column(Text)
    verdict_by: Mapped[str | None] = mapped_column(String(64))
    verdict_at: Mapped[datetime | None]
    verdict_made_at: Mapped[datetime | None]
    verdict_level: Mapped[str | None] = mapped_column(String(8))
    verdict_via: Mapped[str | None] = mapped_column(String(36))
    lead_id: Mapped[str | None] = mapped_column(String(36), index=True)
    split_at: Mapped[datetime | None]
    split_by: Mapped[str | None] = mapped_column(String(64))
    split_reason: Mapped[str | None] = mapped_column(String(200))
    shelved_at: Mapped[datetime | None]
    shelved_by: Mapped[str | None] = mapped_column(String(64))
    shelved_reason: Mapped[str | None] = mapped_column(String(200))
    shelved_until: Mapped[datetime | None] = mapped_column(index=True)
    shelved_level: Mapped[str | None] = mapped_column(String(8))


class SightingRow(Base):
    """Where and when an incident is, if it may be one activity with those of other cameras.

    `kind` is the sort of activity, `source` box and camera, `until` when it counts as over.
    """

    __tablename__ = "sighting"
    __table_args__ = (Index("ix_sighting_place", "kind", "lat_e7"),)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.incident_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(130))
    lon_e7: Mapped[int] = mapped_column(BigInteger)
    lat_e7: Mapped[int] = mapped_column(BigInteger)
    ee_cm2: Mapped[int] = mapped_column(BigInteger)
    en_cm2: Mapped[int] = mapped_column(BigInteger)
    nn_cm2: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime]
    until: Mapped[datetime]


class Link(Base):
    """Where the store found an incident to be, by one version of the network."""

    __tablename__ = "link"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.incident_id"), index=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("event.event_id"))
    network_version: Mapped[str | None] = mapped_column(String(64))
    result: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class DeviceStatus(Base):
    """What a box last told about itself."""

    __tablename__ = "device_status"
    device_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"), primary_key=True)
    reported_at: Mapped[datetime]
    clock_offset_ms: Mapped[int] = mapped_column(BigInteger)
    queued: Mapped[int] = mapped_column(BigInteger)
    parked: Mapped[int] = mapped_column(BigInteger)
    outbox_bytes: Mapped[int] = mapped_column(BigInteger)
    outbox_full: Mapped[bool]
    refused_total: Mapped[int | None] = mapped_column(BigInteger)
    tampered: Mapped[bool | None]
    cameras: Mapped[list[Any]]


class LogEntry(Base):
    """What was accepted, by digest, in the order of acceptance."""

    __tablename__ = "log_entry"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Look(Base):
    """Somebody saw an original (`original`), its playable `copy`, or took it in a `package`."""

    __tablename__ = "look"
    __table_args__ = (Index("ix_look_repeat", "actor", "sha256", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    what: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(String(64))


class Audit(Base):
    """Who did what, when, to what."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(32))
    object: Mapped[str] = mapped_column(String(80))
    address: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
