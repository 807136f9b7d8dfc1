"""The manifest of a model: its files, what it sees, at which scores, and where it came from.

One model is shipped as the same weights in fp32 and INT8, for one or more sizes of the input.
Nothing runs a model file whose bytes are not the ones that the manifest names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from models.errors import ManifestError

SHIPPED = Path(__file__).resolve().parent / "shipped"
_STEP_PX = 32
_LEAST_PX, _MOST_PX = 160, 1920


PRECISIONS = ("fp32", "int8")


@dataclass(frozen=True, slots=True)
class Weights:
    """One file with the model's weights; it exists and has the digest `sha256` (64 hex digits)."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model that may be used, at one size of its square input and in one precision.

    `weights` by precision; `sizes` by side of the input in pixels: the scores, in 0..1, from which
    each class is reported there. `second_look`: from which scores a crop at native resolution
    confirms a candidate, for the classes that are looked at twice. `at` gives the same model at
    another size or precision.
    """

    name: str
    weights: Mapping[str, Weights]
    classes: tuple[str, ...]
    sizes: Mapping[int, Mapping[str, float]]
    second_look: Mapping[str, float]
    licence: str
    trained_on: tuple[str, ...]
    input_px: int
    precision: str

    @property
    def file(self) -> Path:
        """The model file."""
        return self.weights[self.precision].file

    @property
    def sha256(self) -> str:
        """Its digest."""
        return self.weights[self.precision].sha256

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The threshold of each class; at a size that is not listed, those of the nearest one."""
        nearest_px = min(self.sizes, key=lambda side: abs(side - self.input_px))
        return self.sizes[nearest_px]

    def thresholds_by_id(self) -> tuple[float, ...]:
        """The thresholds in the order of the classes, as a `Detector` takes them."""
        return tuple(self.thresholds[name] for name in self.classes)

    def at(self, *, input_px: int | None = None, precision: str | None = None) -> Manifest:
        """The same model elsewhere: any multiple of 32 as side, a precision that is shipped.

        Raises `KeyError` for another precision.
        """
        chosen = self.precision if precision is None else precision
        self.weights[chosen]  # refused here, not at first use
        side = self.input_px if input_px is None else input_px
        return replace(self, input_px=side, precision=chosen)


def load_manifest(name: str | Path) -> Manifest:
    """Read and check a manifest: a name in `models/shipped`, or the path of a JSON file.

    `nano@640` is the model at that size of its input; without, it is the first that the manifest
    lists. The precision is fp32 until `at` says otherwise. Raises `ManifestError` for what is
    missing, malformed or altered, the model files included.
    """
    name, asked_px = _parted(str(name))
    file = _manifest_file(name)
    fields = _read(file)
    classes = _names(file, fields, "classes")
    sizes = _sizes(file, fields, classes)
    if asked_px is not None and asked_px not in sizes:
        allowed = f"use one of {', '.join(map(str, sizes))}"
        raise ManifestError(file, "model", f"wanted at {asked_px} px", allowed)
    return Manifest(
        name=_text(file, fields, "name"),
        weights=MappingProxyType(_weights(file, fields)),
        classes=classes,
        sizes=MappingProxyType(sizes),
        second_look=MappingProxyType(_second_look(file, fields, classes)),
        licence=_text(file, fields, "licence"),
        trained_on=_names(file, fields, "trained_on"),
        input_px=next(iter(sizes)) if asked_px is None else asked_px,
        precision=PRECISIONS[0],
    )


def digest_of(file: Path) -> str:
    """SHA-256 of a file, as hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _parted(name: str) -> tuple[str, int | None]:
    """A name and the size that is asked for behind its last @, if any."""
    found = re.fullmatch(r"(.+)@(\d{1,4})", name)
    return (found[1], int(found[2])) if found else (name, None)


def _manifest_file(text: str) -> Path:
    if re.fullmatch(r"[A-Za-z0-9_-]+", text):
        file = SHIPPED / f"{text}.json"
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.json")))
        allowed = f"use one of {shipped}, or the path of a manifest"
    else:
        file, allowed = Path(text), "name an existing manifest file"
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


def _text(file: Path, fields: Mapping[str, object], field: str, shown_as: str = "") -> str:
    found = fields.get(field)
    if not isinstance(found, str) or not found:
        raise ManifestError(file, shown_as or field, _shown(found), "it must be a text")
    return found


def _names(file: Path, fields: Mapping[str, object], field: str) -> tuple[str, ...]:
    found = fields.get(field)
    if not isinstance(found, list) or not found:
        raise ManifestError(file, field, _shown(found), "it must be a list of names")
    if not all(isinstance(name, str) and name for name in found) or len(set(found)) < len(found):
        raise ManifestError(file, field, _shown(found), "each name must be a text, given once")
    return tuple(found)


def _table(file: Path, fields: Mapping[str, object], field: str, wanted: str) -> dict[str, object]:
    found = fields.get(field)
    if not isinstance(found, dict) or not found:
        raise ManifestError(file, field, _shown(found), f"it must map {wanted}")
    return found


def _weights(file: Path, fields: Mapping[str, object]) -> dict[str, Weights]:
    table = _table(file, fields, "weights", "each precision to its file and sha256")
    for name in table:
        if name not in PRECISIONS:
            allowed = f"use {' and '.join(PRECISIONS)}"
            raise ManifestError(file, f"weights.{name}", "of an unknown precision", allowed)
    if PRECISIONS[0] not in table:
        raise ManifestError(file, f"weights.{PRECISIONS[0]}", "missing", "it must always be there")
    return {name: _checked(file, f"weights.{name}", entry) for name, entry in table.items()}


def _checked(manifest: Path, field: str, entry: object) -> Weights:
    """One weights file, whose bytes are what the manifest says."""
    if not isinstance(entry, dict):
        raise ManifestError(manifest, field, _shown(entry), "it must give file and sha256")
    named = _text(manifest, entry, "file", f"{field}.file")
    wanted = _text(manifest, entry, "sha256", f"{field}.sha256")
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        allowed = "it must be 64 lower-case hex digits"
        raise ManifestError(manifest, f"{field}.sha256", repr(wanted), allowed)
    model = manifest.parent / named
    if model.parent != manifest.parent:
        allowed = "the model must lie beside its manifest"
        raise ManifestError(manifest, f"{field}.file", repr(str(model)), allowed)
    if not model.is_file():
        found = f"{model.name!r}, missing"
        raise ManifestError(manifest, f"{field}.file", found, "restore the model")
    actual = digest_of(model)
    if actual != wanted:
        found = f"{wanted[:12]}…, but {model.name} has {actual[:12]}…"
        allowed = "the model file was altered: restore it"
        raise ManifestError(manifest, f"{field}.sha256", found, allowed)
    return Weights(model, wanted)


def _sizes(
    file: Path, fields: Mapping[str, object], classes: tuple[str, ...]
) -> dict[int, Mapping[str, float]]:
    """Thresholds by size, in the order of the file."""
    table = _table(file, fields, "thresholds", "each input size to a score per class")
    sizes: dict[int, Mapping[str, float]] = {}
    for text, found in table.items():
        field = f"thresholds.{text}"
        side = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0
        if not _LEAST_PX <= side <= _MOST_PX or side % _STEP_PX:
            allowed = f"a size is a multiple of {_STEP_PX} from {_LEAST_PX} to {_MOST_PX}"
            raise ManifestError(file, field, "no size of the input", allowed)
        sizes[side] = MappingProxyType(_scores(file, field, found, classes, classes))
    return sizes


def _second_look(
    file: Path, fields: Mapping[str, object], classes: tuple[str, ...]
) -> dict[str, float]:
    found = fields.get("second_look", {})
    stated = tuple(found) if isinstance(found, dict) else ()
    return _scores(file, "second_look", found, classes, stated)


def _scores(
    file: Path, field: str, found: object, classes: tuple[str, ...], needed: tuple[str, ...]
) -> dict[str, float]:
    """The scores by class that stand under `field`, for all of `needed`."""
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


def _shown(found: object) -> str:
    return "missing" if found is None else repr(found)
