"""The whole system on one machine: cameras over real RTSP, edge, store and page, as processes.

Nothing is faked but the pictures: the edge enrols with a one-time code, the cameras ask for a
password by Digest, and an event counts once the store's API gives it out.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from linewarden.children import Children
from linewarden.demo_clips import render_all
from linewarden.demo_desk import POLL_S, Desk, News
from linewarden.demo_files import (
    PASSWORD_ENV,
    USERNAME,
    edge_file,
    network_file,
    own_camera,
    scene_camera,
    server_file,
)
from linewarden.enrol import Enrolment, enrol
from linewarden.errors import CommandError
from linewarden.server import create_admin, create_code, import_network
from linewarden.settings import load_edge, load_server
from models import load_manifest

MODEL_ENV = "LINEWARDEN_MODEL"
SCENES = ("corridor", "yard")
ADMIN = "demo"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller of the demo asked for. Port 0 is any free one."""

    once: bool = False
    source: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int = 8080
    folder: Path | None = None


class Steps:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self._start_s = time.perf_counter()

    def __call__(self, text: str) -> None:
        """Say what has been done."""
        print(f"{time.perf_counter() - self._start_s:6.1f} s  {text}", flush=True)


def run_demo(wish: Wish) -> None:
    """Run until ctrl-C, or with `once` until the first event is readable at the store."""
    say = Steps()
    with (
        _folder(wish.folder) as folder,
        ThreadPoolExecutor(1) as background,
        Children(folder) as children,
    ):
        streams = _streams(wish, folder)
        recordings = background.submit(_recordings, wish, folder)
        desk = _start_store(wish, folder, children, say)
        password = wish.password or secrets.token_urlsafe(12)
        _start_cameras(recordings, streams, password, children, say)
        _start_edge(wish, folder, streams, password, children, say)
        _watch(desk, wish, say)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="linewarden-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Streams:
    """Where the cameras of this demo are: a port of our RTSP server, or one URL elsewhere."""

    port: int | None
    urls: dict[str, str]


def _streams(wish: Wish, folder: Path) -> _Streams:
    if wish.source is not None and urlsplit(wish.source).scheme in ("rtsp", "rtsps"):
        return _Streams(None, {"camera": wish.source})
    port = _free_port()
    names = SCENES if wish.source is None else ("camera",)
    return _Streams(port, {name: f"rtsp://127.0.0.1:{port}/{name}" for name in names})


def _recordings(wish: Wish, folder: Path) -> dict[str, Path]:
    """What our RTSP server plays, by the name of the stream."""
    if wish.source is None:
        return dict(zip(SCENES, render_all(SCENES, folder), strict=True))
    if urlsplit(wish.source).scheme in ("rtsp", "rtsps"):
        return {}
    file = Path(wish.source)
    if not file.is_file():
        raise CommandError(f"there is no recording {file}", "give a file or an rtsp:// URL")
    return {"camera": file.resolve()}


def _start_store(wish: Wish, folder: Path, children: Children, say: Steps) -> Desk:
    settings = load_server(server_file(folder, wish.port or _free_port()))
    password = secrets.token_urlsafe(9)
    fresh = not settings.folder.exists()
    if fresh:
        create_admin(settings, ADMIN, password)
        import_network(settings, network_file(folder))
        (folder / "login").write_text(password, encoding="utf-8")
    else:
        password = (folder / "login").read_text(encoding="utf-8")
    config = str(folder / "server.yaml")
    children.start("server", "linewarden.cli", ["server", "--config", config], env=os.environ)
    url = f"http://{settings.listen}"
    desk = Desk(url, children.check)
    desk.wait_for_store()
    desk.log_in(ADMIN, password)
    say(f"page {url}  login {ADMIN}  password {password}")
    return desk


def _start_cameras(
    recordings: Future[dict[str, Path]],
    streams: _Streams,
    password: str,
    children: Children,
    say: Steps,
) -> None:
    if not recordings.done():
        say("rendering the simulated cameras …")
    while not recordings.done():
        children.check()
        time.sleep(POLL_S)
    files = recordings.result()
    if streams.port is None:
        return
    order: dict[str, Any] = {
        "port": streams.port,
        "username": USERNAME,
        "password": password,
        "files": {name: str(file) for name, file in files.items()},
    }
    children.start(
        "cameras", "linewarden.demo_streams", [], env=os.environ, stdin=json.dumps(order).encode()
    )
    _wait_for_port(streams.port, children)
    say("cameras " + " ".join(streams.urls.values()) + " (Digest)")


def _start_edge(
    wish: Wish, folder: Path, streams: _Streams, password: str, children: Children, say: Steps
) -> None:
    model = os.environ.get(MODEL_ENV, "nano")
    known = load_manifest(model).classes
    store = f"http://{load_server(folder / 'server.yaml').listen}"
    file = edge_file(
        folder,
        store,
        _cameras(wish, streams, known),
        model=model,
        simulated=wish.source is None,
    )
    device = load_edge(file).device
    if not Enrolment.file_of(device.key).exists():
        enrol(device, create_code(load_server(folder / "server.yaml"), device.name))
    env = {**os.environ, PASSWORD_ENV: password}
    children.start("edge", "linewarden.cli", ["edge", "--config", str(file)], env=env)
    say("edge started; waiting for the first event")


def _cameras(wish: Wish, streams: _Streams, known: Sequence[str]) -> list[dict[str, Any]]:
    if wish.source is None:
        return [scene_camera(name, url, known) for name, url in streams.urls.items()]
    username = wish.username if streams.port is None else USERNAME
    return [own_camera(url, known, username) for url in streams.urls.values()]


def _watch(desk: Desk, wish: Wish, say: Steps) -> None:
    news = News()
    while True:
        for line in news.lines(desk.incidents()):
            say(line)
            if wish.once:
                return
        time.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int, children: Children) -> None:
    until_s = time.monotonic() + 30.0
    while time.monotonic() < until_s:
        children.check()
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CommandError(f"the cameras' server does not listen on {port}", "try again")
