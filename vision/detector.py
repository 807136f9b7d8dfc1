"""Choosing the back-end that runs a model file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from vision.errors import ModelError
from vision.types import Detector

Backend = Literal["auto", "onnx", "openvino"]


def backends() -> tuple[Backend, ...]:
    """The back-ends whose runtime is installed here, the fastest by our measurements first."""
    present: tuple[tuple[Backend, str], ...] = (("openvino", "openvino"), ("onnx", "onnxruntime"))
    return tuple(name for name, module in present if find_spec(module) is not None)


def load_detector(
    model_file: Path | str,
    *,
    classes: Sequence[str],
    input_px: int,
    backend: Backend = "auto",
    every_class: bool = False,
) -> Detector:
    """Open a model file and try it once on an empty picture.

    `classes` are the names of the output's score rows, in order; `input_px` is the side of the
    square input. One place gets its best class only; `every_class` wants each class that reaches
    its threshold, as a curve over all scores does. `auto` takes OpenVINO where that extra is
    installed, else ONNX Runtime. Raises `ModelError` for a missing, broken or unfitting file, or a
    back-end that is not installed.
    """
    file, present = Path(model_file), backends()
    chosen = present[0] if backend == "auto" and present else backend
    if chosen not in present:
        raise ModelError(
            f"back-end {backend!r} is not installed; here: {', '.join(present) or 'none'}",
            remedy="install the extra 'openvino', or use backend 'onnx' from the base install",
        )
    if chosen == "openvino":
        from vision.backend_openvino import OpenVinoDetector

        return OpenVinoDetector(file, classes=classes, input_px=input_px, every_class=every_class)
    from vision.backend_onnx import OnnxDetector

    return OnnxDetector(file, classes=classes, input_px=input_px, every_class=every_class)
