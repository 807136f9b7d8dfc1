"""YOLO11n with our nine classes, started from the weights with COCO's eighty.

The network is built with 80 classes, because the width of its class branch depends on that number,
and only the last 1x1 convolutions get nine rows. Normalisation is fused into the convolutions
before training: its statistics stay as they are and each step costs less.
"""

from __future__ import annotations

import copy
import os
import pickle
import re
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("YOLO_OFFLINE", "true")

import onnx
import onnx.numpy_helper
import torch
from google.protobuf.message import DecodeError
from ultralytics.nn.tasks import DetectionModel

from datasets.labels import CLASSES
from vision import ModelError

Network = Any  # torch carries no types here

COCO_ROWS = {"person": 0, "car": 2, "truck": 7, "bus": 5}
START_ROWS = {**COCO_ROWS, "excavator": 7, "machine": 7, "forklift": 7}
NEW_CLASS_BIAS = -4.6  # log(0.01 / 0.99): a new class starts as rare
FROZEN_LAYERS = 5
HEAD = 23
TRAINED_SHARE = 0.9
FURTHER_SHARE = 0.5
_MADE_AT_EXPORT = f"model.{HEAD}.dfl."
_SCORE_ROWS = re.compile(rf"model\.{HEAD}\.cv3\.\d\.2\.(weight|bias)")


def saved(file: Path, *, remedy: str) -> Any:
    """What torch wrote to `file`, on the CPU; raises `ModelError` where it is missing or broken."""
    try:
        return torch.load(file, weights_only=True, map_location="cpu")
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        found = "is not there" if not file.exists() else "cannot be read by torch"
        raise ModelError(f"{file}: {found}; {remedy}", remedy=remedy) from error


def base_network(weights: Path) -> Network:
    """The untouched 80-class network, fused, without gradients; also the teacher.

    Raises `ModelError` when the file is missing or holds something else.
    """
    network = DetectionModel("yolo11n.yaml", nc=80, verbose=False)
    kept = saved(weights, remedy="restore the untouched model's weights")
    try:
        network.load_state_dict(kept, strict=True)
    except (RuntimeError, TypeError) as error:
        problem = f"{weights}: holds no weights of YOLO11n with 80 classes"
        raise ModelError(problem, remedy="restore the untouched model's weights") from error
    network = network.float().eval().fuse(verbose=False)
    return network.requires_grad_(requires_grad=False)


def nine_class_network(base: Network) -> Network:
    """A trainable copy of `base` with one score row for each of our classes."""
    network = copy.deepcopy(base)
    head = network.model[HEAD]
    for branch in head.cv3:
        branch[-1] = _nine_rows(branch[-1])
    head.nc, head.no = len(CLASSES), len(CLASSES) + 4 * head.reg_max
    for i, layer in enumerate(network.model):
        layer.requires_grad_(i >= FROZEN_LAYERS)
    head.dfl.requires_grad_(requires_grad=False)
    return network


def begin_from(network: Network, onnx_file: Path) -> None:
    """Give `network` the weights of an exported file, which names them as torch does.

    Raises `ModelError` when it is no such file, or a weight is missing or has another shape.
    """
    remedy = "start from an fp32 file that models.training.export wrote"
    try:
        graph = onnx.load(str(onnx_file)).graph
    except (OSError, DecodeError) as error:
        raise ModelError(f"{onnx_file}: cannot be read as ONNX; {remedy}", remedy=remedy) from error
    kept = {one.name: one for one in graph.initializer}
    state = network.state_dict()
    for name in state:
        if name.startswith(_MADE_AT_EXPORT):
            continue
        if name not in kept or list(kept[name].dims) != list(state[name].shape):
            lacks = f"has no weight {name} of shape {list(state[name].shape)}"
            raise ModelError(f"{onnx_file}: {lacks}; {remedy}", remedy=remedy)
        state[name] = torch.from_numpy(onnx.numpy_helper.to_array(kept[name]).copy())
    network.load_state_dict(state, strict=True)


def load_network(base_weights: Path, checkpoint: Path) -> Network:
    """The network of a checkpoint, in eval mode.

    Each weight is a share of the averaged trained one and the rest of what training began from
    (Wortsman, CVPR 2022: it gives back what training forgot): `TRAINED_SHARE` after COCO's
    weights, where rows of new classes stay as trained, `FURTHER_SHARE` after a model of ours.
    """
    network = nine_class_network(base_network(base_weights))
    state = saved(checkpoint, remedy="train first: python -m models.training.train")
    share = FURTHER_SHARE if state["begun_from"] else TRAINED_SHARE
    mixed = {}
    for name, start in state["start"].items():
        value = state["average"][name]
        mixed[name] = start.lerp(value, share) if start.is_floating_point() else value
        if not state["begun_from"] and _SCORE_ROWS.fullmatch(name):
            mixed[name][len(COCO_ROWS) :] = value[len(COCO_ROWS) :]
    network.load_state_dict(mixed, strict=True)
    return network.eval()


def _nine_rows(old: Any) -> Any:
    new = torch.nn.Conv2d(old.in_channels, len(CLASSES), 1)
    with torch.no_grad():
        new.weight.zero_()
        new.bias.fill_(NEW_CLASS_BIAS)
        for row, name in enumerate(CLASSES):
            if name in START_ROWS:
                new.weight[row] = old.weight[START_ROWS[name]]
                new.bias[row] = old.bias[START_ROWS[name]]
    return new


def stem(network: Network, pictures: Any) -> list[Any]:
    """Outputs of the frozen layers, which student and teacher share."""
    outputs: list[Any] = []
    with torch.no_grad():
        for layer in network.model[:FROZEN_LAYERS]:
            pictures = layer(pictures)
            outputs.append(pictures)
    return outputs


def rest(network: Network, outputs: list[Any]) -> dict[str, Any]:
    """Raw predictions `boxes` (b, 64, n), `scores` (b, classes, n) and `feats` from `stem`."""
    outputs = list(outputs)
    for layer in network.model[FROZEN_LAYERS:HEAD]:
        taken = layer.f if isinstance(layer.f, list) else [layer.f]
        inputs = [outputs[i] for i in taken]
        outputs.append(layer(inputs if isinstance(layer.f, list) else inputs[0]))
    head = network.model[HEAD]
    predictions: dict[str, Any] = head.forward_head([outputs[i] for i in head.f], **head.one2many)
    return predictions
