"""The page of `linewarden zones` for tests, and a picture of it for the docs.

`python -m tests.system.zones_page --out docs/images` tries the demo's rule on a simulated corridor.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets import scenes
from linewarden.demo_files import edge_file, scene_camera
from models import load_manifest
from tests.system.page_driver import HERE, missing

FPS, SECONDS, LEAD_S = 4.0, 45.0, 10.0


@contextmanager
def zones_page(video: Path, *arguments: str | Path) -> Iterator[str]:
    """The link that the command prints."""
    command = [sys.executable, "-m", "linewarden.cli", "zones", video, *arguments, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        link = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", process.stdout.readline())
        assert link is not None
        yield link[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def take(out: Path, folder: Path, *more: str) -> int:
    """Exit code of the script that takes the pictures."""
    scene = scenes.get("corridor", fps=FPS)
    video = folder / "corridor.mp4"
    begin_s = max(0.0, scene.events[0].enter_s - LEAD_S)
    scenes.write_clip(scene, video, seconds=SECONDS, start_s=begin_s)
    camera = scene_camera("corridor", "rtsp://127.0.0.1/corridor", load_manifest("nano").classes)
    config = edge_file(folder, "http://127.0.0.1:9", camera, model="nano", simulated=True)
    with zones_page(video, "--config", config) as link:
        command = ["node", "zones_picture.mjs", link, str(out.resolve()), *more]
        return subprocess.run(command, cwd=HERE, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--all", action="store_true", help="both languages, two sizes")
    args = parser.parse_args()
    out: Path = args.out
    lacking = missing()
    if lacking:
        raise SystemExit(lacking)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="linewarden-") as folder:
        return take(out, Path(folder), *(["all"] if args.all else []))


if __name__ == "__main__":
    raise SystemExit(main())
