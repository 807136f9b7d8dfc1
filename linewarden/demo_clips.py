"""The demo's recordings: scenes rendered in parts, side by side, joined without re-encoding."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import av

from datasets import scenes

FPS = 10.0
LEAD_S = 6.0
"""A recording begins so many seconds before the first thing that should fire."""
PART_S = 10.0


def render_all(names: Sequence[str], folder: Path) -> list[Path]:
    """Write each scene's whole story to `NAME.mp4` in `folder`, unless it is there already.

    Every part begins with a key frame, so the parts are joined packet by packet.
    """
    files = [folder / f"{name}.mp4" for name in names]
    wanted = [file for file in files if not file.exists()]
    parts = {file: _parts(file) for file in wanted}
    todo = [(file.stem, *part) for file in wanted for part in parts[file]]
    if todo:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(_workers(len(todo)), mp_context=context) as pool:
            list(pool.map(_render_part, *zip(*todo, strict=True)))
    for file in wanted:
        pieces = [piece for piece, _ in parts[file]]
        join(pieces, file)
        for piece in pieces:
            piece.unlink()
    return files


def _workers(most: int) -> int:
    """As many processes as this one has cores."""
    return max(1, min(most, len(os.sched_getaffinity(0))))


def _parts(file: Path) -> list[tuple[Path, float]]:
    """The pieces of a recording, and the second of the story with which each begins."""
    scene = scenes.get(file.stem, fps=FPS)
    start_s = max(0.0, scene.events[0].enter_s - LEAD_S) if scene.events else 0.0
    count = round(scene.duration_s / PART_S)
    return [(file.with_suffix(f".{k:02d}.mp4"), start_s + k * PART_S) for k in range(count)]


def _render_part(name: str, file: Path, start_s: float) -> None:
    scenes.write_clip(scenes.get(name, fps=FPS), file, seconds=PART_S, start_s=start_s)


def join(parts: Sequence[Path], file: Path) -> None:
    """Put recordings of one encoder behind each other; the result appears whole."""
    unfinished = file.with_name(file.name + ".part")
    with av.open(str(unfinished), "w", format="mp4") as out:
        stream = None
        shift = 0
        for part in parts:
            with av.open(str(part)) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                end = shift
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = stream
                    out.mux(packet)
                shift = end
    unfinished.replace(file)
