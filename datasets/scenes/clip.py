"""A scene as an H.264 clip that a camera could have sent: no B-frames, a key frame every 2 s."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from datasets.scenes.scene import Scene

KEY_EVERY_S = 2.0
BITRATE_BPS = 2_000_000


def write_clip(
    scene: Scene,
    path: Path,
    *,
    seconds: float | None = None,
    start_s: float = 0.0,
    loops: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Render `seconds` (default: one story) from `start_s` and encode them `loops` times.

    `progress` is told (frames done, frames in all). The container follows the path's suffix.
    Raises OSError where the file cannot be written.
    """
    count = round((scene.duration_s if seconds is None else seconds) * scene.fps)
    rate = Fraction(scene.fps).limit_denominator(1000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        _configure(stream, scene, rate)
        for k in range(count * loops):
            frame = av.VideoFrame.from_ndarray(
                scene.render(start_s + (k % count) / scene.fps), format="bgr24"
            )
            frame.pts, frame.time_base = k, 1 / rate
            container.mux(stream.encode(frame))
            if progress is not None:
                progress(k + 1, count * loops)
        container.mux(stream.encode(None))


def _configure(stream: VideoStream, scene: Scene, rate: Fraction) -> None:
    stream.width, stream.height = scene.size_px
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = BITRATE_BPS
    stream.gop_size = round(KEY_EVERY_S * rate)
    stream.time_base = 1 / rate
    stream.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "bf": "0",
        "sc_threshold": "0",
        "keyint_min": str(stream.gop_size),
        "maxrate": str(BITRATE_BPS * 3 // 2),
        "bufsize": str(BITRATE_BPS * 2),
    }
