"""A checkpoint into an ONNX file: `python -m models.training.export --out runs/nano`.

The file takes any height and width that are multiples of 32 and is compared with torch.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch

from models.training.network import HEAD, load_network

OPSET = 17
TOLERANCE = 1e-3
TRAINED_SHARE = 0.7
MOST_BYTES = 12_000_000


def export(
    base_weights: Path, checkpoint: Path, onnx_file: Path, trained_share: float = TRAINED_SHARE
) -> float:
    """Write the weights as fp32 ONNX; returns the largest deviation from torch.

    `trained_share` of each weight is the trained one, the rest the untouched one.

    The input `images` is (batch, 3, height, width), RGB in 0..1; the output `output0` is
    (batch, 4 + 9, n): cx, cy, w, h in pixels and a score per class. Raises `ValueError` when the
    file deviates by more than 1e-3 (scores; boxes relative to the input) or is over 12 MB.
    """
    network = load_network(base_weights, checkpoint, trained_share)
    head = network.model[HEAD]
    head.export, head.dynamic, head.format = True, True, "onnx"
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 2: "boxes"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 416, 416),),
            str(onnx_file),
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes=axes,
            opset_version=OPSET,
            do_constant_folding=True,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(str(onnx_file)), full_check=True)
    worst = max(_deviation(network, onnx_file, side) for side in ((416, 416), (384, 640)))
    if worst > TOLERANCE:
        raise ValueError(f"{onnx_file} deviates from torch by {worst:.2g}, allowed {TOLERANCE}")
    if onnx_file.stat().st_size > MOST_BYTES:
        raise ValueError(f"{onnx_file} has {onnx_file.stat().st_size} bytes, most {MOST_BYTES}")
    return worst


def _deviation(network: Any, onnx_file: Path, size: tuple[int, int]) -> float:
    """Largest difference on random pictures: scores as they are, boxes as shares of the input."""
    rng = np.random.default_rng(7)
    coarse = rng.random((2, 3, size[0] // 16, size[1] // 16), np.float32)
    blob = coarse.repeat(16, axis=2).repeat(16, axis=3)
    session = ort.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    ours = session.run(None, {"images": blob})[0]
    with torch.no_grad():
        theirs = network(torch.from_numpy(blob)).numpy()
    difference = np.abs(ours - theirs)
    difference[:, :4] /= max(size)
    return float(difference.max())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    weights = given.data / "weights" / "yolo11n_coco_recovered.pt"
    worst = export(weights, given.out / "state.pt", given.out / "nano.onnx")
    size_mb = (given.out / "nano.onnx").stat().st_size / 1e6
    print(f"{given.out / 'nano.onnx'}: {size_mb:.1f} MB, deviates from torch by {worst:.1e}")


if __name__ == "__main__":
    main()
