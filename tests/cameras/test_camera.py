"""A camera from its stream to what an event needs, over real RTSP and by script."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cameras import (
    Back,
    Camera,
    Clip,
    ClipError,
    ClockStep,
    DecodePolicy,
    Frame,
    Happening,
    Lost,
    SnapshotError,
    StreamSettings,
    Tick,
)
from cameras.clip import cut, decode_times, is_complete
from cameras.clock import SystemClock
from cameras.errors import StreamEnded
from cameras.feed import Feed
from cameras.rtsp import AvSource
from cameras.slices import Raw
from cameras.types import Packet, StreamInfo
from tests.cameras.data import read_number, write_clip
from tests.cameras.fakes import JumpingClock, ScriptedSource, chance, opener_of
from tests.cameras.serving import PASSWORD, USERNAME, serve


def settings(url: str, **more: object) -> StreamSettings:
    return StreamSettings(url, USERNAME, PASSWORD, **more)  # type: ignore[arg-type] # test helper


def until(happenings: Iterator[Happening], wanted: Callable[[Happening], bool]) -> list[Happening]:
    seen = []
    for happening in happenings:
        seen.append(happening)
        if wanted(happening):
            return seen
    raise AssertionError("the camera was closed")


def numbers_of(clip: Clip) -> list[int]:
    with av.open(io.BytesIO(clip.mp4), "r") as container:
        return [read_number(f.to_ndarray(format="gray")) for f in container.decode(video=0)]


def number_in(jpeg: bytes) -> int:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return read_number(picture)


@pytest.mark.parametrize(("codec", "b_frames"), [("libx264", 0), ("libx264", 3), ("libx265", 0)])
def test_the_clip_holds_the_very_frame_of_the_snapshot(
    tmp_path: Path, codec: str, b_frames: int
) -> None:
    file = write_clip(
        tmp_path / "x.mp4",
        seconds=8,
        codec=codec,
        b_frames=b_frames,
        square_from_s=0.0,
        square_to_s=8.0,
    )
    with serve({"x": file}) as server, Camera("k", settings(server.url("x"))) as camera:
        happenings = camera.watch()
        seen = until(happenings, lambda h: isinstance(h, Frame) and h.index >= 25)
        frame = seen[-1]
        assert isinstance(frame, Frame)
        snapshot = camera.snapshot(frame)
        until(happenings, lambda _: camera.clip_ready(frame.mono_s, 1.5))
        clip = camera.clip(frame.mono_s, before_s=1.0, after_s=1.5)
    assert snapshot.size_px == (320, 240)
    assert snapshot.index == frame.index
    assert clip.truncated_reason == ""
    assert clip.codec == ("hevc" if codec == "libx265" else "h264")
    numbers = numbers_of(clip)
    assert number_in(snapshot.jpeg) in numbers
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "no frame is missing"
    assert numbers[0] % 10 == 0, "it begins with a key frame"
    assert 2.4 <= clip.duration_s <= 3.8
    assert clip.mp4.find(b"moov") < clip.mp4.find(b"mdat"), "the index comes first"
    if codec == "libx265":
        assert b"hvc1" in clip.mp4


def test_snapshots_come_from_the_record_stream_at_the_same_instant(tmp_path: Path) -> None:
    square = {"square_from_s": 0.0, "square_to_s": 8.0}
    small = write_clip(tmp_path / "sub.mp4", seconds=8, **square)  # type: ignore[arg-type]
    large = write_clip(
        tmp_path / "main.mp4",
        seconds=8,
        size_px=(640, 480),
        key_every_s=2.0,
        **square,  # type: ignore[arg-type]
    )
    with (
        serve({"sub": small, "main": large}) as server,
        Camera("k", settings(server.url("sub")), settings(server.url("main"))) as camera,
    ):
        for happening in camera.watch():
            if not isinstance(happening, Frame) or happening.index < 15:
                continue
            snapshot = camera.snapshot(happening)
            if snapshot.size_px == (640, 480):
                break
        assert abs(number_in(snapshot.jpeg) - read_number(happening.picture)) <= 1
        assert snapshot.captured_s == pytest.approx(happening.captured_s, abs=0.11)
        assert camera.clip(happening.mono_s, 1, 0).codec == "h264"


def test_a_snapshot_of_an_older_frame_is_decoded_from_the_ring(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=6, square_from_s=0.0, square_to_s=6.0)
    with Camera("k", StreamSettings(str(file))) as camera:
        frames = until(camera.watch(), lambda h: isinstance(h, Frame) and h.index > 20)
        old = next(f for f in frames if isinstance(f, Frame) and f.index > 5)
        assert number_in(camera.snapshot(old).jpeg) == read_number(old.picture)
        gone = Frame(10**6, 0.0, -1e6, old.picture, (320, 240), moving=True)
        with pytest.raises(SnapshotError, match="is gone"):
            camera.snapshot(gone)
        with pytest.raises(ClipError, match="no packets of the instant"):
            camera.clip(-1e6)


def test_a_server_that_dies_and_returns_is_lost_once_and_back_once(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=6, square_from_s=0.0, square_to_s=6.0)
    with serve({"x": file}) as first:
        camera = Camera("k", settings(first.url("x"), read_timeout_s=2.0), chance=chance())
        happenings = camera.watch()
        before = until(happenings, lambda h: isinstance(h, Frame) and h.index >= 12)
    with camera:
        away = until(happenings, lambda h: isinstance(h, Lost))
        frame = next(h for h in reversed(before) if isinstance(h, Frame))
        assert camera.clip_ready(frame.mono_s), "more will not come"
        clip = camera.clip(frame.mono_s)
        assert "ended" in clip.truncated_reason
        assert len(numbers_of(clip)) >= 12
        with serve({"x": file}, port=first.port):
            after = until(happenings, lambda h: isinstance(h, Frame) and h.index >= 30)
    assert len([h for h in away + after if isinstance(h, Lost)]) == 1
    backs = [h for h in after if isinstance(h, Back)]
    assert len(backs) == 1
    assert backs[0].away_s > 0
    frames = [h for h in before + away + after if isinstance(h, Frame)]
    assert [f.index for f in frames] == sorted({f.index for f in frames})
    assert [f.mono_s for f in frames] == sorted(f.mono_s for f in frames)
    assert PASSWORD not in repr(away) + repr(after)


def test_the_end_of_a_recording_is_a_loss_and_it_is_played_again(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=2)
    with Camera("k", StreamSettings(str(file)), chance=chance()) as camera:
        seen = until(camera.watch(), lambda h: isinstance(h, Back))
    kinds = [type(h) for h in seen if not isinstance(h, Tick)]
    assert kinds[0] is Frame
    assert kinds[-2:] == [Lost, Back]


def test_a_camera_that_never_answers_is_lost_and_its_watcher_still_hears_the_clock() -> None:
    camera = Camera("k", StreamSettings("rtsp://viewer:s3cret@127.0.0.1:1/x"))
    with camera:
        seen = until(camera.watch(), lambda h: isinstance(h, Tick))
    assert isinstance(seen[0], Lost)
    assert "refused" in seen[0].reason
    assert seen[0].remedy
    assert camera.lost is not None
    assert "s3cret" not in repr(seen)


class StepsBack(SystemClock):
    """A wall clock that somebody sets an hour back after its first answers."""

    def __init__(self) -> None:
        self.by_s = 0.0

    def utc(self) -> float:
        return super().utc() + self.by_s


def test_a_wall_clock_that_is_set_is_told_and_rules_do_not_feel_it(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=6, square_from_s=0.0, square_to_s=6.0)
    clock = StepsBack()
    with Camera("k", StreamSettings(str(file)), clock=clock) as camera:
        happenings = camera.watch()
        before = until(happenings, lambda h: isinstance(h, Frame))[-1]
        clock.by_s = -3600.0
        after = until(happenings, lambda h: isinstance(h, Frame) and h.index > before.index + 8)  # type: ignore[union-attr]
    steps = [h for h in after if isinstance(h, ClockStep)]
    assert [round(s.by_s) for s in steps] == [-3600]
    last = after[-1]
    assert isinstance(before, Frame)
    assert isinstance(last, Frame)
    assert last.mono_s - before.mono_s < 10
    assert last.captured_s - before.captured_s == pytest.approx(
        last.mono_s - before.mono_s - 3600, abs=0.1
    )


def raws_of(path: Path) -> tuple[StreamInfo, list[Raw]]:
    found: list[Raw] = []
    with AvSource(StreamSettings(str(path))) as source:
        try:
            found.extend(source.packets())
        except StreamEnded:
            pass
        else:
            raise AssertionError("a recording ends")
        finally:
            info = source.info
    return info, found


@pytest.fixture
def credit(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """How far a played source may be ahead of the one who watches: ten packets."""
    allowed = threading.Semaphore(10)
    original = Feed.next

    def counted(
        self: Feed, cursor: int, wait_s: float, *, patience: int = 0
    ) -> Packet | Lost | Back | None:
        allowed.release()
        return original(self, cursor, wait_s, patience=patience)

    monkeypatch.setattr(Feed, "next", counted)
    return allowed


def played(
    clock: JumpingClock,
    path: Path,
    credit: threading.Semaphore,
    *,
    rounds: int | None,
    seconds: float,
) -> Callable[[], ScriptedSource]:
    """Plays the packets of a file, over and over if `rounds` is None, on a clock that jumps."""
    info, raws = raws_of(path)
    step_s = seconds / len(raws)

    def script() -> Iterator[tuple[float, Raw]]:
        for turn in range(rounds) if rounds is not None else count():
            for i, raw in enumerate(raws):
                credit.acquire(timeout=5)
                yield step_s, Raw(raw.data, (turn * len(raws) + i) * step_s, raw.is_key)

    def source() -> ScriptedSource:
        made = ScriptedSource(clock, script(), StreamEnded("over"))
        made.info = info
        return made

    return source


def test_a_frozen_picture_is_a_dead_camera_until_it_moves_again(
    tmp_path: Path, credit: threading.Semaphore
) -> None:
    """The same two seconds over and over, every frame alike; reconnecting finds a live picture."""
    clock = JumpingClock()
    still = write_clip(tmp_path / "still.mp4", seconds=2, still=True)
    noisy = write_clip(tmp_path / "noisy.mp4", seconds=2)
    frozen = played(clock, still, credit, rounds=None, seconds=2.0)
    alive = played(clock, noisy, credit, rounds=None, seconds=2.0)
    with Camera(
        "k",
        StreamSettings("rtsp://camera/x"),
        clock=clock,
        opener=opener_of(frozen, frozen, alive),
        chance=chance(),
        policy=DecodePolicy(behind_s=1e6),
    ) as camera:
        happenings = camera.watch()
        *before, lost = until(happenings, lambda h: isinstance(h, Lost))
        after = until(happenings, lambda h: isinstance(h, Frame))
    assert isinstance(lost, Lost)
    assert lost.reason.startswith("frozen: the same picture for")
    frames = [h.mono_s for h in before if isinstance(h, Frame)]
    assert 9 <= frames[-1] - frames[0] <= 13
    assert [type(h) for h in after if not isinstance(h, Tick)] == [Back, Frame]
    assert camera.lost is None


def test_a_scene_in_which_nothing_happens_is_not_frozen(
    tmp_path: Path, credit: threading.Semaphore
) -> None:
    file = write_clip(tmp_path / "quiet.mp4", seconds=20)
    clock = JumpingClock()
    source = played(clock, file, credit, rounds=1, seconds=20.0)
    with Camera(
        "k",
        StreamSettings("rtsp://camera/x"),
        clock=clock,
        opener=opener_of(source),
        chance=chance(),
        policy=DecodePolicy(behind_s=1e6),
    ) as camera:
        seen = until(camera.watch(), lambda h: isinstance(h, Lost))
    assert isinstance(seen[-1], Lost)
    assert seen[-1].reason == "over"
    frames = [h for h in seen if isinstance(h, Frame)]
    assert frames[-1].mono_s - frames[0].mono_s > 17


def test_a_clip_is_complete_when_its_time_is_over_or_nothing_more_will_come() -> None:
    assert not is_complete([], 100.0, lost=False, now_s=100.5)
    assert is_complete([], 100.0, lost=True, now_s=100.5)
    assert is_complete([], 100.0, lost=False, now_s=106.0)


def test_a_clip_keeps_every_byte_of_the_camera_supplementary_messages_too(tmp_path: Path) -> None:
    info, raws = raws_of(write_clip(tmp_path / "x.mp4", seconds=2))
    packets = [
        Packet(i, info, raw.is_key, raw.data, raw.pts_s or 0.0, 1.7e9 + (raw.pts_s or 0.0))
        for i, raw in enumerate(raws)
    ]
    assert b"x264 - core" in packets[0].data, "the encoder's own message, in an SEI unit"
    clip = cut(packets, 1.0, before_s=1.0, after_s=1.0, why_short="")
    with av.open(io.BytesIO(clip.mp4), "r") as container:
        kept = [bytes(p) for p in container.demux(video=0) if p.size]
    assert kept == [p.data for p in packets]
    assert clip.truncated_reason == ""


def test_a_clip_says_what_it_lacks_at_either_end(tmp_path: Path) -> None:
    info, raws = raws_of(write_clip(tmp_path / "x.mp4", seconds=2))
    packets = [
        Packet(i, info, raw.is_key, raw.data, raw.pts_s or 0.0, 0.0) for i, raw in enumerate(raws)
    ]
    clip = cut(packets, 1.0, before_s=5.0, after_s=10.0, why_short="connection refused")
    assert clip.truncated_reason == (
        "starts 1.0 s before instead of 5 s; ends 0.9 s after instead of 10 s: connection refused"
    )


def test_a_clip_does_not_reach_across_a_reconnection(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=2)
    (first, raws), (second, _) = raws_of(file), raws_of(file)
    packets = [
        Packet(turn * len(raws) + i, info, raw.is_key, raw.data, turn * 2 + (raw.pts_s or 0.0), 0.0)
        for turn, info in enumerate((first, second))
        for i, raw in enumerate(raws)
    ]
    assert cut(packets, 1.5, 5, 10, why_short="x").index == 0
    after = cut(packets, 2.5, 5, 10, why_short="x")
    assert after.index == len(raws)
    assert len(numbers_of(after)) == len(raws)


def test_a_bug_in_the_feed_reaches_the_one_who_watches() -> None:
    def breaks(_: StreamSettings) -> ScriptedSource:
        raise ZeroDivisionError

    with (
        Camera("k", StreamSettings("rtsp://camera/x"), opener=breaks) as camera,
        pytest.raises(RuntimeError, match="the feed of k broke"),
    ):
        next(camera.watch())


def test_decode_times_rise_and_are_never_after_showing() -> None:
    shown = [0, 40, 10, 20, 30, 80, 50, 60, 70]
    decoded = decode_times(shown)
    assert decoded == sorted(set(decoded))
    assert all(d <= s for d, s in zip(decoded, shown, strict=True))


def test_no_clip_can_be_cut_from_nothing() -> None:
    with pytest.raises(ClipError):
        cut([], 100.0, 5, 10, why_short="")
