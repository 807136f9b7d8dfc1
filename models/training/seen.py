"""What a detector sees in labelled pictures, remembered by the digests of model and picture."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

import vision
from datasets.labels import CLASSES, LabelledPicture
from models.manifest import digest_of
from vision import Backend, Detections, Detector

LEAST_SCORE = 0.001
THREADS = 2
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "seen"
_CODE = ("decode.py", "nms.py", "letterbox.py", "backend_onnx.py", "backend_openvino.py")

Seen = dict[Path, tuple[LabelledPicture, Detections]]


def look(detector: Detector, pictures: Sequence[LabelledPicture], threads: int = THREADS) -> Seen:
    """Run a detector over pictures, at scores down to 0.001; `threads` pictures at a time.

    What cannot be decoded is left out, and said with its count.
    """
    least = [LEAST_SCORE if name in CLASSES else 2.0 for name in detector.classes]

    def one(picture: LabelledPicture) -> tuple[LabelledPicture, Detections] | None:
        image = cv2.imread(str(picture.file))
        if image is None:
            return None
        return picture, detector.detect(image.astype(np.uint8, copy=False), least)

    with ThreadPoolExecutor(threads) as pool:
        seen = {done[0].file: done for done in pool.map(one, pictures) if done}
    _say_left_out([p.file for p in pictures if p.file not in seen])
    return seen


def remembered(
    load: Callable[[], Detector],
    model_file: Path,
    input_px: int,
    pictures: Sequence[LabelledPicture],
    cache: Path = CACHE,
    backend: Backend = "onnx",
) -> Seen:
    """As `look`, but what the same model saw before in the same bytes is read from `cache`."""
    model = f"{digest_of(model_file)[:24]}-{input_px}-{backend}"
    file = cache / f"{model}-{_code_digest()[:12]}.npz"
    known = _read(file)
    digests = {p.file: digest_of(p.file) for p in pictures}
    missing = [p for p in pictures if digests[p.file] not in known]
    if missing:
        # A request of OpenVINO's serves one thread.
        new = look(load(), missing, THREADS if backend == "onnx" else 1)
        known |= {digests[f]: found for f, (_, found) in new.items()}
        if new:
            _write(file, known)
    return {p.file: (p, known[digests[p.file]]) for p in pictures if digests[p.file] in known}


def _say_left_out(files: Sequence[Path]) -> None:
    if files:
        named = ", ".join(map(str, files[:3])) + (", …" if len(files) > 3 else "")
        print(f"{len(files)} pictures cannot be decoded and are left out: {named}", file=sys.stderr)


def working(seen: Seen, thresholds: Mapping[str, float]) -> Seen:
    """What rules would work with: boxes at their class's threshold, one class a place."""
    return {f: (p, working_boxes(found, thresholds)) for f, (p, found) in seen.items()}


def working_boxes(found: Detections, thresholds: Mapping[str, float]) -> Detections:
    """The boxes that reach the threshold of their class; of equal ones, the surest class.

    Nearly as the detector does it when it is not asked for every class: there the second class of
    a neighbouring cell goes too, so false boxes are a little fewer than counted from this.
    """
    limits = np.array([thresholds.get(name, 2.0) for name in found.classes])
    loud = np.flatnonzero(found.confidences >= limits[found.class_ids])
    places = np.unique(found.boxes_px[loud], axis=0, return_index=True)[1]
    keep = loud[np.sort(places)]
    return Detections(
        found.boxes_px[keep],
        found.confidences[keep],
        found.class_ids[keep],
        found.classes,
        found.frame_px,
    )


def _code_digest() -> str:
    """Changes when the way from a model's output to boxes changes."""
    folder = Path(vision.__file__).parent
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in _CODE)).hexdigest()


def _read(file: Path) -> dict[str, Detections]:
    if not file.is_file():
        return {}
    with np.load(file) as kept:
        ends = np.cumsum(kept["counts"])
        classes = tuple(str(name) for name in kept["classes"])
        arrays = kept["boxes"], kept["scores"], kept["class_ids"], kept["frames"]
        digests = [str(d) for d in kept["digests"]]
    boxes, scores, class_ids, frames = arrays
    return {
        digest: Detections(
            boxes[end - n : end],
            scores[end - n : end],
            class_ids[end - n : end],
            classes,
            (int(frame[0]), int(frame[1])),
        )
        for digest, n, end, frame in zip(
            digests, np.diff(ends, prepend=0), ends, frames, strict=True
        )
    }


def _write(file: Path, known: Mapping[str, Detections]) -> None:
    found = list(known.values())
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(
        draft,
        digests=np.array(list(known)),
        counts=np.array([len(d) for d in found]),
        boxes=np.concatenate([d.boxes_px for d in found]),
        scores=np.concatenate([d.confidences for d in found]),
        class_ids=np.concatenate([d.class_ids for d in found]),
        frames=np.array([d.frame_px for d in found]),
        classes=np.array(found[0].classes),
    )
    draft.replace(file)
