"""`linewarden dataset export-feedback`: decided incidents of a store as sets of pictures."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from linewarden.errors import DONE, FOUND_WRONG, CommandError
from linewarden.feedback import MADE_BY, LeftOutError, Sample, description, sample_of
from linewarden.store_reader import StoreReader

MARK = "feedback.json"
"""Tells that a folder was written by this command, and from which store."""


@dataclass(slots=True)
class Tally:
    """What came of the incidents: samples by set, and why others were left out."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    damaged: Counter[str] = field(default_factory=Counter)


def export_feedback(reader: StoreReader, out: Path) -> int:
    """Write the sets below `out`; returns the exit code, 1 if a snapshot could not be used.

    Run again it fetches only what is not there. `CommandError` for a folder with other content.
    """
    claim(out, reader.store)
    tally = Tally()
    for k, incident in enumerate(reader.decided(), 1):
        _progress(f"{k} incidents")
        try:
            sample = sample_of(incident, reader.model_of(incident))
        except LeftOutError as error:
            tally.left_out[str(error)] += 1
            continue
        wrong = _keep(sample, reader, out / sample.set_name)
        if wrong:
            tally.damaged[wrong] += 1
        else:
            tally.samples.setdefault(sample.set_name, []).append(sample)
    _progress("")
    for name, samples in tally.samples.items():
        text = json.dumps(description(samples, reader.store), indent=1, ensure_ascii=False)
        _write(out / name / "meta.json", text.encode() + b"\n")
    print(summary(tally, out))
    return FOUND_WRONG if tally.damaged else DONE


def claim(out: Path, store: str) -> None:
    """Make the folder ours; `CommandError` where something else is in it."""
    mark = out / MARK
    try:
        out.mkdir(parents=True, exist_ok=True)
        if mark.is_file():
            known = json.loads(mark.read_text(encoding="utf-8"))
            if known != {"made_by": MADE_BY, "store": store}:
                raise CommandError(f"{out} holds another store's feedback", "name another folder")
            return
        first = next((p.name for p in sorted(out.iterdir())), None)
        if first is not None:
            raise CommandError(
                f"{out} holds other content ({first})",
                "name an empty folder, or one that this command has written",
            )
        text = json.dumps({"made_by": MADE_BY, "store": store}) + "\n"
        _write(mark, text.encode())
    except (OSError, ValueError) as error:
        raise CommandError(f"{out}: cannot be used ({error})", "name another folder") from None


def summary(tally: Tally, out: Path) -> str:
    """What was written and what was not, for people."""
    lines = [f"{len(samples)} pictures in {out / n}" for n, samples in tally.samples.items()]
    lines += [f"{n} left out: {why}" for why, n in sorted(tally.left_out.items())]
    lines += [f"{n} not usable: {why}" for why, n in sorted(tally.damaged.items())]
    return "\n".join(lines) or "no incident was decided yet; confirm or dismiss some at the desk"


def _keep(sample: Sample, reader: StoreReader, folder: Path) -> str | None:
    """Picture, then label; what is wrong with it, if anything is."""
    file = folder / "images" / f"{sample.stem}.jpg"
    kept = file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sample.sha256
    if not kept:
        data = reader.medium(sample.sha256)
        if data is None:
            return "the store has no bytes that fit the snapshot's digest"
        if cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is None:
            return "the snapshot is no picture that can be decoded"
        _write(file, data)
    text = "".join(f"{line}\n" for line in sample.lines)
    _write(folder / "labels" / f"{sample.stem}.txt", text.encode())
    return None


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, so that an interrupted run leaves nothing half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<40}", end="" if text else "\r", file=sys.stderr, flush=True)
