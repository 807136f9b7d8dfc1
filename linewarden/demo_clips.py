"""The demo's recordings: each scene rendered in parts, side by side, joined without re-encoding."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import av

from datasets import scenes

FPS = 10.0
LEAD_S = 6.0
"""A recording begins so many seconds before the first thing that should fire."""
PART_S = 10.0


def render(name: str, file: Path, tell: Callable[[float], None]) -> None:
    """Write a scene's whole story to `file`; `tell` gets the share that is done.

    Every part begins with a key frame, so the parts are joined packet by packet.
    """
    scene = scenes.get(name, fps=FPS)
    start_s = max(0.0, scene.events[0].enter_s - LEAD_S) if scene.events else 0.0
    count = round(scene.duration_s / PART_S)
    parts = [file.with_name(f"{file.stem}.{k:02d}.mp4") for k in range(count)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(count, os.cpu_count() or 1), mp_context=context) as pool:
        jobs = [
            pool.submit(_render_part, name, str(part), start_s + k * PART_S)
            for k, part in enumerate(parts)
        ]
        for done, job in enumerate(as_completed(jobs), 1):
            job.result()
            tell(done / count)
    join(parts, file)
    for part in parts:
        part.unlink()


def _render_part(name: str, file: str, start_s: float) -> None:
    scenes.write_clip(scenes.get(name, fps=FPS), Path(file), seconds=PART_S, start_s=start_s)


def join(parts: list[Path], file: Path) -> None:
    """Put recordings of one encoder behind each other; the result appears whole."""
    part_file = file.with_name(file.name + ".part")
    with av.open(str(part_file), "w", format="mp4") as out:
        stream = None
        shift = 0
        for part in parts:
            with av.open(str(part)) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                    stream.time_base = video.time_base
                end = 0
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.dts += shift
                    packet.pts += shift
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.stream = stream
                    out.mux(packet)
                shift = end
    part_file.replace(file)
