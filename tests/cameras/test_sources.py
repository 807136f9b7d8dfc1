"""Opening streams and files, and what is said when they cannot be opened."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest

from cameras import errors
from cameras.rtsp import AvSource, probe
from cameras.settings import StreamSettings, scrub
from cameras.slices import Raw
from tests.cameras.data import write_clip
from tests.cameras.serving import PASSWORD, USERNAME, Served, make_ca, serve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    files = {
        "plain": write_clip(folder / "plain.mp4"),
        "shuffled": write_clip(folder / "shuffled.mp4", b_frames=3),
        "hevc": write_clip(folder / "hevc.mp4", codec="libx265"),
    }
    with serve(files) as server:
        yield server


def settings(url: str, **more: object) -> StreamSettings:
    return StreamSettings(url, USERNAME, PASSWORD, **more)  # type: ignore[arg-type] # test helper


def some(source: AvSource, count: int) -> list[Raw]:
    return list(islice(source.packets(), count))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("name", ["plain", "shuffled", "hevc"])
def test_a_stream_is_pulled_from_its_key_frame_on(
    served: Served, name: str, transport: Literal["tcp", "udp"]
) -> None:
    with AvSource(settings(served.url(name), transport=transport)) as source:
        packets = some(source, 25)
        assert source.info.codec == ("hevc" if name == "hevc" else "h264")
        assert source.info.size_px == (320, 240)
        assert source.info.reorders == (name == "shuffled")
    assert packets[0].is_key
    assert 2 <= sum(p.is_key for p in packets) <= 4
    assert all(p.data for p in packets)
    times = [p.pts_s for p in packets if p.pts_s is not None]
    assert len(times) >= 24
    assert np.diff(sorted(times)) == pytest.approx(0.1, abs=0.002)


def test_the_camera_says_what_its_own_clock_shows(served: Served) -> None:
    with AvSource(settings(served.url("plain"))) as source:
        assert any(p.camera_s is not None for p in islice(source.packets(), 80))


def test_a_wrong_password_is_called_that(served: Served) -> None:
    with pytest.raises(errors.Unauthorized, match="wrong user name or password"):
        probe(StreamSettings(served.url("plain"), USERNAME, "guess"))


def test_a_missing_password_is_called_that(served: Served) -> None:
    with pytest.raises(errors.Unauthorized, match="asks for a password"):
        probe(StreamSettings(served.url("plain")))


def test_a_stream_that_is_not_there_is_called_that(served: Served) -> None:
    with pytest.raises(errors.NotFound, match="no such stream"):
        probe(settings(served.url("nothing")))


def test_a_refused_connection_is_called_that() -> None:
    with pytest.raises(errors.Unreachable, match="connection refused"):
        probe(settings("rtsp://127.0.0.1:1/x"))


def test_an_unknown_name_is_called_that() -> None:
    with pytest.raises(errors.Unreachable, match=r"'camera\.invalid' is unknown"):
        probe(settings("rtsp://camera.invalid/x"))


def test_a_file_that_is_missing_or_is_no_video_is_called_that(folder: Path) -> None:
    with pytest.raises(errors.NotFound, match="no such file"):
        probe(StreamSettings(str(folder / "missing.mp4")))
    (folder / "letter.mp4").write_text("dear camera")
    with pytest.raises(errors.Unreadable, match="not a video file"):
        probe(StreamSettings(str(folder / "letter.mp4")))


def test_a_recording_with_sound_only_has_no_video(folder: Path) -> None:
    path = folder / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 44_100, 0
        out.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(errors.NoVideo, match="no video"):
        probe(StreamSettings(str(path)))


def test_a_silent_camera_is_called_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(errors.Unreachable, match=r"no answer within 0\.5 s"):
            probe(settings(url, connect_timeout_s=0.5))


def test_another_scheme_is_refused_with_the_ones_that_work() -> None:
    with pytest.raises(errors.Unreadable) as refused:
        StreamSettings("http://camera/x")
    assert "rtsp://" in refused.value.remedy


def test_the_end_of_a_stream_is_a_loss(folder: Path) -> None:
    clip = write_clip(folder / "short.mp4", seconds=1)
    with serve({"short": clip}, once=True) as server:
        with (
            AvSource(settings(server.url("short"))) as source,
            pytest.raises(errors.StreamEnded),
        ):
            some(source, 1000)
        with pytest.raises(errors.NotFound):
            probe(settings(server.url("short")))


def test_a_server_that_dies_in_mid_stream_is_a_loss(folder: Path) -> None:
    clip = write_clip(folder / "dying.mp4")
    with serve({"x": clip}) as server, AvSource(settings(server.url("x"))) as source:
        packets = source.packets()
        next(packets)
        server.stop()
        with pytest.raises((errors.StreamEnded, errors.TimedOut)):
            list(packets)


def test_a_camera_that_hangs_in_mid_stream_is_silent_and_then_lost(folder: Path) -> None:
    clip = write_clip(folder / "hangs.mp4")
    command = [sys.executable, "-m", "cameras.rtsp_server", "--port", "0", f"x={clip}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().split()[-1]
            given = StreamSettings(f"rtsp://127.0.0.1:{port}/x", read_timeout_s=1.0)
            with AvSource(given) as source:
                packets = source.packets()
                next(packets)
                server.send_signal(signal.SIGSTOP)
                with pytest.raises(errors.TimedOut, match="silent for 1 s"):
                    list(packets)
        finally:
            server.kill()


def test_rtsps_with_the_right_authority_plays_and_with_another_is_refused(folder: Path) -> None:
    clip = write_clip(folder / "tls.mp4")
    ca_file, context = make_ca(folder, "ours")
    other_file, _ = make_ca(folder, "theirs")
    with serve({"x": clip}, tls=context) as server:
        url = server.url("x", "rtsps")
        with AvSource(settings(url, ca_file=ca_file)) as source:
            assert len(some(source, 5)) == 5
        with pytest.raises(errors.CertificateRefused, match="certificate refused"):
            probe(settings(url, ca_file=other_file))
        with pytest.raises(errors.CertificateRefused):
            probe(settings(url))
        assert probe(settings(url, verify_tls=False)).codec == "h264"


def test_no_secret_is_in_any_exception_repr_or_log(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr3t p@ss/w#rd"
    told: list[str] = []
    for url in (
        served.url("plain"),
        served.url("nothing") + "?password=s3cr3t%20p%40ss%2Fw%23rd",
        "rtsp://127.0.0.1:1/x",
        "rtsps://127.0.0.1:1/x",
        "rtsp://camera.invalid/x",
    ):
        given = StreamSettings(url, "viewer", secret)
        told.append(repr(given) + str(given))
        try:
            probe(given)
        except errors.SourceError as fault:
            told += [str(fault), repr(fault), fault.remedy, *traceback.format_exception(fault)]
            told += [str(fault.__cause__), str(fault.__context__)]
    whole = "\n".join(told) + caplog.text
    for form in (secret, "s3cr3t", "p%40ss"):
        assert form not in whole


def test_credentials_in_a_url_move_to_their_fields() -> None:
    given = StreamSettings("rtsp://viewer:p%23s%40@camera:8554/main?channel=1")
    assert (given.username, given.password) == ("viewer", "p#s@")
    assert given.url == "rtsp://camera:8554/main?channel=1"
    assert given.url_with_credentials() == "rtsp://viewer:p%23s%40@camera:8554/main?channel=1"
    assert "p#s@" not in repr(given)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("open rtsp://me:pa@ss@host/x failed", "open rtsp://host/x failed"),
        (
            "http://h/v?user=me&password=hunter2&channel=1",
            "http://h/v?user=***&password=***&channel=1",
        ),
        ("the word hunter2 and hunter%322", "the word *** and hunter%322"),
    ],
)
def test_scrubbing_leaves_the_rest_of_a_text(text: str, clean: str) -> None:
    assert scrub(text, "hunter2") == clean
