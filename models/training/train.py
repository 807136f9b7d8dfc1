"""Train the detector: `python -m models.training.train --data ../shared/data --out runs/nano`.

Resumable: every few minutes the state goes to OUT/state.pt, and the same command goes on from it.
`--start FILE.onnx` begins with the weights of an exported model instead of COCO's.
"""

from __future__ import annotations

import argparse
import math
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from queue import Full, Queue
from typing import Any

import numpy as np
import torch

from datasets.labels import LabelError, LabelledPicture
from datasets.sources import read_sets, split
from datasets.taught import readable
from models.manifest import digest_of
from models.training.command import exit_code
from models.training.loss import Batch, MaskedLoss
from models.training.network import (
    FROZEN_LAYERS,
    HEAD,
    base_network,
    begin_from,
    nine_class_network,
    rest,
    saved,
    stem,
)
from models.training.pseudo import pseudo_labels
from models.training.samples import COMPOSITES, Sample, Source, draw
from vision import ModelError

BASE = Path("weights/yolo11n_coco_recovered")
SET_WEIGHTS = {
    "site_camera_train": 8.0,
    "site_clutter": 4.0,
    "site_photos": 3.0,
    "css_originals": 2.0,
    "coco_train": 5.0,
    "css_mosaics": 0.6,
    "zhxu_roadfog": 0.8,
    "clouds_ccsn": 0.8,
    "lookalikes": 3.0,
    "abonia_firecctv": 2.0,
    "liuzifan_smoke": 1.0,
    "liuzifan_fire": 2.0,
    "renders": 0.4,
    "renders_empty": 0.4,
}
"""How often a set's pictures are drawn; 1 for one that is not named."""
COMPOSITE_WEIGHT = 1.0
"""For sets of `datasets.build` with pasted machines: about a third of all samples."""
RATES = {"backbone": 1.5e-4, "neck": 3e-4, "head": 6e-4}
WARM_UP = 80
CLIP = 10.0
SAVE_EVERY = 50
PROCESSOR = "a processor without GPU"
"""What a card calls the device of a training run that had no GPU."""
LARGE_SHARE = 0.35
"""Share of batches at 640 px, the larger of the two working sizes."""


def sources(data: Path, built: Path | None, out: Path) -> list[Source]:
    """Training pictures with their labels, the teacher's sure boxes and how often to draw them.

    `built`: the training side of what `datasets.build` wrote, whose labels need no teacher.
    """
    training, _ = split(read_sets(data))
    training, broken = readable(training)
    if broken:
        print(f"{len(broken)} pictures cannot be decoded and are left out: {', '.join(broken)}")
    if not training:
        raise LabelError(str(data), "holds no picture to train on", "point --data at the sets")
    sure = pseudo_labels(training, data / f"{BASE}.onnx", out / "pseudo.json")
    made = read_sets(built) if built is not None else ()
    found = [_source(p, sure[p.file]) for p in training]
    return found + [_source(p, np.zeros((0, 5), np.float32)) for p in made]


def _source(picture: LabelledPicture, sure: Any) -> Source:
    labels = picture.labels
    own = np.concatenate([labels.class_ids[:, None].astype(np.float32), labels.boxes], 1)
    ignored = np.full((len(labels.ignore), 1), -1, np.float32)
    hidden = np.concatenate([ignored, labels.ignore], 1)
    weight = SET_WEIGHTS.get(picture.set_name, 1.0)
    if picture.set_name.startswith(COMPOSITES):
        weight = COMPOSITE_WEIGHT
    return Source(picture, np.concatenate([own, sure, hidden]).astype(np.float32), weight)


def batches(found: Sequence[Source], size: int, seed: int) -> Generator[list[Sample]]:
    """Endless batches, made by two threads ahead of the network; some at the larger size.

    Closing the generator ends the threads. What goes wrong in one of them is raised here.
    """
    chances = np.array([s.weight for s in found])
    chances /= chances.sum()
    ready: Queue[list[Sample] | LabelError] = Queue(maxsize=4)
    over = threading.Event()

    def work(number: int) -> None:
        rng = np.random.default_rng([seed, number])
        while not over.is_set():
            large = rng.random() < LARGE_SHARE
            side, count = (640, max(2, size // 2)) if large else (416, size)
            made: list[Sample] | LabelError
            try:
                made = [draw(found, chances, side, rng) for _ in range(count)]
            except LabelError as error:
                made = error
            while not over.is_set():
                try:
                    ready.put(made, timeout=1.0)
                    break
                except Full:
                    continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        while True:
            samples = ready.get()
            if isinstance(samples, LabelError):
                raise samples
            yield samples
    finally:
        over.set()
        for thread in threads:
            thread.join()


def to_batch(samples: Sequence[Sample], device: str) -> Batch:
    """Samples as tensors: RGB in 0..1, boxes padded to the longest list."""
    pictures = np.stack([s.picture[..., ::-1].transpose(2, 0, 1) for s in samples])
    most = max(1, *(len(s.boxes) for s in samples))
    boxes = np.zeros((len(samples), most, 5), np.float32)
    present = np.zeros((len(samples), most, 1), np.float32)
    for k, sample in enumerate(samples):
        boxes[k, : len(sample.boxes)] = sample.boxes
        present[k, : len(sample.boxes)] = 1
    tensor = torch.from_numpy(boxes).to(device)
    rgb = torch.from_numpy(np.ascontiguousarray(pictures)).to(device)
    return Batch(
        pictures=rgb.float().div_(255).contiguous(memory_format=torch.channels_last),
        labels=tensor[..., :1],
        boxes=tensor[..., 1:],
        present=torch.from_numpy(present).to(device),
        modes=torch.from_numpy(np.stack([s.modes for s in samples])).to(device),
    )


def optimiser(network: Any) -> Any:
    """AdamW with a lower rate the nearer a layer is to the frozen ones."""
    layers = network.model
    parts = {
        "backbone": layers[FROZEN_LAYERS:11],
        "neck": layers[11:HEAD],
        "head": layers[HEAD:],
    }
    groups = [
        {"params": [p for p in part.parameters() if p.requires_grad], "lr": 0.0, "top": RATES[name]}
        for name, part in parts.items()
    ]
    return torch.optim.AdamW(groups, weight_decay=5e-4)


def rate(step: int, steps: int) -> float:
    """Share of the top rate at a step: warm-up, then a cosine down to 5 %."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    done = min(1.0, (step - WARM_UP) / max(1, steps - WARM_UP))
    return 0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2


def multiplies_bfloat16(device: str) -> bool:
    """Whether half precision pays there: 2.6 times as fast on a CPU with AVX512-BF16."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


def in_full(predicted: dict[str, Any]) -> dict[str, Any]:
    """Raw predictions in single precision, as the losses need them."""
    sizes = [f[:, :1].float() for f in predicted["feats"]]  # only their shapes are asked
    return {
        "scores": predicted["scores"].float(),
        "boxes": predicted["boxes"].float(),
        "feats": sizes,
    }


class Run:
    """The state of one training run."""

    def __init__(
        self, weights: Path, out: Path, steps: int, device: str, start: Path | None
    ) -> None:
        self.teacher = base_network(weights).to(device)
        self.network = nine_class_network(self.teacher).to(device)
        self.begun_from = digest_of(start) if start is not None else ""
        if start is not None:
            begin_from(self.network, start)
        self.network.to(memory_format=torch.channels_last)
        self.teacher.to(memory_format=torch.channels_last)
        self.loss = MaskedLoss(self.network.model[HEAD])
        self.optimiser = optimiser(self.network)
        self.start = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.average = {k: v.clone() for k, v in self.start.items()}
        self.file, self.step, self.steps, self.device = out / "state.pt", 0, steps, device
        self.half = multiplies_bfloat16(device)
        self.devices: list[str] = []
        if self.file.exists():
            self._go_on()
        name = torch.cuda.get_device_name() if device == "cuda" else PROCESSOR
        if name not in self.devices:
            self.devices.append(name)

    def _go_on(self) -> None:
        """Take up the state of an earlier run; raises `ModelError` where the file holds none."""
        remedy = "remove it to train from the beginning"
        state = saved(self.file, remedy=remedy)
        try:
            self.network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            for group, top in zip(self.optimiser.param_groups, RATES.values(), strict=True):
                group["top"] = top
            self.average = {k: v.to(self.device) for k, v in state["average"].items()}
            self.start = {k: v.to(self.device) for k, v in state["start"].items()}
            self.step, self.begun_from = state["step"], state["begun_from"]
            self.devices = state["devices"]
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            problem = f"{self.file}: is no state of a training like this one; {remedy}"
            raise ModelError(problem, remedy=remedy) from error

    def learn(self, samples: Sequence[Sample]) -> dict[str, float]:
        """One step; returns the losses by name."""
        batch = to_batch(samples, self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * rate(self.step, self.steps)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.half):
            shared = stem(self.teacher, batch.pictures)
            with torch.no_grad():
                teacher = rest(self.teacher, shared)
            found = rest(self.network, shared)
        losses = self.loss(in_full(found), in_full(teacher), batch)
        self.optimiser.zero_grad()
        sum(losses.values()).backward()
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return {name: float(value.detach()) for name, value in losses.items()}

    def _follow(self) -> None:
        """Move the averaged weights a little towards the current ones."""
        keep = min(1 - 5 / max(self.steps, 50), (1 + self.step) / (10 + self.step))
        for key, value in self.network.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[key].lerp_(value.detach(), 1 - keep)

    def save(self) -> None:
        """Write the state in one move, so that a kill leaves the old one or the new one."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "start": self.start,
            "begun_from": self.begun_from,
            "devices": self.devices,
        }
        part = self.file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.file)


def train(
    data: Path, built: Path | None, out: Path, *, steps: int, size: int, start: Path | None
) -> None:
    """Train for `steps` steps of `size` pictures, from OUT/state.pt where there is one."""
    out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run = Run(data / f"{BASE}.pt", out, steps, device, start)
    found = sources(data, built, out)
    print(f"{len(found)} pictures, step {run.step} of {steps}, {device}", flush=True)
    began, first = time.monotonic(), run.step
    recent: list[dict[str, float]] = []
    with closing(batches(found, size, seed=run.step)) as made:
        while run.step < steps:
            recent.append(run.learn(next(made)))
            if run.step % 20 == 0:
                pace = (time.monotonic() - began) / (run.step - first)
                _tell(run, recent, pace)
                recent.clear()
            if run.step % SAVE_EVERY == 0 or run.step == steps:
                run.save()


def _tell(run: Run, recent: Sequence[dict[str, float]], pace_s: float) -> None:
    mean = {k: float(np.mean([r[k] for r in recent])) for k in recent[0]}
    losses = "  ".join(f"{k} {v:.3f}" for k, v in mean.items())
    print(f"step {run.step}/{run.steps}  {losses}  {pace_s:.2f} s a step", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; returns the exit code, 1 where data or model cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--built", type=Path, help="training/ of what datasets.build wrote")
    parser.add_argument("--start", type=Path, help="exported model to begin from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    data, built, out, start = given.data, given.built, given.out, given.start
    steps, size = given.steps, given.batch
    return exit_code(lambda: train(data, built, out, steps=steps, size=size, start=start))


if __name__ == "__main__":
    sys.exit(main())
