"""The whole system on one machine: cameras over real RTSP, edges, store and page, as processes.

Nothing is faked but the pictures: each edge enrols with a one-time code, the cameras ask for a
password by Digest, and an event counts once the store's API gives it out. Each camera has its own
box, so that the first may begin while the second is still being rendered.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from linewarden.children import Children
from linewarden.demo_clips import finish, workers
from linewarden.demo_desk import POLL_S, START_S, Desk, News
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
from linewarden.folders import made
from linewarden.server import create_admin, create_code, import_network
from linewarden.settings import ServerSettings, load_edge, load_server
from models import load_manifest

MODEL = "nano"
SCENES = ("corridor", "yard")
ADMIN = "duty"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller of the demo asked for. Port 0 is any free one."""

    once: bool = False
    source: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int = 8080
    folder: Path | None = None

    @property
    def is_stream(self) -> bool:
        """Whether the caller's own camera is to be watched."""
        return self.source is not None and urlsplit(self.source).scheme in ("rtsp", "rtsps")


def run_demo(wish: Wish) -> None:
    """Run until ctrl-C, or with `once` until the first event is readable at the store."""
    if wish.source is not None and not wish.is_stream and not Path(wish.source).is_file():
        raise CommandError(f"there is no recording {wish.source}", "give a file or an rtsp:// URL")
    with _folder(wish.folder) as folder, Children(folder) as children:
        Demo(wish, folder, children).run()


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield made(given, "give another --folder").resolve()
        return
    own = Path(tempfile.mkdtemp(prefix="linewarden-demo-"))
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


class Demo:
    """One run. Every step says what it did, and how long after the start."""

    def __init__(self, wish: Wish, folder: Path, children: Children) -> None:
        self._wish, self._folder, self._children = wish, folder, children
        self._began_s = time.perf_counter()
        self._password = wish.password or secrets.token_urlsafe(12)
        self._known = load_manifest(MODEL).classes
        self._server: ServerSettings = load_server(server_file(folder, wish.port or free_port()))
        self._desk = Desk(f"http://{self._server.listen}", children.check)

    def run(self) -> None:
        """Start everything, then tell what becomes readable."""
        scenes = SCENES if self._wish.source is None else ()
        rendering = self._render(scenes[0]) if scenes else []
        self._start_store()
        if not scenes:
            self._start_own()
        news = News()
        for i, name in enumerate(scenes):
            if self._tell_until(news, rendering):
                return
            self._start_scene(name)
            rendering = self._render(scenes[i + 1]) if i + 1 < len(scenes) else []
        self._tell_until(news, None)

    def _say(self, text: str) -> None:
        print(f"{time.perf_counter() - self._began_s:6.1f} s  {text}", flush=True)

    def _tell_until(self, news: News, working: Sequence[str] | None) -> bool:
        """Tell events until these processes have ended; True if the demo is over."""
        while working is None or not self._children.have_ended(working):
            for line in news.lines(self._desk.incidents()):
                self._say(line)
                if self._wish.once:
                    return True
            time.sleep(POLL_S)
        return False

    def _render(self, scene: str) -> list[str]:
        """Begin to render a scene; the names of the processes that do it."""
        if (self._folder / f"{scene}.mp4").exists():
            return []
        self._say(f"rendering the simulated camera {scene} …")
        count = workers()
        names = [f"render-{scene}-{k}" for k in range(count)]
        for k, name in enumerate(names):
            arguments = [scene, str(self._folder), str(k), str(count)]
            module = "linewarden.demo_clips"
            self._children.start(name, module, arguments, env=os.environ, may_end=True)
        return names

    def _start_store(self) -> None:
        login = self._folder / "login"
        if not login.exists():
            password = secrets.token_urlsafe(9)
            create_admin(self._server, ADMIN, password)
            import_network(self._server, network_file(self._folder))
            login.touch(mode=0o600)
            login.write_text(password, encoding="utf-8")
        password = login.read_text(encoding="utf-8")
        config = ["server", "--config", str(self._folder / "server.yaml")]
        self._children.start("server", "linewarden.cli", config, env=os.environ)
        self._desk.wait_for_store()
        self._desk.log_in(ADMIN, password)
        self._say(f"page http://{self._server.listen}  login {ADMIN}  password {password}")

    def _start_scene(self, name: str) -> None:
        file = self._folder / f"{name}.mp4"
        url = self._serve(name, file if file.exists() else finish(name, self._folder))
        self._start_edge(scene_camera(name, url, self._known), simulated=True)

    def _start_own(self) -> None:
        source, username = self._wish.source or "", self._wish.username
        if not self._wish.is_stream:
            source, username = self._serve("camera", Path(source).resolve()), USERNAME
        self._start_edge(own_camera(source, self._known, username), simulated=False)

    def _serve(self, name: str, file: Path) -> str:
        """Play a recording as a camera would; its URL."""
        port = free_port()
        login = ["--user", USERNAME, "--password-env", PASSWORD_ENV]
        arguments = ["--port", str(port), *login, f"{name}={file}"]
        module = "cameras.rtsp_server"
        self._children.start(f"camera-{name}", module, arguments, env=self._secret())
        wait_for_port(port, self._children)
        url = f"rtsp://127.0.0.1:{port}/{name}"
        self._say(f"camera {url} (Digest)")
        return url

    def _start_edge(self, camera: dict[str, Any], *, simulated: bool) -> None:
        store = f"http://{self._server.listen}"
        file = edge_file(self._folder, store, camera, model=MODEL, simulated=simulated)
        device = load_edge(file).device
        if not Enrolment.file_of(device.key).exists():
            enrol(device, create_code(self._server))
        arguments = ["edge", "--config", str(file)]
        self._children.start(device.name, "linewarden.cli", arguments, env=self._secret())
        self._say(f"edge {device.name} enrolled and started; its events follow")

    def _secret(self) -> dict[str, str]:
        return {**os.environ, PASSWORD_ENV: self._password}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, children: Children) -> None:
    """Return once somebody listens there."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        children.check()
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CommandError(f"nobody listens on port {port}", "try again")
