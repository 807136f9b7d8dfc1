"""Recordings for the benchmarks: one 1080p25 camera, with nothing or something moving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from datasets import scenes
from vision.types import Picture

FPS = 25
SIZE_PX = (1920, 1080)
SECONDS = 10


def make_clip(kind: str, folder: Path) -> Path:
    """Write `idle.mp4` or `busy.mp4` (10 s, H.264, key frames 2 s apart) if missing."""
    file = folder / f"{kind}.mp4"
    if not file.exists():
        part = file.with_suffix(".part.mp4")
        _encode(_idle() if kind == "idle" else _busy(), part)
        part.replace(file)
    return file


def _idle() -> Iterator[Picture]:
    """An empty corridor with the noise of a sensor."""
    still = _large(scenes.get("corridor").render(0.0)).astype(np.int16)
    chance = np.random.default_rng(1)
    noises = [chance.normal(0, 1.5, still.shape).astype(np.int16) for _ in range(4)]
    for k in range(FPS * SECONDS):
        yield np.clip(still + noises[k % 4], 0, 255).astype(np.uint8)


def _busy() -> Iterator[Picture]:
    """The corridor while the excavator is at work; each picture of the scene stands for two."""
    scene = scenes.get("corridor", fps=FPS / 2)
    start_s = scene.events[0].enter_s
    for k in range(FPS * SECONDS // 2):
        picture = _large(scene.render(start_s + k * 2 / FPS))
        yield picture
        yield picture


def _large(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, SIZE_PX, interpolation=cv2.INTER_CUBIC), np.uint8)


def _encode(pictures: Iterator[Picture], file: Path) -> None:
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt, stream.gop_size = "yuv420p", 2 * FPS
        # One quantiser throughout: a rate control starts worse, and when the recording
        # starts again that would look like motion.
        stream.options = {"preset": "veryfast", "qp": "26", "bf": "0", "sc_threshold": "0"}
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
