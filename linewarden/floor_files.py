"""References of floors in files: one a zone, and a copy beside it of what a person confirmed.

A file is a line that says what it is, the SHA-256 of the rest, a line of JSON, and the arrays in
the order in which the JSON lists them. It is replaced whole. Whatever is not exactly that is
refused by name, and never believed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linewarden.folders import made
from vision import Bank, Picture, Point, Size, ZoneError
from vision.free_space_bank import MOST_LIGHTS, KeptLight
from vision.free_space_types import Doubt

MAGIC = b"linewarden floor reference 1\n"
MOST_BYTES = 48 * 2**20
"""Of one file. Six lights of a whole picture of 640x480 take 23 MB."""
JPEG_QUALITY = 95
_TYPES = {"f2": np.float16, "f4": np.float32, "u1": np.uint8}


class FloorFileError(Exception):
    """A reference that cannot be used: the file, what is wrong, and `remedy`, what would do."""

    def __init__(self, file: Path, found: str, remedy: str) -> None:
        super().__init__(f"{file}: {found}")
        self.file, self.found, self.remedy = file, found, remedy


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who has confirmed a reference, when (RFC 3339), and the SHA-256 of the picture looked at."""

    by: str
    at: str
    picture_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class FloorFile:
    """What a file says: the bank, since when (RFC 3339) it and each of its lights are kept.

    `since` by number of the light; `confirmed` only in the copy of what was confirmed.
    """

    bank: Bank = field(repr=False)
    begun_at: str
    since: Mapping[int, str]
    confirmed: Confirmation | None = None


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Array(_Plain):
    type: Literal["f2", "f4", "u1"]
    shape: list[int] = Field(max_length=3)

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * np.dtype(_TYPES[self.type]).itemsize


class _Light(_Plain):
    number: int
    since: str


class _Confirmed(_Plain):
    by: str
    at: str
    picture_sha256: str


class _Header(_Plain):
    polygon: list[tuple[float, float]]
    frame_px: tuple[int, int]
    work_px: tuple[int, int]
    at: int
    begun: Doubt | None
    begun_at: str
    lights: list[_Light] = Field(min_length=1, max_length=MOST_LIGHTS)
    confirmed: _Confirmed | None
    arrays: list[_Array] = Field(max_length=3 + 6 * MOST_LIGHTS)


class FloorFolder:
    """The references of one camera, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def learned(self, zone_id: str) -> Path:
        """The file of what a zone has learned."""
        return self.folder / f"{zone_id}.floor"

    def confirmed(self, zone_id: str) -> Path:
        """The copy of what a person has confirmed of it."""
        return self.folder / f"{zone_id}.confirmed"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes here meanwhile: the edge and the command line share the folder."""
        made(self.folder, "let this account write to the spool", mode=0o700)
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def folder_of(spool: Path, camera_id: str) -> FloorFolder:
    """Where a camera's references lie on the box."""
    return FloorFolder(spool / "floors" / camera_id)


def read(file: Path) -> FloorFile | None:
    """What a file says; None where there is none. Raises `FloorFileError`."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise FloorFileError(file, reason, "let this account read it") from None
    try:
        return decoded(data, file.stem)
    except ValueError as error:
        remedy = "the floor is learned anew and has to be confirmed again"
        raise FloorFileError(file, str(error), remedy) from None


def write(file: Path, kept: FloorFile) -> None:
    """Replace a file whole. Raises OSError where there is no room or no right."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with part.open("wb") as stream:
            stream.write(encoded(kept))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def encoded(kept: FloorFile) -> bytes:
    """The bytes of a file."""
    bank = kept.bank
    arrays: list[NDArray[Any]] = [bank.anchor, _plain(bank.late), _plain(bank.stood)]
    for light in bank.lights:
        arrays += [light.x, light.y, light.colour, _plain(light.known)]
        arrays += [_jpeg(light.view), _jpeg(light.around)]
    header = _Header(
        polygon=list(bank.polygon),
        frame_px=bank.frame_px,
        work_px=bank.work_px,
        at=bank.at,
        begun=bank.begun,
        begun_at=kept.begun_at,
        lights=[_Light(number=x.number, since=kept.since[x.number]) for x in bank.lights],
        confirmed=None if kept.confirmed is None else _Confirmed(**_fields(kept.confirmed)),
        arrays=[_Array(type=_type(a), shape=list(a.shape)) for a in arrays],  # type: ignore[arg-type] # one of _TYPES
    )
    rest = header.model_dump_json().encode() + b"\n"
    rest += b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    return MAGIC + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def decoded(data: bytes, zone_id: str) -> FloorFile:
    """What the bytes of a file say. ValueError with what is wrong with them."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES // 2**20} MB")
    if not data.startswith(MAGIC):
        kind = "another version" if data.startswith(MAGIC[:26]) else "no reference of a floor"
        raise ValueError(f"is {kind}, expected it to begin with {MAGIC.decode().strip()!r}")
    digest, rest = data[len(MAGIC) :][:65], data[len(MAGIC) + 65 :]
    if hashlib.sha256(rest).hexdigest().encode() + b"\n" != digest:
        raise ValueError("is damaged: its SHA-256 is not the one that it states")
    line, _, body = rest.partition(b"\n")
    try:
        header = _Header.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"says {where or 'its header'} wrongly: {first['msg']}") from None
    return _file_of(header, _arrays(header.arrays, body), zone_id)


def _file_of(header: _Header, arrays: list[NDArray[Any]], zone_id: str) -> FloorFile:
    if len(arrays) != 3 + 6 * len(header.lights):
        raise ValueError(f"has {len(arrays)} arrays for {len(header.lights)} lights")
    anchor, late, stood, *rest = arrays
    lights = tuple(
        _light(one.number, rest[6 * i : 6 * i + 6]) for i, one in enumerate(header.lights)
    )
    polygon: tuple[Point, ...] = tuple(header.polygon)
    frame_px: Size = header.frame_px
    bank = Bank(
        polygon,
        frame_px,
        header.work_px,
        anchor,
        lights,
        header.at,
        late.astype(bool),
        stood.astype(bool),
        header.begun,
    )
    try:
        flaw = bank.flaw(zone_id)
    except ZoneError as error:
        flaw = str(error)
    if flaw is not None:
        raise ValueError(f"has {flaw}")
    plain = header.confirmed
    confirmed = None if plain is None else Confirmation(**plain.model_dump())
    return FloorFile(bank, header.begun_at, {x.number: x.since for x in header.lights}, confirmed)


def _light(number: int, arrays: list[NDArray[Any]]) -> KeptLight:
    x, y, colour, known, view, around = arrays
    return KeptLight(number, x, y, colour, known.astype(bool), _picture(view), _picture(around))


def _arrays(stated: list[_Array], body: bytes) -> list[NDArray[Any]]:
    if sum(one.size_bytes for one in stated) != len(body) or any(
        side < 0 for one in stated for side in one.shape
    ):
        raise ValueError(f"has {len(body)} bytes of arrays, not as many as it states")
    found, at = [], 0
    for one in stated:
        part = body[at : at + one.size_bytes]
        found.append(np.frombuffer(part, _TYPES[one.type]).reshape(one.shape))
        at += one.size_bytes
    return found


def _fields(confirmation: Confirmation) -> dict[str, str]:
    one = confirmation
    return {"by": one.by, "at": one.at, "picture_sha256": one.picture_sha256}


def _type(array: NDArray[Any]) -> str:
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def _plain(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return cells.astype(np.uint8)


def _jpeg(picture: Picture) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(data, np.uint8).ravel()


def _picture(jpeg: NDArray[np.uint8]) -> Picture:
    found = cv2.imdecode(jpeg, cv2.IMREAD_COLOR) if jpeg.size else None
    if found is None:
        raise ValueError("has a picture that is none")
    return np.asarray(found, np.uint8)
