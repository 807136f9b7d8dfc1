"""`linewarden zones`: from a recording or a camera to the page, on this machine alone."""

from __future__ import annotations

import secrets
import tempfile
import webbrowser
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from cameras import Camera, Lost, Stills, StreamSettings
from cameras.types import Frame
from linewarden.errors import CommandError
from linewarden.listening import listening
from linewarden.zones.app import Recording, create_app
from linewarden.zones.draft import Draft, open_draft
from linewarden.zones.pass_key import PassKey
from linewarden.zones.trial import Trials
from models import load_manifest

HOST = "127.0.0.1"
PASSWORD_ENV = "CAMERA_PASSWORD"  # noqa: S105 - the name of a variable
LATE_S = 10.0
CAP_BYTES = 400_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for. Port 0 is any free one; `seconds` are recorded of a stream."""

    source: str
    config: Path | None = None
    camera: str | None = None
    port: int = 8090
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 30.0
    opens: bool = False

    def stream(self) -> StreamSettings:
        """The source. Raises `SourceError` for a URL of another kind."""
        return StreamSettings(self.source, self.username or "", self.password or "")


def run_zones(wish: Wish) -> None:
    """Serve the page until ctrl-C. The errors of the rooms, before anything is served."""
    stream = wish.stream()
    draft = open_draft(
        wish.config, wish.camera, lambda name: load_manifest(name).classes, _analyse(stream)
    )
    model, simulated = _model_of(draft)
    manifest = load_manifest(model)
    with ExitStack() as at_end:
        listener = at_end.enter_context(
            listening(HOST, wish.port, "stop what uses it, or give another --port")
        )
        video = Path(stream.url_with_credentials())
        if not stream.is_file:
            folder = at_end.enter_context(tempfile.TemporaryDirectory(prefix="linewarden-zones-"))
            video = _recorded(stream, wish.seconds, Path(folder) / "clip.mp4")
        stills = Stills(video)
        name = video.name if stream.is_file else stream.safe_url
        port = listener.getsockname()[1]
        trials = Trials(video, model)
        at_end.callback(trials.cancel)
        links: list[str] = []
        pass_key = PassKey(port, lambda link: _tell(links, link))
        recording = Recording(name, stills, secrets.token_hex(4), simulated)
        app = create_app(recording, draft, trials, pass_key, manifest.classes)
        if wish.opens:
            webbrowser.open(links[0])
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def _tell(links: list[str], line: str) -> None:
    links.append(line)
    print(line if len(links) > 1 else f"linewarden zones on {line}", flush=True)


def _analyse(stream: StreamSettings) -> dict[str, Any]:
    """What `analyse` of a new settings file says."""
    if stream.is_file:
        return {"url": "rtsp://camera.example/stream"}
    if not stream.username:
        return {"url": stream.safe_url}
    return {
        "url": stream.safe_url,
        "username": stream.username,
        "password_env": PASSWORD_ENV,
    }


def _model_of(draft: Draft) -> tuple[str, bool]:
    """The model that the file names, and whether it says that what is seen is made up."""
    checked = draft.check({key: [] for key in draft.forms})
    if checked.settings is None:
        return "nano", False
    return checked.settings.model, checked.settings.simulated


def _recorded(stream: StreamSettings, seconds: float, file: Path) -> Path:
    """Keep the camera's own packets of the next seconds. Raises `SourceError`, `CommandError`."""
    print(f"recording {seconds:g} s of {stream.safe_url}", flush=True)
    keep_s = seconds + LATE_S
    with Camera("zones", stream, keep_s=keep_s, cap_bytes=CAP_BYTES) as camera:
        first_s: float | None = None
        for happening in camera.watch():
            if isinstance(happening, Lost) and first_s is None:
                raise CommandError(happening.reason, happening.remedy)
            if isinstance(happening, Frame) and first_s is None:
                first_s = happening.mono_s
            if first_s is not None and camera.clip_ready(first_s, seconds):
                break
        clip = camera.clip(first_s or 0.0, 0.0, seconds)
    if clip.truncated_reason:
        print(f"the recording {clip.truncated_reason}", flush=True)
    file.write_bytes(clip.mp4)
    return file
