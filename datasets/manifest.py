"""What a built folder is made of: digests, counts, licences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def digest(files: Iterable[Path]) -> str:
    """SHA-256 over names and bytes of files, in the order given."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def set_entry(folder: Path) -> dict[str, Any]:
    """Counts, licence and digest of one written set."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    kept = ("side", "exhaustive", "n_images", "count", "box_counts", "box_counts_by_height_px")
    origin = ("licence", "source", "repo", "commit", "attribution", "seed")
    files = sorted(p for part in ("images", "labels") for p in (folder / part).iterdir())
    entry = {k: meta[k] for k in (*kept, *origin) if k in meta}
    return {**entry, "sha256": digest(files)}


_TAKEN_OVER = ("repo", "commit", "licence", "license", "attribution", "label_repo", "label_commit")


def description(source: Path) -> dict[str, Any]:
    """What a source set says of its origin and licence, to be said again by the built set."""
    meta = json.loads((source / "meta.json").read_text(encoding="utf-8"))
    return {k: meta[k] for k in _TAKEN_OVER if k in meta}


def earlier(file: Path) -> dict[str, Any]:
    """The manifest of an earlier build of some parts, or nothing."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def write(file: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest as JSON."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8")
