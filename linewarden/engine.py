"""Which of a model's files runs fastest on this box, and on which runtime: measured at start."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linewarden.errors import CommandError
from models import Manifest, load_manifest
from vision import Backend, Detector, ModelError, backends, load_detector

PICTURES = 4
"""Looked at by each; the fastest counts, since only other work can make one slower."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A precision that the manifest ships, and a runtime that is installed."""

    precision: str
    backend: Backend

    def manifest(self, model: str) -> Manifest:
        """The model's manifest in this precision. Raises `ManifestError`."""
        return load_manifest(model).at(precision=self.precision)

    def detector(self, manifest: Manifest) -> Detector:
        """The model, opened. Raises `ModelError`."""
        return load_detector(
            manifest.file,
            classes=manifest.classes,
            input_px=manifest.input_px,
            backend=self.backend,
        )


def engines(manifest: Manifest) -> Iterator[Engine]:
    """Every way in which the model could run here. OpenVINO takes fp32 only: of INT8 made for
    ONNX Runtime it finds half (docs/decisions/0027).
    """
    ways = (Engine(p, backend) for backend in backends() for p in manifest.weights)
    return (way for way in ways if way.backend != "openvino" or way.precision == "fp32")


def cpu_ms(engine: Engine, manifest: Manifest) -> float:
    """Processor milliseconds for one picture; busy neighbours do not count. Raises `ModelError`."""
    manifest = manifest.at(precision=engine.precision)
    detector = engine.detector(manifest)
    picture = np.random.default_rng(0).integers(0, 255, (540, 960, 3), np.uint8)
    took_s = []
    for _ in range(PICTURES):
        began_s = time.process_time()
        detector.detect(picture, manifest.thresholds_by_id())
        took_s.append(time.process_time() - began_s)
    return 1000 * min(took_s)


def fastest(model: str) -> tuple[Engine, float]:
    """The engine with the least processor time per picture, and that time in milliseconds.

    Measured in a process of its own, whose memory goes with it. Raises `CommandError` if none runs.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(_fastest, (model,))
    if isinstance(found, str):
        raise CommandError(f"no runtime here runs the model: {found}", "run `linewarden doctor`")
    return found


def _fastest(model: str) -> tuple[Engine, float] | str:
    """As `fastest`; a text says why none runs."""
    manifest = load_manifest(model)
    timed: list[tuple[float, Engine]] = []
    said = "none is installed"
    for engine in engines(manifest):
        try:
            timed.append((cpu_ms(engine, manifest), engine))
        except ModelError as error:
            said = str(error)
    if not timed:
        return said
    took_ms, engine = min(timed, key=lambda each: each[0])
    return engine, took_ms
