"""A clock that jumps, chance that does not, and sources that do as they are told."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator

from cameras.errors import SourceError
from cameras.rtsp import Source
from cameras.settings import StreamSettings
from cameras.slices import Raw
from cameras.types import Packet, StreamInfo

INFO = StreamInfo("h264", None, (640, 360), reorders=False)


class JumpingClock:
    """Time passes only by waiting; every wait is written down."""

    def __init__(self, start_s: float = 1000.0, utc_ahead_s: float = 1.7e9) -> None:
        self.now_s, self.utc_ahead_s = start_s, utc_ahead_s
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def utc(self) -> float:
        return self.now_s + self.utc_ahead_s

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        self.now_s += seconds
        return stop.is_set()


class ScriptedSource:
    """Plays (seconds to pass, packet) and then fails."""

    info = INFO

    def __init__(
        self,
        clock: JumpingClock,
        script: Iterable[tuple[float, Raw]],
        end: SourceError,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._script, self._end, self._at_end = clock, script, end, at_end

    def packets(self) -> Iterator[Raw]:
        for wait_s, raw in self._script:
            self._clock.now_s += wait_s
            yield raw
        self._at_end()
        raise self._end

    def __enter__(self) -> ScriptedSource:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def opener_of(*steps: SourceError | Callable[[], Source]) -> Callable[[StreamSettings], Source]:
    """Opens step by step; a step is a refusal or a source. The last one repeats."""
    left = list(steps)

    def open_next(_: StreamSettings) -> Source:
        step = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(step, SourceError):
            raise step
        return step()

    return open_next


def chance() -> random.Random:
    return random.Random(1)


def live(seconds: float, *, fps: float = 10.0, from_pts_s: float = 0.0) -> list[tuple[float, Raw]]:
    """A camera with a key frame each second."""
    return [
        (1 / fps, Raw(b"x" * 10, from_pts_s + i / fps, i % round(fps) == 0))
        for i in range(round(seconds * fps))
    ]


def packet(
    index: int, mono_s: float, *, key: bool = False, size: int = 100, info: StreamInfo = INFO
) -> Packet:
    return Packet(index, info, key, b"x" * size, mono_s, mono_s + 1.7e9)
