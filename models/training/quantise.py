"""An fp32 model into INT8: `python -m models.training.quantise --fp32 FILE --int8 FILE`.

Static quantisation in the QDQ form, which ONNX Runtime and OpenVINO both run: weights per channel
(int8), activations per tensor (uint8). The ranges are those with the least squared error on real
training pictures, letterboxed as in production. Where a convolution feeds a SiLU, the error is
taken behind the SiLU: far below zero it forgives everything, so the range need not reach there.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import TensorData, TensorsData, save_tensors_data
from onnxruntime.quantization.shape_inference import quant_pre_process

from datasets.labels import LabelledPicture
from datasets.sources import read_sets, split
from models.training.evaluate import SIZES_PX
from vision.decode import fitted

Values = NDArray[np.float32]
Range = tuple[float, float]

LEAST_PICTURES = 300
SEED = 5
OPERATORS = ("Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool", "Resize", "Split")
KEPT_FLOAT = {
    r"^/model\.23/(?!cv2\.\d/.*Conv$)": "scores, and the arithmetic of boxes",
    r"/attn/(?!.*Conv$)": "attention's products and softmax",
    r"^/model\.[012]/": "few channels: INT8 hardly gains",
    r"^/model\.(7|8|9|10|22)/": "at stride 32: little work, and errors that reach every score",
}
"""Nodes that stay in fp32, and why; what each costs and gains is in docs/decisions/0023."""
VALUES_PER_PICTURE = 700
VALUES_TO_FIT = 40_000
SHRINK = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1)


def quantise(fp32_file: Path, int8_file: Path, pictures: Sequence[LabelledPicture]) -> None:
    """Write the INT8 model; `pictures` are what the ranges are learned from, at least 300.

    Raises `ValueError` for fewer.
    """
    if len(pictures) < LEAST_PICTURES:
        raise ValueError(f"{len(pictures)} pictures to calibrate with; {LEAST_PICTURES} are needed")
    with tempfile.TemporaryDirectory() as folder:
        prepared, ranges_file = Path(folder) / "prepared.onnx", Path(folder) / "ranges.json"
        # Sizes stay open, which the symbolic shape inference does not take.
        quant_pre_process(str(fp32_file), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(str(prepared))
        ranges = fitted_ranges(model, observed(model, _blobs(pictures)))
        found = {
            name: TensorData(lowest=np.float32(low), highest=np.float32(high))
            for name, (low, high) in ranges.items()
        }
        save_tensors_data(TensorsData(CalibrationMethod.MinMax, found), ranges_file)
        quantize_static(
            str(prepared),
            str(int8_file),
            calibration_cache_path=ranges_file,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=list(OPERATORS),
            nodes_to_exclude=kept_float([node.name for node in model.graph.node]),
        )


def calibration_pictures(
    pictures: Sequence[LabelledPicture], count: int = LEAST_PICTURES
) -> list[LabelledPicture]:
    """As many pictures from each set as there are, in turn, so that no large set decides."""
    by_set: dict[str, list[LabelledPicture]] = defaultdict(list)
    for picture in pictures:
        by_set[picture.set_name].append(picture)
    for name in sorted(by_set):
        random.Random(SEED).shuffle(by_set[name])
    chosen: list[LabelledPicture] = []
    while len(chosen) < count and any(by_set.values()):
        chosen += [by_set[name].pop() for name in sorted(by_set) if by_set[name]]
    return chosen[:count]


def kept_float(names: Sequence[str]) -> list[str]:
    """The nodes, by name, that stay in fp32. Raises `ValueError` where none has such a name."""
    for part in KEPT_FLOAT:
        if not any(re.search(part, name) for name in names):
            raise ValueError(f"no node is called like {part}: this is another network")
    return [name for name in names if any(re.search(part, name) for part in KEPT_FLOAT)]


def observed(model: Any, blobs: Iterator[Values]) -> dict[str, Values]:
    """A sample of the values of every tensor that may be quantised, over all inputs, by name.

    The last two values of each are its least and its greatest one.
    """
    names = _float_tensors(model)
    known = {output.name for output in model.graph.output}
    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    open_model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in names
        if name not in known
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # threads that wait for each other only spin
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(
        open_model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    chance = np.random.default_rng(SEED)
    kept: dict[str, list[Values]] = defaultdict(list)
    ends = {name: np.array([np.inf, -np.inf], np.float32) for name in names}
    for blob in blobs:
        for name, tensor in zip(names, session.run(names, {"images": blob}), strict=True):
            values = tensor.ravel()
            step = max(1, len(values) // VALUES_PER_PICTURE)
            kept[name].append(values[int(chance.integers(step)) :: step].copy())
            least, most = ends[name]
            ends[name][:] = min(least, values.min()), max(most, values.max())
    return {name: np.concatenate([*kept[name], ends[name]]) for name in names}


def fitted_ranges(model: Any, values: Mapping[str, Values]) -> dict[str, Range]:
    """The range of each tensor with the least squared error behind what it feeds."""
    into_silu = {node.input[0] for node in model.graph.node if node.op_type == "Sigmoid"}
    return {
        name: fitted_range(found, _silu if name in into_silu else _same)
        for name, found in values.items()
    }


def fitted_range(values: Values, behind: Callable[[Values], Values]) -> Range:
    """Lower and upper end, 0 inside, from which 256 steps keep `behind(values)` best.

    Each end in turn is drawn in from the least or greatest value.
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    chance = np.random.default_rng(SEED)
    if len(values) > VALUES_TO_FIT:
        values = values[chance.permutation(len(values))[:VALUES_TO_FIT]]
    wanted = behind(values)

    def error(ends: Range) -> float:
        return float(np.mean(np.square(behind(_rounded(values, *ends)) - wanted)))

    if high - low < 1e-6:
        return low, high
    best = (low, high)
    for _ in range(2):
        best = min(((best[0], high * share) for share in SHRINK), key=error)
        best = min(((low * share, best[1]) for share in SHRINK), key=error)
    return best


def _rounded(values: Values, low: float, high: float) -> Values:
    step = max(high - low, 1e-6) / 255
    zero = round(-low / step)
    levels = np.clip(np.round(values / step) + zero, 0, 255) - zero
    return np.asarray(levels * step, np.float32)


def _silu(values: Values) -> Values:
    return np.asarray(values / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)


def _same(values: Values) -> Values:
    return values


def _float_tensors(model: Any) -> list[str]:
    """Names of the float tensors, the input included, that touch an operator to be quantised."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    known = [*graph.value_info, *graph.input, *graph.output]
    floats = {v.name for v in known if v.type.tensor_type.elem_type == onnx.TensorProto.FLOAT}
    names = [
        name
        for node in model.graph.node
        if node.op_type in OPERATORS
        for name in (*node.input, *node.output)
        if name in floats
    ]
    return list(dict.fromkeys(names))


def blob_of(picture: LabelledPicture, side: int) -> Values:
    """The picture as the network gets it in production: (1, 3, height, width), RGB, 0..1."""
    image = cv2.imread(str(picture.file))
    if image is None:
        raise OSError(f"{picture.file} is no picture")
    bgr = image.astype(np.uint8, copy=False)
    return fitted(bgr, side).blob(bgr)


def _blobs(pictures: Sequence[LabelledPicture]) -> Iterator[Values]:
    """The pictures at the shipped sizes in turn."""
    return (blob_of(p, SIZES_PX[k % len(SIZES_PX)]) for k, p in enumerate(pictures))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fp32", type=Path, required=True)
    parser.add_argument("--int8", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=LEAST_PICTURES)
    given = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    training, _ = split(read_sets(given.data))
    quantise(given.fp32, given.int8, calibration_pictures(training, given.pictures))
    print(f"{given.int8}: {given.int8.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
