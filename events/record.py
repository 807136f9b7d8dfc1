"""The event: one signed fact by one box, never changed afterwards.

Schema `linewarden.event.v1`. Numbers are integers with their unit in the name (|n| < 2**53), there
are no nulls, and unknown fields are refused: what is signed must mean one thing only.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SCHEMA = "linewarden.event.v1"
PAYLOAD_TYPE = "application/vnd.linewarden.event.v1+json"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PrefixedDigest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Instant = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$"),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Integer = Annotated[int, Field(strict=True, gt=-(2**53), lt=2**53)]
Natural = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
PixelBox = tuple[Integer, Integer, Integer, Integer]
PixelPoint = tuple[Integer, Integer]
PixelSize = tuple[Natural, Natural]

Level = Literal["red", "orange", "yellow", "blue"]
IncidentKind = Literal["opened", "raised", "lowered", "ended", "clip"]
HealthKind = Literal["camera_dead", "camera_back", "clock_jump", "gap"]
INCIDENT_KINDS = frozenset(("opened", "raised", "lowered", "ended", "clip"))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleRef(_Part):
    """Which rule fired, and with which times."""

    id: Name
    version: Natural
    after_ms: Natural
    clear_ms: Natural


class ZoneRef(_Part):
    """Which zone, drawn in pixels of `frame_px`."""

    id: Name
    polygon_px: Annotated[list[PixelPoint], Field(min_length=3, max_length=200)]
    frame_px: PixelSize


class Seen(_Part):
    """One object in the snapshot. The box is in pixels of `frame_px` of the event."""

    label: Name = Field(alias="class")
    score_permille: Natural
    box_px: PixelBox
    track_id: Natural


class Clock(_Part):
    """How good the box's clock was. What is not known is absent, and `source` says none."""

    source: Literal["ntp", "ptp", "gps", "manual", "none"]
    synced: bool
    error_ms: Natural | None = None
    offset_ms: Integer | None = None


class When(_Part):
    """Capture time from the stream; signing time from the box; RFC 3339 with offset."""

    captured: Instant
    signed: Instant
    boot_id: Name
    monotonic_ms: Natural
    clock: Clock
    camera_clock_offset_ms: Integer | None = None


class Place(_Part):
    """A point on the ground with its error; covariance (ee, en, nn)."""

    crs: Literal["EPSG:4326"]
    method: Literal["homography", "camera_position"]
    lon_e7: Integer
    lat_e7: Integer
    cov_cm2: tuple[Integer, Integer, Integer]


class Medium(_Part):
    """A medium by the digest of its bytes as stored."""

    role: Literal["snapshot", "clip"]
    type: Literal["image/jpeg", "video/mp4"]
    sha256: Digest
    size: Natural
    captured: Instant
    frame: Natural
    duration_ms: Natural | None = None


class Sentence(_Part):
    """Why, in words and numbers that a person can check."""

    lang: Literal["zh", "en"]
    text: Text


class ModelRef(_Part):
    """The detector's manifest name and the digest of its file."""

    id: Name
    sha256: Digest


class Software(_Part):
    """What made the record."""

    name: Name
    version: Name
    build: Name


class Draft(_Part):
    """An event before the box gives it its place in the chain and signs it."""

    kind: IncidentKind | HealthKind
    incident_id: Uuid | None = None
    camera_id: Name | None = None
    rule: RuleRef | None = None
    zone: ZoneRef | None = None
    label: Name | None = Field(default=None, alias="class")
    level: Level | None = None
    frame_px: PixelSize | None = None
    seen: Annotated[list[Seen], Field(max_length=200)] = []
    time: When
    place: Place | None = None
    media: Annotated[list[Medium], Field(max_length=8)] = []
    explain: Annotated[list[Sentence], Field(min_length=1, max_length=4)]
    model: ModelRef | None = None
    config_sha256: Digest
    software: Software
    simulated: bool

    @model_validator(mode="after")
    def _complete_for_its_kind(self) -> Self:
        if self.kind in INCIDENT_KINDS:
            needed = ["incident_id", "camera_id", "rule", "zone", "level", "model"]
            if self.kind == "opened":
                needed += ["label", "frame_px"]
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                raise ValueError(f"a {self.kind!r} event needs {', '.join(missing)}")
        if self.kind == "opened" and not any(m.role == "snapshot" for m in self.media):
            raise ValueError("an 'opened' event needs its snapshot")
        return self


class Event(Draft):
    """A draft with its identity and its place in the device's chain: what is signed."""

    schema_: Literal["linewarden.event.v1"] = Field(alias="schema")
    event_id: Uuid
    device_id: Name
    seq: Annotated[int, Field(strict=True, ge=1, lt=2**53)]
    prev: PrefixedDigest
