"""A store, boxes and cameras as real processes in one folder, and a duty officer who looks."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
import yaml

from cameras.clock import SystemClock
from linewarden.demo import free_port
from linewarden.enrol import enrol
from linewarden.server import create_admin, create_code
from linewarden.settings import load_edge, load_server

ROOT = Path(__file__).resolve().parents[2]
CAMERA_PASSWORD = "LINEWARDEN_TEST_CAMERA"
CLOCK = SystemClock()


class World:
    """Processes by name; all are killed when the world ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.store_url = f"http://127.0.0.1:{self.port}"
        self.secret = secrets.token_urlsafe(12)
        self._password = secrets.token_urlsafe(12)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, list[str]] = {}
        self._http = httpx.Client(base_url=self.store_url, timeout=10, trust_env=False)
        server = {"listen": f"127.0.0.1:{self.port}", "folder": str(folder / "store")}
        (folder / "server.yaml").write_text(yaml.safe_dump(server))
        create_admin(self.server_settings, "officer", self._password)

    @property
    def server_settings(self) -> Any:
        """The store's settings."""
        return load_server(self.folder / "server.yaml")

    def start(self, name: str, *command: str) -> None:
        """Run a module of ours under a name; without a command, the one that it had before."""
        if command:
            self._commands[name] = list(command)
        env = {**os.environ, CAMERA_PASSWORD: self.secret, "PYTHONPATH": str(ROOT)}
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *self._commands[name]],
                env=env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def start_server(self) -> None:
        """The store; returns once it answers."""
        self.start("server", "linewarden.cli", "server", "-c", str(self.folder / "server.yaml"))
        self.wait_for_store()

    def wait_for_store(self) -> None:
        """Return once the store answers, with a session."""
        self.until(lambda: self._health() == 200, "the store answers")
        self.log_in()

    def log_in(self) -> None:
        """A session of its own for this process."""
        login = {"name": "officer", "password": self._password}
        self._http.post("/v1/login", json=login).raise_for_status()

    def start_edge(
        self, cameras: Sequence[Mapping[str, Any]], *, name: str = "box", **more: Any
    ) -> Path:
        """A box that is enrolled first; the folder of its spool."""
        box = self.folder / name
        box.mkdir(exist_ok=True)
        store = more.pop("store", self.store_url)
        device = {"name": name, "store": self.store_url, "key": str(box / "device.key")}
        content = {"device": device, "cameras": list(cameras), **more}
        (box / "edge.yaml").write_text(yaml.safe_dump(content))
        enrol(load_edge(box / "edge.yaml").device, create_code(self.server_settings))
        device["store"] = store
        (box / "edge.yaml").write_text(yaml.safe_dump(content))
        self.start(name, "linewarden.cli", "edge", "-c", str(box / "edge.yaml"))
        return box / "spool"

    def start_cameras(self, mounts: Mapping[str, Path], *flags: str, name: str = "cameras") -> int:
        """Our RTSP server with Digest; its port."""
        port = free_port()
        login = ["--user", "viewer", "--password-env", CAMERA_PASSWORD]
        files = [f"{mount}={file}" for mount, file in mounts.items()]
        self.start(name, "cameras.rtsp_server", "--port", str(port), *login, *flags, *files)
        self.until(lambda: "listening" in self.text(name), "the cameras listen")
        return port

    def start_gst(self, mounts: Mapping[str, tuple[str, Path]]) -> int:
        """GStreamer's RTSP server with Digest; its port. Skips the test where it is missing."""
        check = "import gi; gi.require_version('GstRtspServer', '1.0')"
        if subprocess.run(["/usr/bin/python3", "-c", check], capture_output=True).returncode:
            pytest.skip("no gst-rtsp-server here: see tests/system/needs")
        files = [f"{name}={codec}={file}" for name, (codec, file) in mounts.items()]
        program = str(ROOT / "tests" / "cameras" / "gst_server.py")
        with self.log("gst").open("ab") as log:
            self._running["gst"] = subprocess.Popen(
                ["/usr/bin/python3", program, "viewer", *files],
                env={**os.environ, "GST_PASSWORD": self.secret}, stdout=log, stderr=log,
            )  # fmt: skip
        self.until(lambda: re.search(r"^\d+$", self.text("gst"), re.M) is not None, "gst listens")
        found = re.search(r"^\d+$", self.text("gst"), re.M)
        assert found
        return int(found[0])

    def log(self, name: str) -> Path:
        """What a process said."""
        return self.folder / f"{name}.log"

    def text(self, name: str) -> str:
        """What a process said so far."""
        return self.log(name).read_text(errors="replace") if self.log(name).exists() else ""

    def kill(self, name: str) -> None:
        """SIGKILL, and wait for the end."""
        self._running[name].kill()
        self._running[name].wait(30)

    def children(self, name: str) -> list[int]:
        """Process ids of a program's own processes, oldest first."""
        pid = self._running[name].pid
        try:
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            return []
        return [int(child) for child in text.split() if "spawn_main" in _command(int(child))]

    def kill_pid(self, pid: int) -> bool:
        """SIGKILL; False if it is gone already."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def stop(self, name: str, limit_s: float = 30) -> int:
        """SIGTERM; the exit code."""
        self._running[name].send_signal(signal.SIGTERM)
        return self._running[name].wait(limit_s)

    def is_running(self, name: str) -> bool:
        """Whether the process has not ended."""
        return self._running[name].poll() is None

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = 60) -> None:
        """Wait for something to become true."""
        waiting = threading.Event()
        end_s = CLOCK.monotonic() + limit_s
        while not condition():
            assert CLOCK.monotonic() < end_s, f"in {limit_s:g} s not true that {what}{self.tails()}"
            waiting.wait(0.05)

    def tails(self) -> str:
        """The last lines of every log, for a failure's message."""
        logs = sorted(self.folder.glob("*.log"))
        return "".join(f"\n--- {log.name}\n{log.read_text()[-1500:]}" for log in logs)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """As the duty officer."""
        return self._http.get(path, params=params)

    def incidents(self) -> list[dict[str, Any]]:
        """All incidents, newest first."""
        items: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get("/v1/incidents", limit=200, cursor=cursor).json()
            items += page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return items

    def events(self) -> list[dict[str, Any]]:
        """All events of one box, by sequence number."""
        items: list[dict[str, Any]] = []
        while True:
            after = items[-1]["seq"] if items else 0
            page = self.get("/v1/events", after_seq=after, limit=200).json()["items"]
            if not page:
                return items
            items += page

    def medium(self, sha256: str) -> bytes:
        """A medium's bytes, its digest checked."""
        data = self.get(f"/v1/media/sha256/{sha256}").content
        assert hashlib.sha256(data).hexdigest() == sha256
        return data

    def first_frame_s(self, camera: str, name: str = "box") -> float:
        """Capture time of the first frame that a box took from a camera (Unix seconds)."""
        pattern = rf"event='first frame' camera='{camera}' captured='([^']+)'"
        found = re.search(pattern, self.text(name))
        assert found, f"no first frame of {camera}{self.tails()}"
        return seconds(found[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._http.close()

    def _health(self) -> int:
        try:
            return self._http.get("/health").status_code
        except httpx.TransportError:
            return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def camera(name: str, url: str, **more: Any) -> dict[str, Any]:
    """A camera's settings, with the password of `World`."""
    analyse = {"url": url, "username": "viewer", "password_env": CAMERA_PASSWORD}
    transport = more.pop("transport", None)
    if transport:
        analyse["transport"] = transport
    return {"id": name, "analyse": analyse, **more}


def seconds(text: str) -> float:
    """Unix seconds of an RFC 3339 instant."""
    return datetime.fromisoformat(text).timestamp()


class Reader:
    """A second officer: notes when each incident became readable, from a thread of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = threading.Event()
        self.readable_s: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            try:
                answer = self._world.get("/v1/incidents", limit=200)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                for incident in answer.json()["items"]:
                    self.readable_s.setdefault(incident["incident_id"], CLOCK.utc())

    def delays_s(self, incidents: Sequence[Mapping[str, Any]]) -> list[float]:
        """From the capture of the picture that fulfilled the rule to readable, sorted."""
        return sorted(
            self.readable_s[i["incident_id"]] - seconds(i["opened_at"])
            for i in incidents
            if i["incident_id"] in self.readable_s
        )


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, nearest rank."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]
