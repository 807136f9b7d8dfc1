"""A recording of six seconds in which two real cars pass: a violation every few seconds."""

from __future__ import annotations

from pathlib import Path

import av

FPS = 12
FROM_S, TO_S = 14.2, 19.2
"""Of the clip of cars: two pass, and before and after them the road is empty."""
EMPTY_FRAMES = 12


def write_short_clip(source: Path, file: Path) -> Path:
    """Encode that part of `source`, followed by a second of the empty road."""
    with av.open(str(source)) as clip, av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 768, 432, "yuv420p"
        stream.gop_size = FPS
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "bf": "0"}
        frames = [
            frame.to_ndarray(format="bgr24")
            for frame in clip.decode(video=0)
            if frame.time is not None and FROM_S <= frame.time <= TO_S
        ]
        for k, picture in enumerate([*frames, *frames[:1] * EMPTY_FRAMES]):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file
