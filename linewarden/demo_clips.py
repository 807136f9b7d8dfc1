"""The demo's recordings: a scene rendered in parts by several processes, joined without encoding.

python -m linewarden.demo_clips SCENE FOLDER WORKER WORKERS
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import av

from datasets import scenes

FPS = 8.0
LEAD_S = 6.0
"""A recording begins so many seconds before the first thing that should fire."""
PART_S = 10.0
POLITE = 10


def workers() -> int:
    """As many processes as this one has cores."""
    return len(os.sched_getaffinity(0))


def parts_of(scene: scenes.Scene, folder: Path) -> list[tuple[Path, float]]:
    """The pieces of a recording, and the second of the story with which each begins."""
    start_s = max(0.0, scene.events[0].enter_s - LEAD_S) if scene.events else 0.0
    count = round(scene.duration_s / PART_S)
    return [(folder / f"{scene.name}.{k:02d}.mp4", start_s + k * PART_S) for k in range(count)]


def render_share(name: str, folder: Path, worker: int, of: int) -> None:
    """Render every `of`-th piece; each begins with a key frame."""
    scene = scenes.get(name, fps=FPS)
    for file, start_s in parts_of(scene, folder)[worker::of]:
        scenes.write_clip(scene, file, seconds=PART_S, start_s=start_s)


def finish(name: str, folder: Path) -> Path:
    """Join the pieces, once all are there, to `NAME.mp4`."""
    pieces = [piece for piece, _ in parts_of(scenes.get(name, fps=FPS), folder)]
    file = folder / f"{name}.mp4"
    join(pieces, file)
    for piece in pieces:
        piece.unlink()
    return file


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


if __name__ == "__main__":
    os.nice(POLITE)
    render_share(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
