"""What `edge.yaml` says of sensors: where readings come in, what each measures, what fuses."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from events.record import Level, Name
from events.rules import RuleError
from events.rules.presets.sensors import SENSOR_KINDS, SENSOR_PRESETS, in_order
from events.rules.sensor import Sensor
from linewarden.secret import read_secret
from linewarden.settings_parts import Duration, Lat, Lon, NotShifted, Part
from linewarden.yamlfile import Document, Finding, Loc, Problem

if TYPE_CHECKING:
    from linewarden.settings import EdgeSettings

Topic = Annotated[str, StringConstraints(pattern=r"^[^#+\x00]{1,200}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
PLUMES = ("smoke", "fire")


class MqttPart(Part):
    """The broker. `password()` reads the secret where it is kept, `trust()` the authority."""

    host: str
    port: Port = 1883
    tls: bool = False
    ca_file: Path | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _uses_what_it_states(self) -> Self:
        if self.ca_file is not None and not self.tls:
            raise Finding("has a ca_file but no TLS", "add tls: true, or remove ca_file")
        if self.username is None and (self.password_env or self.password_file):
            raise Finding("has a password but no username", "name the username too")
        return self

    def password(self) -> str | None:
        """The password, or None without one; ValueError says what is missing."""
        return read_secret(self.password_env, self.password_file)

    def trust(self) -> ssl.SSLContext | None:
        """Who vouches for the broker, None without TLS; ValueError says what is missing."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            found = f"{self.ca_file}: no certificates to trust ({error.strerror or error})"
            raise ValueError(f"{found}; check it") from None


class ReadingsHttpPart(Part):
    """Where readings may be posted to. `password()` is the token that they must carry."""

    host: str = "127.0.0.1"
    port: Port = 8090
    password_env: str | None = Field(default=None, alias="token_env")
    password_file: Path | None = Field(default=None, alias="token_file")

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        if self.password_env is None and self.password_file is None:
            raise Finding("has no token", "name token_env or token_file")
        return self

    def password(self) -> str | None:
        """The token; ValueError says what is missing."""
        return read_secret(self.password_env, self.password_file)


class ReadingsPart(Part):
    """The ways in."""

    mqtt: MqttPart | None = None
    http: ReadingsHttpPart | None = None


class SensorSitePart(Part):
    """Where a sensor is (degrees), and how sure that is (metres)."""

    lon: Lon
    lat: Lat
    datum: Annotated[Literal["wgs84", "cgcs2000"], NotShifted] = "wgs84"
    sigma_m: Annotated[float, Field(gt=0)] = 5.0


class SensorPart(Part):
    """One sensor. By HTTP it is called by its id, by MQTT by its topic."""

    id: Name
    kind: Literal["gas", "smoke", "bell", "deformation"]
    unit: str | None = None
    preset: Literal["PIPE-13", "FIF-12"] = "PIPE-13"
    site: SensorSitePart | None = None
    topic: Topic | None = None
    levels: dict[Level, float] | None = None
    clear_below: float | None = None
    clear_s: Duration | None = Field(default=None, alias="clear")
    silent_s: Duration | None = Field(default=None, alias="silent")

    @model_validator(mode="after")
    def _is_a_sensor(self) -> Self:
        wanted = SENSOR_KINDS[self.kind].unit
        if self.unit not in (None, wanted):
            raise Finding(f"has the unit {self.unit!r}", f"a {self.kind} sensor gives {wanted}")
        try:
            self.rule()
        except RuleError as error:
            raise Finding(f"cannot be used: {error}", error.remedy) from None
        return self

    def rule(self) -> Sensor:
        """The rule, with what its kind says where the settings say nothing. Raises `RuleError`."""
        kind = SENSOR_KINDS[self.kind]
        levels = kind.levels if self.levels is None else in_order(self.levels)
        below = kind.clear_below if self.clear_below is None else self.clear_below
        clear_s = kind.clear_s if self.clear_s is None else self.clear_s
        silent_s = kind.silent_s if self.silent_s is None else self.silent_s
        preset = SENSOR_PRESETS[self.preset]
        return Sensor(self.id, kind, levels, below, clear_s, silent_s, preset.version)


class FusionPart(Part):
    """Sources of one place: sensors by id, `CAMERA/RULE`, or a camera: its smoke and fire rules."""

    id: Name
    sources: Annotated[tuple[str, ...], Field(min_length=2)]


def fusion_sources(settings: EdgeSettings) -> dict[str, str]:
    """The fusion that each source belongs to; sources as `events.rules.fusion` knows them."""
    return {
        source: part.id
        for part in settings.fusion
        for stated in part.sources
        for source in _meant(settings, stated)
    }


def _meant(settings: EdgeSettings, stated: str) -> list[str]:
    if any(sensor.id == stated for sensor in settings.sensors):
        return [stated]
    rules = [(camera.id, rule) for camera in settings.cameras for rule in camera.rules]
    return [
        f"{camera}/{rule.name}"
        for camera, rule in rules
        if f"{camera}/{rule.name}" == stated or (camera == stated and rule.use in PLUMES)
    ]


def trust_problems(document: Document, part: MqttPart) -> Iterator[Problem]:
    """A certificate authority that cannot be read now."""
    try:
        part.trust()
    except ValueError as error:
        found, _, remedy = str(error).partition("; ")
        yield document.problem(("readings", "mqtt", "ca_file"), f"cannot be used: {found}", remedy)


def sensor_problems(document: Document, settings: EdgeSettings) -> Iterator[Problem]:
    """Ids and topics given twice, sensors that nothing reaches, sources that are not there."""
    ids, topics = {camera.id for camera in settings.cameras}, set[str]()
    for s, sensor in enumerate(settings.sensors):
        at: Loc = ("sensors", s)
        if sensor.id in ids:
            hint = "another sensor or camera has this id"
            yield document.problem((*at, "id"), f"is {sensor.id!r}", hint)
        if sensor.topic in topics:
            yield document.problem((*at, "topic"), f"is {sensor.topic!r}", "another sensor has it")
        if sensor.topic is not None and settings.readings.mqtt is None:
            yield document.problem((*at, "topic"), "leads nowhere", "state readings.mqtt")
        if sensor.topic is None and settings.readings.http is None:
            hint = "give it a topic, or state readings.http"
            yield document.problem(at, "cannot be heard", hint)
        ids.add(sensor.id)
        topics |= {sensor.topic} if sensor.topic else set()
    seen = dict[str, str]()
    for f, part in enumerate(settings.fusion):
        for i, stated in enumerate(part.sources):
            meant, at = _meant(settings, stated), ("fusion", f, "sources", i)
            if not meant:
                hint = "name a sensor, CAMERA/RULE, or a camera that has a rule for smoke or fire"
                yield document.problem(at, f"is {stated!r}", hint)
            if any(source in seen for source in meant):
                yield document.problem(at, f"is {stated!r}", "a source belongs to one place only")
            seen |= dict.fromkeys(meant, part.id)
