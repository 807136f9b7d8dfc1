"""Our RTSP server towards clients that are not ours, and its command."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cameras.errors import NotFound, NoVideo, Unreadable
from cameras.rtsp import probe
from cameras.rtsp_player import beats
from cameras.rtsp_sdp import Recording, parameter_sets
from cameras.rtsp_server import RtspServer
from cameras.settings import StreamSettings
from tests.cameras.data import write_clip
from tests.cameras.serving import serve


def say(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        heard = b""
        while part := client.recv(4096):
            heard += part
        return heard


def test_nothing_but_options_is_answered_without_the_password(tmp_path: Path) -> None:
    with serve({"x": write_clip(tmp_path / "x.mp4", seconds=1)}) as server:
        for method in (b"DESCRIBE", b"SETUP", b"PLAY", b"GET_PARAMETER"):
            heard = say(server.port, method + b" rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            assert heard.startswith(b"RTSP/1.0 401")
            assert b'WWW-Authenticate: Digest realm="Linewarden"' in heard


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"PLAY rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"454"),
        (b"RECORD rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"501"),
        (b"SETUP rtsp://h/x RTSP/1.0\r\nTransport: RTP/AVP;multicast\r\n\r\n", b"461"),
        (b"SETUP rtsp://h/none RTSP/1.0\r\nTransport: RTP/AVP/TCP\r\n\r\n", b"404"),
        (b"$\x00\x00\x02ab" + b"OPTIONS * RTSP/1.0\r\nCSeq: 2\r\n\r\n", b"200"),
    ],
)
def test_clients_that_misbehave_are_told_so(tmp_path: Path, text: bytes, status: bytes) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=1)
    with serve({"x": file}, password="") as server:
        assert say(server.port, text).startswith(b"RTSP/1.0 " + status)


def test_noise_does_not_stop_the_server(tmp_path: Path) -> None:
    with serve({"x": write_clip(tmp_path / "x.mp4", seconds=1)}, password="") as server:
        for noise in (b"\x00" * 100, b"A" * 200_000, b"$\xff\xff\xff", b"\r\n\r\n\r\n\r\n"):
            try:
                say(server.port, noise)
            except OSError:
                continue
        assert probe(StreamSettings(server.url("x"))).codec == "h264"


def test_two_clients_see_the_same_moment(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=4)
    with serve({"a": file, "b": file}, password="") as server:
        assert probe(StreamSettings(server.url("a"))).size_px == (320, 240)
        assert probe(StreamSettings(server.url("b"))).size_px == (320, 240)


def test_no_frame_is_sent_before_it_is_shown() -> None:
    for beat in beats([0, 4, 1, 2, 3, 8, 5, 6, 7]):
        assert beat.sent >= beat.shown >= beat.decoded


def test_a_recording_that_cannot_be_served_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Recording(tmp_path / "none.mp4")
    (tmp_path / "x.mp4").write_text("no")
    with pytest.raises((Unreadable, NoVideo)):
        RtspServer({"x": tmp_path / "x.mp4"})


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01" * 40, b"\x01" + b"\xff" * 30])
def test_broken_parameters_yield_parameter_sets_or_none_and_no_error(
    data: bytes, codec: str
) -> None:
    assert isinstance(parameter_sets(data, codec), list)


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cameras.rtsp_server", *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_until_it_is_stopped_and_shows_no_password(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=1)
    with command(
        "--port", "0", "--user", "u", "--password-env", "PW", f"x={file}", PW="s3cret"
    ) as server:
        assert server.stdout is not None
        found = re.fullmatch(r"listening on (\d+)\n", server.stdout.readline())
        assert found is not None
        shown = Path(f"/proc/{server.pid}/cmdline").read_bytes()
        assert b"s3cret" not in shown
        url = f"rtsp://127.0.0.1:{found[1]}/x"
        assert probe(StreamSettings(url, "u", "s3cret")).codec == "h264"
        server.terminate()
        assert server.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["x=/nowhere/x.mp4"], "no such file"),
        (["--user", "u", "x=/nowhere/x.mp4"], "no password"),
        (["x"], "NAME=FILE"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(arguments: list[str], word: str) -> None:
    with command("--port", "0", *arguments) as server:
        assert server.wait(20) != 0
        assert server.stderr is not None
        assert word in server.stderr.read()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "x.mp4", seconds=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command("--port", str(port), f"x={file}") as server:
            assert server.wait(20) == 1
            assert server.stderr is not None
            assert f"port {port}" in server.stderr.read()
