"""Cut-outs kept on disk, so that a second build need not find their masks again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from datasets.cutouts import Cutout


def save(folder: Path, key: str, cutouts: Sequence[Cutout], counts: dict[str, int]) -> None:
    """Write each cut-out as PNG with its mask as the fourth channel, and an index."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = []
    for k, c in enumerate(cutouts):
        alpha = (c.alpha * 255).round().astype(np.uint8)
        cv2.imwrite(str(folder / f"{k:05d}.png"), np.dstack([c.bgr, alpha]))
        rows.append([c.class_id, c.origin, c.made, c.native_px])
    index = {"key": key, "counts": counts, "cutouts": rows}
    (folder / "index.json").write_text(json.dumps(index, indent=0), encoding="utf-8")


def load(folder: Path, key: str) -> tuple[list[Cutout], dict[str, int]] | None:
    """What was saved under the same key, or None."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if index.get("key") != key:
        return None
    found = []
    for k, (class_id, origin, made, native_px) in enumerate(index["cutouts"]):
        rgba = cv2.imread(str(folder / f"{k:05d}.png"), cv2.IMREAD_UNCHANGED)
        if rgba is None:
            return None
        bgr = np.ascontiguousarray(rgba[..., :3]).astype(np.uint8, copy=False)
        alpha = np.asarray(rgba[..., 3] / 255, np.float32)
        found.append(Cutout(bgr, alpha, class_id, origin, made, native_px))
    return found, index["counts"]
