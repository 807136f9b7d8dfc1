"""Scenes: simulated fixed cameras with exact ground truth, for demo, training and tests.

All pictures are drawn by code of our own from shapes and noise; nothing is photographed.
Never: torch, or anything of the `train` extra.
"""

from __future__ import annotations

from datasets.scenes.clip import write_clip
from datasets.scenes.corridor import corridor
from datasets.scenes.network import network_geojson
from datasets.scenes.random_picture import random_picture, random_view
from datasets.scenes.scene import ControlPoint, Scene, Site
from datasets.scenes.story import Stay
from datasets.scenes.truth import CLASSES, Truth
from datasets.scenes.yard import yard
from vision.types import Size

__all__ = [
    "CLASSES",
    "NAMES",
    "ControlPoint",
    "Scene",
    "SceneError",
    "Site",
    "Stay",
    "Truth",
    "get",
    "network_geojson",
    "random_picture",
    "random_view",
    "write_clip",
]
_SCENES = {"corridor": corridor, "yard": yard}
NAMES = tuple(_SCENES)


class SceneError(Exception):
    """A scene that does not exist; `remedy` names those that do."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no scene {name!r}")
        self.remedy = f"choose one of {', '.join(NAMES)}"


def get(
    name: str, *, size_px: Size = (1280, 720), fps: float = 12.5, mark: str = "SIMULATED"
) -> Scene:
    """A scene by name. `mark` is written into a corner of each picture; "" writes nothing.

    Raises SceneError for a name that is not in `NAMES`.
    """
    if name not in _SCENES:
        raise SceneError(name)
    return _SCENES[name](size_px, fps, mark)
