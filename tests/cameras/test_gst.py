"""Our client against GStreamer's server, so that our own server is not its only judge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from cameras import Camera, Frame, Lost, StreamSettings
from cameras.errors import NotFound, Unauthorized
from cameras.rtsp import probe
from tests.cameras.data import read_number, write_clip

pytestmark = pytest.mark.services
PYTHON = "/usr/bin/python3"
CHILD = Path(__file__).with_name("gst_server.py")
PASSWORD = "p#s s/@"


@contextmanager
def gst(*mounts: str) -> Iterator[int]:
    probe_bindings = [PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]
    if subprocess.run(probe_bindings, capture_output=True, check=False).returncode:
        pytest.skip(f"{PYTHON} has no gst-rtsp-server: apt install gir1.2-gst-rtsp-server-1.0")
    child = subprocess.Popen(
        [PYTHON, str(CHILD), "viewer", *mounts],
        env=os.environ | {"GST_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            assert child.stdout is not None
            yield int(child.stdout.readline())
        finally:
            child.kill()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_frames_come_with_their_times_and_the_end_is_a_loss(
    tmp_path: Path, codec: str, transport: Literal["tcp", "udp"]
) -> None:
    file = write_clip(
        tmp_path / "x.mp4",
        seconds=6,
        codec="libx264" if codec == "h264" else "libx265",
        square_from_s=0.0,
        square_to_s=6.0,
    )
    frames: list[Frame] = []
    with gst(f"x={codec}={file}") as port:
        settings = StreamSettings(
            f"rtsp://127.0.0.1:{port}/x", "viewer", PASSWORD, transport, read_timeout_s=3.0
        )
        with Camera("k", settings) as camera:
            for happening in camera.watch():
                if isinstance(happening, Lost):
                    break
                if isinstance(happening, Frame):
                    frames.append(happening)
    numbers = [read_number(f.picture) for f in frames]
    assert len(frames) >= 12
    assert numbers == sorted(numbers)
    seconds = frames[-1].mono_s - frames[0].mono_s
    assert seconds == pytest.approx((numbers[-1] - numbers[0]) / 10, abs=0.25)


def test_a_wrong_password_and_a_wrong_path_are_told_apart(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=1)
    with gst(f"x=h264={file}") as port:
        with pytest.raises(Unauthorized):
            probe(StreamSettings(f"rtsp://127.0.0.1:{port}/x", "viewer", "wrong"))
        with pytest.raises(NotFound):
            probe(StreamSettings(f"rtsp://127.0.0.1:{port}/y", "viewer", PASSWORD))
