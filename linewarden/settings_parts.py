"""The kinds of value that settings are made of, and what each refuses."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from linewarden.units import duration_s, size_bytes, timezone_of
from linewarden.yamlfile import Finding


class Part(BaseModel):
    """A mapping of the file: unknown keys are refused, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def without_secret(url: str) -> str:
    """Refuse a URL that holds a name or a password, without repeating it."""
    _split(url)
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise Finding("cannot be read as a URL", "write it as rtsp://host/path") from None
    names = [key for key, _ in parse_qsl(parts.query.lower())]
    if "@" in parts.netloc or any("pass" in name or name == "pwd" for name in names):
        raise Finding(
            "holds a name or a password", "use username and password_env or password_file"
        )
    return parts


def _stream_url(url: str) -> str:
    parts = _split(url)
    if parts.scheme in ("", "file") and parts.path:
        return url
    if parts.scheme not in ("rtsp", "rtsps") or not parts.hostname:
        raise ValueError("it should be rtsp://host/path, rtsps://host/path or the path of a file")
    return url


def _store_url(url: str) -> str:
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it should be https://host or http://host:port")
    return url.rstrip("/")


def _polygon(value: object) -> object:
    if isinstance(value, list) and len(value) < 3:
        raise ValueError("a zone needs at least 3 points")
    return value


def pair(value: object) -> object:
    """One number stands for two that are equal."""
    return value if isinstance(value, list | tuple) else (value, value)


def _some(value: object) -> object:
    if isinstance(value, list) and not value:
        raise ValueError("name at least one")
    return value


def _controls(value: object) -> object:
    if isinstance(value, list) and 0 < len(value) < 4:
        raise ValueError("a calibration needs at least 4 control points")
    return value


def _datum(value: object) -> object:
    if isinstance(value, str) and value.lower() in ("gcj02", "gcj-02", "bd09", "bd-09"):
        raise ValueError("positions of that datum are hundreds of metres off; convert to wgs84")
    return value


def _timezone(value: str) -> str:
    timezone_of(value)
    return value


StreamUrl = Annotated[str, AfterValidator(_stream_url)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
OpenUrl = Annotated[str, AfterValidator(without_secret)]
Duration = Annotated[float, BeforeValidator(duration_s)]
ByteSize = Annotated[int, BeforeValidator(size_bytes)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Side = Annotated[int, Field(ge=16)]
Height = Annotated[float, Field(ge=4, le=4000)]
FrameSize = tuple[Side, Side]
Polygon = Annotated[
    tuple[tuple[float, float], ...], BeforeValidator(_polygon), Field(max_length=200)
]
AtLeastFour = BeforeValidator(_controls)
NotShifted = BeforeValidator(_datum)
AtLeastOne = BeforeValidator(_some)
