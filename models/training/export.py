"""A checkpoint into an ONNX file: `python -m models.training.export --out runs/nano`.

The file takes any height and width that are multiples of 32, has no score rows but our classes',
and is compared with torch on real pictures at the shipped sizes.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from datasets.labels import LabelledPicture
from datasets.sources import read_sets, split
from models.training.command import exit_code
from models.training.evaluate import SIZES_PX
from models.training.network import HEAD, load_network
from models.training.quantise import blob_of

Array = NDArray[np.float32]

OPSET = 17
TOLERANCE = 1e-3
MOST_BYTES = 12_000_000
COMPARED = 6
"""So many validation pictures are compared with torch, at each size."""


def export(
    base_weights: Path,
    checkpoint: Path,
    onnx_file: Path,
    pictures: Sequence[LabelledPicture],
) -> float:
    """Write the weights as fp32 ONNX; returns the largest deviation from torch.

    `pictures` are what the file is compared on, some of them at each shipped size.

    The input `images` is (batch, 3, height, width), RGB in 0..1; the output `output0` is
    (batch, 4 + 9, n): cx, cy, w, h in pixels and a score per class. Raises `ValueError` when the
    file deviates by more than 1e-3 (scores; boxes relative to the input) or is over 12 MB.
    """
    torch.set_num_threads(1)
    network = load_network(base_weights, checkpoint)
    expected = [(blob, _run(network, blob)) for blob in _blobs(pictures)]
    head = network.model[HEAD]
    head.export, head.dynamic, head.format = True, True, "onnx"
    head.dfl = _Distances(head.reg_max)
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
    worst = _deviation(onnx_file, expected)
    if worst > TOLERANCE:
        raise ValueError(f"{onnx_file} deviates from torch by {worst:.2g}, allowed {TOLERANCE}")
    if onnx_file.stat().st_size > MOST_BYTES:
        raise ValueError(f"{onnx_file} has {onnx_file.stat().st_size} bytes, most {MOST_BYTES}")
    return worst


class _Distances(torch.nn.Module):  # type: ignore[misc] # torch carries no types here
    """The mean of the distribution over each box side, as Ultralytics' DFL gives it.

    Theirs takes the softmax over an axis in the middle, on which ONNX Runtime spends as long as on
    a stage of the network; over the last axis it costs next to nothing. So does a sum of products,
    where a matrix times a vector takes a tenth of the INT8 model's time.
    """

    def __init__(self, bins: int) -> None:
        super().__init__()
        self._bins = bins
        self.register_buffer("_places", torch.arange(bins, dtype=torch.float32))

    def forward(self, sides: Any) -> Any:
        """Distances (batch, 4, n) in cells from logits (batch, 4 * bins, n)."""
        shares = sides.view(sides.shape[0], 4, self._bins, -1).transpose(2, 3).softmax(-1)
        return (shares * self._places).sum(-1)


def _blobs(pictures: Sequence[LabelledPicture]) -> list[Array]:
    some = pictures[:: max(1, len(pictures) // COMPARED)][:COMPARED]
    return [blob_of(picture, side) for picture in some for side in SIZES_PX]


def _run(network: Any, blob: Array) -> Array:
    """Torch's answer, before anything of the network is changed for the export."""
    with torch.no_grad():
        found = network(torch.from_numpy(blob))
    return np.asarray(found[0] if isinstance(found, tuple) else found)


def _deviation(onnx_file: Path, expected: Sequence[tuple[Array, Array]]) -> float:
    """Largest difference from torch: scores as they are, boxes as shares of the input."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(onnx_file), options, providers=["CPUExecutionProvider"])
    worst = 0.0
    for blob, theirs in expected:
        difference = np.abs(session.run(None, {"images": blob})[0] - theirs)
        difference[:, :4] /= max(blob.shape[2:])
        worst = max(worst, float(difference.max()))
    return worst


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; returns the exit code, 1 where data or model cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    return exit_code(lambda: _export_to(given.data, given.out))


def _export_to(data: Path, out: Path) -> None:
    _, pictures = split(read_sets(data))
    weights, file = data / "weights" / "yolo11n_coco_recovered.pt", out / "nano.onnx"
    worst = export(weights, out / "state.pt", file, pictures)
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, deviates from torch by {worst:.1e}")


if __name__ == "__main__":
    sys.exit(main())
