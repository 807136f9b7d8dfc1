"""The detector on OpenVINO (extra `openvino`): imported only where that is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from vision.decode import (
    broken_file,
    check_fixed_size,
    check_output,
    check_size,
    decode,
    fitted,
    missing_file,
)
from vision.types import Detections, Picture


class OpenVinoDetector:
    """A YOLO model in an ONNX file, on one thread of the CPU."""

    def __init__(
        self,
        model_file: Path,
        *,
        classes: Sequence[str],
        input_px: int,
        every_class: bool = False,
    ) -> None:
        check_size(model_file, input_px)
        if not model_file.is_file():
            raise missing_file(model_file)
        self._classes, self._input_px = tuple(classes), input_px
        self._every_class = every_class
        core = ov.Core()
        try:
            model = core.read_model(model_file)
        except RuntimeError as error:
            raise broken_file(model_file, "OpenVINO", error) from error
        shape = model.input(0).partial_shape
        sides = [side.get_length() if side.is_static else None for side in list(shape)[2:]]
        self._square = check_fixed_size(model_file, sides, input_px)
        model.reshape([1, 3, input_px, input_px] if self._square else [1, 3, -1, -1])
        settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
        self._request = core.compile_model(model, "CPU", settings).create_infer_request()
        empty = self._run(np.zeros((1, 3, input_px, input_px), np.float32))
        check_output(model_file, empty.shape, self._classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, by id."""
        return self._classes

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """Find objects at or above their class's threshold (one per class, by id)."""
        letterbox = fitted(picture, self._input_px, square=self._square)
        output = self._run(letterbox.blob(picture))
        return decode(
            output[0], self._classes, thresholds, letterbox, every_class=self._every_class
        )

    def _run(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array(self._request.infer([blob])[0], np.float32)
