"""The event: one signed fact by one box, never changed afterwards.

Schema `linewarden.event.v1`. Numbers are integers with their unit in the name (|n| < 2**53), there
are no nulls, and unknown fields are refused: what is signed must mean one thing only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from events.seal import RecordError, canonical, parse

SCHEMA = "linewarden.event.v1"
PAYLOAD_TYPE = "application/vnd.linewarden.event.v1+json"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PrefixedDigest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    ),
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _on_the_calendar(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Instant = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}"
        r"(Z|[+-][0-9]{2}:[0-9]{2})$"
    ),
    AfterValidator(_on_the_calendar),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Integer = Annotated[int, Field(strict=True, gt=-(2**53), lt=2**53)]
Natural = Annotated[int, Field(strict=True, ge=0, lt=2**53)]
NumberName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z][a-z0-9_]{0,47}_(ms|mm|cm2|mm_per_s|px|permille|per_1000m2|count|mdeg)$"
    ),
]
"""What a number is, and its unit: `width_mm`."""
PixelBox = tuple[Integer, Integer, Integer, Integer]
PixelPoint = tuple[Integer, Integer]
PixelSize = tuple[Natural, Natural]

Level = Literal["red", "orange", "yellow", "blue"]
IncidentKind = Literal["opened", "raised", "lowered", "ended", "clip"]
HealthKind = Literal["camera_dead", "camera_back", "clock_jump", "gap"]
INCIDENT_KINDS = frozenset(("opened", "raised", "lowered", "ended", "clip"))


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class PresetRef(_Part):
    """The rule of the trade behind a rule: its basis, whether that covers the act, who is told."""

    id: Name
    version: Natural
    basis: Annotated[list[Text], Field(min_length=1, max_length=8)]
    verified: StrictBool
    to: Annotated[list[Name], Field(max_length=16)]


class RuleRef(_Part):
    """Which rule fired, and with which times."""

    id: Name
    version: Natural
    after_ms: Natural
    clear_ms: Natural
    preset: PresetRef | None = None


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


class SensorRef(_Part):
    """The sensor that spoke, where it was no camera: what it measures, and in which unit."""

    id: Name
    kind: Name
    unit: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9%/]{1,16}$")]


class Clock(_Part):
    """How good the box's clock was. What is not known is absent, and `source` says none."""

    source: Literal["ntp", "ptp", "gps", "manual", "none"]
    synced: StrictBool
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


class Foot(_Part):
    """The pixel that was taken for the near edge of a footprint, in a picture of `frame_px`.

    `seen` is false where the picture's border cuts the object off: the pixel below its top, by its
    class's height.
    """

    px: PixelPoint
    frame_px: PixelSize
    seen: StrictBool


class Place(_Part):
    """A point on the ground with its error; covariance (ee, en, nn).

    `point` says which point is meant: the middle of the object's footprint, put `behind_cm` behind
    its near edge at `foot`; or the camera, with how far it sees as the error; or the sensor.
    Absent, in records from before it was told apart, it is the near edge.
    """

    crs: Literal["EPSG:4326"]
    method: Literal["homography", "camera_position", "sensor_position"]
    point: Literal["footprint_middle", "camera", "sensor"] | None = None
    lon_e7: Integer
    lat_e7: Integer
    cov_cm2: tuple[Integer, Integer, Integer]
    foot: Foot | None = None
    behind_cm: Natural | None = None


class Medium(_Part):
    """A medium by the digest of its bytes as stored."""

    role: Literal["snapshot", "clip"]
    type: Literal["image/jpeg", "video/mp4"]
    sha256: Digest
    size: Natural
    captured: Instant
    frame: Natural
    duration_ms: Natural | None = None


class LostMedium(_Part):
    """A medium that ought to be here and could not be kept, and why (a short code)."""

    role: Literal["snapshot", "clip"]
    reason: Name


class Gap(_Part):
    """What is missing: events that could not be recorded, or one that the store refused.

    `seq` and `payload_sha256` name the refused event; without them, `count` events were never made.
    """

    count: Natural
    reason: Name
    seq: Natural | None = None
    payload_sha256: Digest | None = None


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
    sensor: SensorRef | None = None
    rule: RuleRef | None = None
    zone: ZoneRef | None = None
    label: Name | None = Field(default=None, alias="class")
    level: Level | None = None
    frame_px: PixelSize | None = None
    seen: Annotated[list[Seen], Field(max_length=200)] = []
    time: When
    place: Place | None = None
    media: Annotated[list[Medium], Field(max_length=8)] = []
    media_lost: Annotated[list[LostMedium], Field(max_length=8)] = []
    gap: Gap | None = None
    explain: Annotated[list[Sentence], Field(min_length=1, max_length=4)]
    numbers: Annotated[dict[NumberName, Integer], Field(max_length=32)] | None = None
    model: ModelRef | None = None
    config_sha256: Digest
    software: Software
    simulated: StrictBool

    @model_validator(mode="after")
    def _complete_for_its_kind(self) -> Self:
        if self.sensor is not None and self.camera_id is not None:
            raise ValueError("an event is of a camera or of a sensor, not of both")
        if self.kind in INCIDENT_KINDS:
            missing = [name for name in self._needed() if getattr(self, name) is None]
            if missing:
                raise ValueError(f"a {self.kind!r} event needs {', '.join(missing)}")
        roles = {m.role for m in self.media} | {m.role for m in self.media_lost}
        if self.kind == "opened" and self.sensor is None and "snapshot" not in roles:
            raise ValueError("an 'opened' event needs its snapshot, or why it was lost")
        if self.kind == "clip" and "clip" not in roles:
            raise ValueError("a 'clip' event needs its clip, or why it was lost")
        if (self.kind == "gap") != (self.gap is not None):
            raise ValueError("a 'gap' event, and no other, says what is missing")
        return self

    def _needed(self) -> list[str]:
        """What an incident's event must have: a sensor has no picture, so no zone in one."""
        needed = ["incident_id", "rule", "level"]
        if self.sensor is None:
            needed += ["camera_id", "zone", "model"]
        if self.kind == "opened":
            needed += ["label"] if self.sensor else ["label", "frame_px"]
        return needed

    @property
    def source_id(self) -> str | None:
        """The camera or the sensor that it is of; None for one of the box itself."""
        return self.sensor.id if self.sensor else self.camera_id


class Event(Draft):
    """A draft with its identity and its place in the device's chain: what is signed."""

    schema_: Literal["linewarden.event.v1"] = Field(alias="schema")
    event_id: Uuid
    device_id: Name
    seq: Annotated[int, Field(strict=True, ge=1, lt=2**53)]
    prev: PrefixedDigest

    def encode(self) -> bytes:
        """The canonical payload: the bytes that are signed and hashed."""
        return canonical(self.model_dump(mode="json", exclude_none=True))

    def follow(
        self,
        kind: IncidentKind,
        *,
        time: When,
        explain: Sequence[Sentence],
        media: Sequence[Medium] = (),
        media_lost: Sequence[LostMedium] = (),
    ) -> Draft:
        """A later event of the same incident: same rule, zone, class, level and provenance."""
        kept = self.model_dump(
            include={
                *(
                    "incident_id",
                    "camera_id",
                    "sensor",
                    "rule",
                    "zone",
                    "label",
                    "level",
                    "frame_px",
                ),
                *("place", "model", "config_sha256", "software", "simulated"),
            }
        )
        return Draft.model_validate(
            {
                **kept,
                "kind": kind,
                "time": time,
                "explain": list(explain),
                "media": list(media),
                "media_lost": list(media_lost),
            }
        )

    @staticmethod
    def decode(payload: bytes) -> Event:
        """The event of which `payload` is the one encoding.

        Raises CanonicalError or RecordError.
        """
        try:
            event = Event.model_validate(parse(payload))
        except ValidationError as error:
            raise RecordError(f"not a {SCHEMA}: {_first_problem(error)}") from None
        if event.encode() != payload:
            raise RecordError(f"not a {SCHEMA} as we write it: fields by other names, or left out")
        return event


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'event'}: {first['msg']}"[:300]
