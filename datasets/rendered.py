"""Cut-outs drawn from meshes, seen from above at any heading, with exact masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from datasets.cutouts import Cutout, tight
from datasets.labels import CLASSES
from datasets.scenes import cast, raster
from datasets.scenes.camera import Pinhole
from datasets.scenes.mesh import Mesh
from datasets.scenes.random_picture import random_light

_SIZE_PX = 480
_DISTANCE_M = 60.0
_RUST = np.array([0.05, 0.09, 0.17], np.float32)
"""Linear BGR of dry mud and rust."""


def rendered(label: str, rng: np.random.Generator, *, height_px: float = 130.0) -> Cutout | None:
    """One thing of a class, or a look-alike ("lookalike"), about `height_px` high."""
    mesh = cast.lookalike(rng) if label == "lookalike" else cast.MAKERS[label](rng)
    mesh = _worn(mesh, rng).turned(yaw_deg=float(rng.uniform(0, 360)))
    tilt = float(np.radians(rng.choice([rng.uniform(4, 15), rng.uniform(12, 38)])))
    height_m = float(np.tan(tilt) * _DISTANCE_M)
    tall_m = float(np.ptp(mesh.vertices[:, 2])) * np.cos(tilt) + 4.0 * np.sin(tilt)
    wide_m = float(np.ptp(mesh.vertices[:, :2], axis=0).max())
    per_m = min(height_px / tall_m, 0.9 * _SIZE_PX / max(wide_m, tall_m))
    focal = per_m * _DISTANCE_M / float(np.cos(tilt))
    camera = Pinhole((_SIZE_PX, _SIZE_PX), focal, height_m, float(np.degrees(tilt)))
    light = random_light(rng)
    layer = raster.draw(
        mesh.moved(0.0, _DISTANCE_M),
        camera,
        light,
        dirt=float(rng.uniform(0.05, 0.9)),
        origin=(0.0, _DISTANCE_M),
    )
    if layer is None:
        return None
    bgr = layer.bgr / np.maximum(layer.alpha, 1e-3)[..., None]
    colour = bgr.clip(0, 255).astype(np.uint8)
    class_id = CLASSES.index(label) if label in CLASSES else -1
    return tight(Cutout(colour, layer.alpha, class_id, "rendered", "rendered", height_px))


def _worn(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """Paint faded, muddied and rusted by chance, face by face."""
    share = rng.uniform(0, 0.5) * rng.random((len(mesh.colours), 1)).astype(np.float32)
    fade = np.float32(rng.uniform(0.75, 1.1))
    return replace(mesh, colours=(mesh.colours * fade * (1 - share) + _RUST * share))
