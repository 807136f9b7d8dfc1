"""The manifest of a model: what file it is, what it sees, at which scores, and where it came from.

Nothing runs a model file whose bytes are not the ones that the manifest names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from models.errors import ManifestError

SHIPPED = Path(__file__).resolve().parent / "shipped"
_STEP_PX = 32
_LEAST_PX, _MOST_PX = 160, 1920


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model that may be used. `file` exists and has the digest `sha256` (64 hex digits).

    `input_px` is the side of the square input; any other multiple of 32 runs too. `thresholds`
    are the scores, in 0..1, from which a class is reported; `second_look` those from which a crop
    at native resolution confirms a candidate, for the classes that are looked at twice.
    """

    name: str
    file: Path
    sha256: str
    classes: tuple[str, ...]
    input_px: int
    thresholds: Mapping[str, float]
    second_look: Mapping[str, float]
    licence: str
    trained_on: tuple[str, ...]

    def thresholds_by_id(self) -> tuple[float, ...]:
        """The thresholds in the order of the classes, as a `Detector` takes them."""
        return tuple(self.thresholds[name] for name in self.classes)


def load_manifest(name_or_path: str | Path) -> Manifest:
    """Read and check a manifest: a name in `models/shipped`, or the path of a JSON file.

    Raises `ManifestError` for what is missing, malformed or altered, the model file included.
    """
    file = _manifest_file(name_or_path)
    fields = _read(file)
    classes = _names(file, fields, "classes")
    manifest = Manifest(
        name=_text(file, fields, "name"),
        file=file.parent / _text(file, fields, "file"),
        sha256=_digest(file, fields),
        classes=classes,
        input_px=_input_px(file, fields),
        thresholds=MappingProxyType(_scores(file, fields, "thresholds", classes, classes)),
        second_look=MappingProxyType(_second_look(file, fields, classes)),
        licence=_text(file, fields, "licence"),
        trained_on=_names(file, fields, "trained_on"),
    )
    _check_model(file, manifest)
    return manifest


def digest_of(file: Path) -> str:
    """SHA-256 of a file, as hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _manifest_file(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if re.fullmatch(r"[A-Za-z0-9_-]+", text):
        file = SHIPPED / f"{text}.json"
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.json")))
        allowed = f"use one of {shipped}, or the path of a manifest"
    else:
        file, allowed = Path(name_or_path), "name an existing manifest file"
    if not file.is_file():
        raise ManifestError(file, "model", repr(text), allowed)
    return file


def _read(file: Path) -> dict[str, object]:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ManifestError(file, "manifest", f"unreadable ({error})", "restore the file") from None
    if not isinstance(fields, dict):
        raise ManifestError(file, "manifest", "no JSON object", "restore the file")
    return fields


def _text(file: Path, fields: Mapping[str, object], field: str) -> str:
    found = fields.get(field)
    if not isinstance(found, str) or not found:
        raise ManifestError(file, field, _shown(found), "it must be a text")
    return found


def _names(file: Path, fields: Mapping[str, object], field: str) -> tuple[str, ...]:
    found = fields.get(field)
    if not isinstance(found, list) or not found:
        raise ManifestError(file, field, _shown(found), "it must be a list of names")
    if not all(isinstance(name, str) and name for name in found) or len(set(found)) < len(found):
        raise ManifestError(file, field, _shown(found), "each name must be a text, given once")
    return tuple(found)


def _digest(file: Path, fields: Mapping[str, object]) -> str:
    found = _text(file, fields, "sha256")
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise ManifestError(file, "sha256", repr(found), "it must be 64 lower-case hex digits")
    return found


def _input_px(file: Path, fields: Mapping[str, object]) -> int:
    found = fields.get("input_px")
    good = isinstance(found, int) and not isinstance(found, bool)
    if good and isinstance(found, int) and _LEAST_PX <= found <= _MOST_PX and found % _STEP_PX == 0:
        return found
    allowed = f"it must be a multiple of {_STEP_PX} from {_LEAST_PX} to {_MOST_PX}"
    raise ManifestError(file, "input_px", _shown(found), allowed)


def _second_look(
    file: Path, fields: Mapping[str, object], classes: tuple[str, ...]
) -> dict[str, float]:
    found = fields.get("second_look", {})
    stated = tuple(found) if isinstance(found, dict) else ()
    return _scores(file, {"second_look": found}, "second_look", classes, stated)


def _scores(
    file: Path,
    fields: Mapping[str, object],
    field: str,
    classes: tuple[str, ...],
    needed: tuple[str, ...],
) -> dict[str, float]:
    """The scores by class under `field`, for all of `needed`."""
    found = fields.get(field)
    if not isinstance(found, dict):
        raise ManifestError(file, field, _shown(found), "it must map each class to a score")
    for name in found:
        if name not in classes:
            allowed = f"use {', '.join(classes)}"
            raise ManifestError(file, f"{field}.{name}", "of an unknown class", allowed)
    return {name: _score(file, f"{field}.{name}", found.get(name)) for name in needed}


def _score(file: Path, field: str, found: object) -> float:
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if not number or not isinstance(found, int | float) or not 0 < found < 1:
        raise ManifestError(file, field, _shown(found), "it must be a score between 0 and 1")
    return float(found)


def _check_model(file: Path, manifest: Manifest) -> None:
    if manifest.file.parent != file.parent:
        allowed = "the model must lie beside its manifest"
        raise ManifestError(file, "file", repr(str(manifest.file)), allowed)
    if not manifest.file.is_file():
        raise ManifestError(file, "file", f"{manifest.file.name!r}, missing", "restore the model")
    actual = digest_of(manifest.file)
    if actual != manifest.sha256:
        raise ManifestError(
            file,
            "sha256",
            f"{manifest.sha256[:12]}…, but {manifest.file.name} has {actual[:12]}…",
            "the model file was altered: restore it",
        )


def _shown(found: object) -> str:
    return "missing" if found is None else repr(found)
