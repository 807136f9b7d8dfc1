"""Settings of the two roles, one YAML file each, validated whole before anything starts.

In this module: what may stand in `edge.yaml` and `server.yaml`, and what it means. Durations carry
their unit; secrets stand in the environment or in a file with tight rights, never in the YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, tzinfo
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from events.record import Name
from events.rules.schedule import Calendar
from linewarden.families import AnyRule, RuleSettings
from linewarden.secret import read_secret
from linewarden.settings_checks import (
    class_problems,
    gap_problems,
    reference_problems,
    secret_problems,
)
from linewarden.settings_parts import (
    AtLeastFour,
    AtLeastOne,
    ByteSize,
    Duration,
    FrameSize,
    Height,
    Lat,
    Lon,
    NotShifted,
    Part,
    Polygon,
    StoreUrl,
    StreamUrl,
    Timezone,
    pair,
)
from linewarden.settings_sensors import (
    FusionPart,
    ReadingsPart,
    SensorPart,
    sensor_problems,
    trust_problems,
)
from linewarden.settings_server import ServerSettings, load_server
from linewarden.units import timezone_of
from linewarden.yamlfile import (
    ConfigError,
    Document,
    Finding,
    Loc,
    Problem,
    read_document,
    validate,
)
from vision import Zone, ZoneError

__all__ = [
    "CameraSettings",
    "ConfigError",
    "EdgeSettings",
    "RuleSettings",
    "ServerSettings",
    "load_edge",
    "load_server",
]

ClassesOf = Callable[[str], Sequence[str]]
"""Class names of a model by the name or path that the settings give."""


class StreamPart(Part):
    """One stream of a camera. `password()` reads the secret where it is kept."""

    url: StreamUrl
    username: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    ca_file: Path | None = None
    connect_timeout_s: Duration = Field(default=5.0, alias="connect_timeout")
    read_timeout_s: Duration = Field(default=10.0, alias="read_timeout")

    def password(self) -> str | None:
        """The password, or None without one; ValueError says what is missing."""
        return read_secret(self.password_env, self.password_file)


class SitePart(Part):
    """Where a camera stands (degrees), where it looks, and how far what it sees may be (metres)."""

    lon: Lon
    lat: Lat
    datum: Annotated[Literal["wgs84", "cgcs2000"], NotShifted] = "wgs84"
    facing_deg: Annotated[float, Field(ge=0, lt=360)] | None = None
    range_m: Annotated[float, Field(gt=0)] = 100.0


class ControlPart(Part):
    """A point known in the picture (pixels of `control_frame`) and on the ground (degrees)."""

    px: tuple[float, float]
    lon: Lon
    lat: Lat


class ZonePart(Part):
    """A polygon in pixels of the stated frame; it scales with the stream.

    `object_px`: how high the smallest object that matters is there, at the zone's uppermost and its
    lowest point (one number: the same at both).
    """

    id: Name
    polygon: Polygon
    frame_px: FrameSize = Field(alias="frame")
    object_px: Annotated[tuple[Height, Height], BeforeValidator(pair)] | None = None

    @model_validator(mode="after")
    def _is_a_zone(self) -> Self:
        try:
            self.zone()
        except ZoneError as error:
            raise Finding(f"cannot be used: {error}", error.remedy) from None
        return self

    def zone(self) -> Zone:
        """The zone as the detector's frames meet it."""
        return Zone(self.id, self.polygon, self.frame_px)


class CameraSettings(Part):
    """One camera: its streams, its place, its zones and its rules."""

    id: Name
    analyse: StreamPart
    record: StreamPart | None = None
    frames_per_second: Annotated[float, Field(gt=0, le=25)] = 4.0
    site: SitePart | None = None
    control_points: Annotated[tuple[ControlPart, ...], AtLeastFour] = ()
    control_frame: FrameSize | None = None
    zones: tuple[ZonePart, ...] = ()
    rules: tuple[AnyRule, ...] = ()

    @model_validator(mode="after")
    def _calibration_is_whole(self) -> Self:
        if self.control_points and self.control_frame is None:
            raise Finding(
                "has control_points without control_frame",
                "add control_frame: [width, height] of the picture they were measured in",
            )
        return self


class DevicePart(Part):
    """The box: its name, its store, and the file of its private key."""

    name: Name
    store: StoreUrl
    key: Path
    ca_file: Path | None = None


class ClipPart(Part):
    """How much of a clip lies before and after its moment."""

    before_s: Duration = Field(default=5.0, alias="before")
    after_s: Duration = Field(default=10.0, alias="after")


class EdgeSettings(Part):
    """`edge.yaml`."""

    device: DevicePart
    model: str = "nano"
    cameras: Annotated[tuple[CameraSettings, ...], AtLeastOne]
    sensors: tuple[SensorPart, ...] = ()
    readings: ReadingsPart = ReadingsPart()
    fusion: tuple[FusionPart, ...] = ()
    spool: Path | None = None
    outbox_cap_bytes: ByteSize = Field(default=2 * 10**9, alias="outbox_cap")
    clip: ClipPart = ClipPart()
    timezone: Timezone = "+08:00"
    holidays: frozenset[date] = frozenset()
    simulated: bool = False
    network: Path | None = None

    @property
    def spool_folder(self) -> Path:
        """Outbox and media; beside the key unless stated."""
        return self.spool or self.device.key.parent / "spool"

    @property
    def calendar(self) -> Calendar:
        """The clock and the holidays by which schedules go."""
        return Calendar(self.tz, self.holidays)

    @property
    def tz(self) -> tzinfo:
        """The zone in which the box writes its times."""
        return timezone_of(self.timezone)


def load_edge(
    file: Path, *, classes_of: ClassesOf | None = None, secrets: bool = False
) -> EdgeSettings:
    """Read and check `edge.yaml`; `ConfigError` lists everything that is wrong.

    With `classes_of`, rules are held against the model's classes. With `secrets`, each password
    must be readable now.
    """
    settings, problems = checked_edge(read_document(file), classes_of=classes_of, secrets=secrets)
    if settings is None or problems:
        raise ConfigError(problems)
    return settings


def checked_edge(
    document: Document, *, classes_of: ClassesOf | None = None, secrets: bool = False
) -> tuple[EdgeSettings | None, list[Problem]]:
    """What `load_edge` makes of a document, and everything that is wrong with it, by line."""
    settings, problems = validate(document, EdgeSettings)
    problems += reference_problems(document)
    if settings is not None:
        problems += gap_problems(document, settings)
        problems += sensor_problems(document, settings)
    if classes_of is not None and isinstance(document.data, dict):
        known = classes_of(str(document.data.get("model", "nano")))
        problems += class_problems(document, known)
    if secrets and settings is not None:
        problems += secret_problems(document, _streams(settings))
        ways = (("mqtt", settings.readings.mqtt), ("http", settings.readings.http))
        problems += secret_problems(
            document, [(("readings", name), way) for name, way in ways if way is not None]
        )
        if settings.readings.mqtt is not None:
            problems += trust_problems(document, settings.readings.mqtt)
    return settings, sorted(problems, key=lambda problem: problem.line)


def _streams(settings: EdgeSettings) -> Iterator[tuple[Loc, StreamPart]]:
    for c, camera in enumerate(settings.cameras):
        yield ("cameras", c, "analyse"), camera.analyse
        if camera.record is not None:
            yield ("cameras", c, "record"), camera.record
