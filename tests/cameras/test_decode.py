"""Which frames are looked at: cheap while nothing moves, and nothing missed when it does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cameras.codec import Decoder, fit, frame_of
from cameras.decode import DecodePolicy, Looker
from cameras.errors import SourceError
from cameras.hint import SizeHint
from cameras.lag import Lag
from cameras.play import play_file
from cameras.ring import PacketRing
from cameras.rtsp import AvSource
from cameras.settings import StreamSettings
from cameras.types import Packet
from tests.cameras.data import read_number, video, write_clip
from vision.motion import Motion, MotionGate


class Never:
    """A gate that sees nothing."""

    def step(self, grey: NDArray[np.uint8], now_s: float) -> Motion:
        return Motion(moving=False, share=0.0)


class Above:
    """Sees the white square that the clips have, and forgets nothing."""

    def step(self, grey: NDArray[np.uint8], now_s: float) -> Motion:
        share = float((grey[40:] > 230).mean())
        return Motion(moving=share > 0.01, share=share)


def packets_of(path: Path) -> list[Packet]:
    found: list[Packet] = []
    with AvSource(StreamSettings(str(path))) as source:
        try:
            for i, raw in enumerate(source.packets()):
                at_s = raw.pts_s or 0.0
                found.append(Packet(i, source.info, raw.is_key, raw.data, at_s, at_s))
        except SourceError:
            return found
    return found


def test_while_nothing_moves_only_key_frames_are_looked_at(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "quiet.mp4", seconds=20, key_every_s=2.0)
    frames = list(play_file(clip, gate=Never()))
    settled = [f.mono_s for f in frames if f.mono_s >= 6]
    assert settled == pytest.approx([6, 8, 10, 12, 14, 16, 18], abs=0.01)
    assert not any(f.moving for f in frames)


def test_what_passes_between_two_key_frames_is_seen_all_the_same(tmp_path: Path) -> None:
    """In view from 11.2 to 12.9 s; key frames at 10, 12.5 and 15 s, its middle undecoded."""
    clip = write_clip(
        tmp_path / "passing.mp4",
        seconds=20,
        key_every_s=2.5,
        square_from_s=11.2,
        square_to_s=12.9,
    )
    frames = list(play_file(clip, gate=Above()))
    seen = [f.mono_s for f in frames if 11.2 <= f.mono_s <= 12.9]
    assert len(seen) >= 6
    assert seen[0] <= 11.5
    assert [f.mono_s for f in frames] == sorted(f.mono_s for f in frames)
    numbers = [read_number(f.picture) for f in frames]
    assert numbers == [round(f.mono_s * 10) for f in frames], "each picture has its own time"


def test_where_key_frames_are_far_apart_nothing_that_passes_between_them_is_missed(
    tmp_path: Path,
) -> None:
    """In view from 11 to 12 s; key frames at 8 and 16 s."""
    clip = write_clip(
        tmp_path / "sparse.mp4",
        seconds=20,
        key_every_s=8.0,
        square_from_s=11.0,
        square_to_s=12.0,
    )
    frames = list(play_file(clip, gate=Above()))
    assert len([f for f in frames if f.moving and 11 <= f.mono_s <= 12]) >= 4
    quiet = [f for f in frames if 5 <= f.mono_s < 10.5]
    assert len(quiet) <= 3, "what does not move is not analysed over and over"


def test_four_frames_a_second_are_looked_at_while_something_moves(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "busy.mp4", seconds=10, fps=25, square_from_s=0.0, square_to_s=10.0
    )
    frames = [f for f in play_file(clip) if 2 <= f.mono_s < 9]
    assert len(frames) == pytest.approx(28, abs=1)


def test_the_rules_can_keep_it_awake(tmp_path: Path) -> None:
    packets = packets_of(write_clip(tmp_path / "quiet.mp4", seconds=20, key_every_s=2.0))
    ring = PacketRing(60, 10**8)
    looker = Looker(DecodePolicy(), Never(), ring.group_until)
    looked: list[float] = []
    for packet in packets:
        ring.append(packet)
        if packet.mono_s >= 11 and looker.awake is False and packet.mono_s < 15:
            looker.attend(15.0)
        looked += [look.packet.mono_s for look in looker.take(packet)]
    assert len([s for s in looked if 11 < s <= 15]) >= 15
    assert len([s for s in looked if s > 16]) <= 3


def test_every_event_of_the_sparse_road_recording_is_looked_at_four_times_a_second() -> None:
    """Key frames 4.8 s apart; the shortest stay in the zone is 0.75 s."""
    times = [f.mono_s for f in play_file(video("vehicles_intel_car_432p.mp4"))]
    for start_s, end_s in ((6.45, 7.75), (15.2, 16.35), (17.05, 18.2), (25.7, 26.45)):
        inside = [s for s in times if start_s <= s <= end_s]
        assert len(inside) >= (end_s - start_s) * 4 - 1


def test_times_rise_with_b_frames_and_every_picture_has_its_own(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "b.mp4", seconds=6, b_frames=3, square_from_s=0.0, square_to_s=6.0)
    frames = list(play_file(clip, DecodePolicy(busy_fps=10)))
    assert len(frames) >= 55
    assert [read_number(f.picture) for f in frames] == [round(f.mono_s * 10) for f in frames]


def test_damage_is_left_out_and_counted_and_nothing_is_raised(tmp_path: Path) -> None:
    packets = packets_of(
        write_clip(tmp_path / "x.mp4", seconds=6, square_from_s=0.0, square_to_s=6.0)
    )
    chance = np.random.default_rng(0)
    damaged = [
        Packet(p.index, p.stream, p.is_key, chance.bytes(len(p.data)), p.mono_s, p.captured_s)
        if p.index in (13, 20, 31, 32)
        else p
        for p in packets
    ]
    ring = PacketRing(60, 10**8)
    looker = Looker(DecodePolicy(busy_fps=10), MotionGate(), ring.group_until)
    looked = []
    for packet in damaged:
        ring.append(packet)
        looked += list(looker.take(packet))
    assert looker.damaged >= 4
    assert looked[-1].packet.mono_s > 5


def test_what_is_too_old_is_left_out_and_looking_back_has_credit() -> None:
    now = [100.0]
    lag = Lag(1.5, lambda: now[0])
    assert not lag.too_late(99.0)
    assert lag.too_late(98.0)
    lag.looks_back(95.0)
    assert not lag.too_late(95.0)
    now[0] += 4.0
    assert lag.too_late(95.0)
    assert not lag.too_late(101.0)
    assert not lag.is_hopeless(100.0)
    assert lag.is_hopeless(90.0)


def test_falling_behind_leaves_frames_out_instead_of_queueing_them(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "busy.mp4", seconds=10, square_from_s=0.0, square_to_s=10.0)
    ring = PacketRing(60, 10**8)
    now = [0.0]
    looker = Looker(DecodePolicy(), MotionGate(), ring.group_until, Lag(1.5, lambda: now[0]))
    ages = []
    for packet in packets_of(clip):
        ring.append(packet)
        now[0] = max(now[0], packet.mono_s)
        for look in looker.take(packet):
            ages.append(now[0] - look.packet.mono_s)
            now[0] += 0.6  # a detector that is far too slow
    assert looker.skipped > 10
    assert max(ages) <= 1.5 + 1e-9


def test_large_packets_wake_and_false_alarms_wake_less_and_less() -> None:
    hint = SizeHint()
    picture_px = (640, 360)
    for _ in range(100):
        assert not hint.step(300, picture_px, still=True)
    alarms = []
    for _ in range(4):
        assert any(hint.step(1800, picture_px, still=True) for _ in range(4)) or alarms
        alarms.append(True)
        hint.learn(was_true=False)
        for _ in range(6):
            hint.step(300, picture_px, still=True)
    assert not any(hint.step(1800, picture_px, still=True) for _ in range(4))
    hint.learn(was_true=True)
    assert any(hint.step(2500, picture_px, still=True) for _ in range(6))


def test_one_frame_can_be_had_by_its_index(tmp_path: Path) -> None:
    packets = packets_of(write_clip(tmp_path / "b.mp4", seconds=2, b_frames=3))
    for packet in packets[:18]:
        frame = frame_of(packets, packet.index)
        assert frame is not None
        assert read_number(frame.to_ndarray(format="gray")) == round(packet.mono_s * 10)


def test_a_key_frame_can_be_decoded_by_itself_again_and_again(tmp_path: Path) -> None:
    packets = packets_of(write_clip(tmp_path / "b.mp4", seconds=3, b_frames=3))
    decoder = Decoder(packets[0].stream)
    keys = [p for p in packets if p.is_key]
    for key in keys + keys:
        frame = decoder.one(key)
        assert frame is not None
        assert read_number(frame.to_ndarray(format="gray")) == round(key.mono_s * 10)


def test_pictures_are_scaled_down_but_never_up() -> None:
    assert fit((1920, 1080), 960) == (960, 540)
    assert fit((1080, 1920), 960) == (540, 960)
    assert fit((640, 360), 960) == (640, 360)
