"""The detector on ONNX Runtime: always there, any CPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vision.decode import (
    STRIDE_PX,
    broken_file,
    check_fixed_size,
    check_output,
    check_size,
    decode,
    fitted,
    missing_file,
)
from vision.types import Detections, Picture

if TYPE_CHECKING:
    import onnxruntime as ort


class OnnxDetector:
    """A YOLO model in an ONNX file, on one thread, which never spins while idle."""

    def __init__(
        self,
        model_file: Path,
        *,
        classes: Sequence[str],
        input_px: int,
        every_class: bool = False,
    ) -> None:
        check_size(model_file, input_px)
        self._classes, self._input_px = tuple(classes), input_px
        self._every_class = every_class
        self._session = _open(model_file)
        self._input = self._session.get_inputs()[0].name
        sides = self._session.get_inputs()[0].shape[2:]
        self._square = check_fixed_size(model_file, sides, input_px)
        tried_px = input_px if self._square else STRIDE_PX  # a small one: its memory is never freed
        empty = self._run(np.zeros((1, 3, tried_px, tried_px), np.float32))
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
        return np.asarray(self._session.run(None, {self._input: blob})[0], np.float32)


def _open(file: Path) -> ort.InferenceSession:
    if not file.is_file():
        raise missing_file(file)
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises a dozen types without a root
        raise broken_file(file, "ONNX Runtime", error) from error
