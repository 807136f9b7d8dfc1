"""The main job on the duty page: a real store process, a real browser, a box that signs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import pytest

from datasets import scenes
from linewarden.demo_files import network_file, server_file
from linewarden.server import create_admin, create_code, import_network
from linewarden.settings import load_server
from tests.api.device import FakeDevice, instant
from tests.system.page_driver import run_scenario

NAME, PASSWORD = "night", "a long quiet shift 7"
SIZE_PX = (640, 360)
FIRED_S, BEFORE_S, CLIP_S = 29.0, 2.0, 4.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Box:
    """A signing box that watches the corridor."""

    def __init__(self, device: FakeDevice, folder: Path) -> None:
        self.device, self.folder = device, folder
        self.scene = scenes.get("corridor", size_px=SIZE_PX, fps=5.0)
        self.opened: dict[str, Any] = {}
        right_m, forward_m = 4.2, 27.0
        device.place = self.scene.lon_lat(right_m, forward_m)

    def status(self) -> None:
        site = self.scene.site
        place = {"lon": site.lon, "lat": site.lat, "facing_deg": site.facing_deg, "range_m": 60}
        camera = {"id": "k12-north", "state": "ok", "last_frame_age_s": 0.4, "site": place}
        self.device.now = datetime.now(UTC)  # noqa: TID251 - a box's own clock
        assert self.device.status(cameras=[camera]).status_code == 200

    def event(self) -> dict[str, Any]:
        self.device.now = datetime.now(UTC)  # noqa: TID251 - a box's own clock
        shot = cv2.imencode(".jpg", self.scene.render(FIRED_S))[1].tobytes()
        (zone_id, polygon), *_ = self.scene.zones.items()
        seen = [
            {
                "class": t.label,
                "score_permille": 910,
                "box_px": [round(v) for v in t.box_px],
                "track_id": t.id,
            }
            for t in self.scene.truth(FIRED_S)
        ]
        self.opened = self.device.draft(
            zone={
                "id": zone_id,
                "polygon_px": [[round(x), round(y)] for x, y in polygon],
                "frame_px": SIZE_PX,
            },
            frame_px=SIZE_PX,
            seen=seen,
            media=[self.device.medium("snapshot", shot)],
        )
        self.device.send(self.opened, shot)
        return {"incident_id": self.opened["incident_id"]}

    def clip(self) -> dict[str, Any]:
        file = self.folder / "clip.mp4"
        if not file.exists():
            scenes.write_clip(self.scene, file, seconds=CLIP_S, start_s=FIRED_S - BEFORE_S)
        film = file.read_bytes()
        start = instant(self.device.now - timedelta(seconds=BEFORE_S))
        medium = self.device.medium("clip", film) | {
            "captured": start,
            "duration_ms": round(1000 * CLIP_S),
        }
        follow = {k: v for k, v in self.opened.items() if k not in ("seen", "media")}
        self.device.send(follow | {"kind": "clip", "media": [medium]}, film)
        return {}


@contextmanager
def store(folder: Path) -> Iterator[tuple[str, Box]]:
    """A store as a process of its own, and a box enrolled at it."""
    settings = load_server(server_file(folder, free_port()))
    create_admin(settings, NAME, PASSWORD)
    import_network(settings, network_file(folder))
    code = create_code(settings)
    command = [sys.executable, "-m", "linewarden.cli", "server", "--config", folder / "server.yaml"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    url = f"http://{settings.listen}"
    try:
        assert process.stdout
        assert "linewarden server" in process.stdout.readline()
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            box = Box(FakeDevice.enrol(http, code), folder)
            box.status()
            yield url, box
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.services
@pytest.mark.timeout(400)
def test_an_event_arrives_live_plays_and_is_confirmed_by_keyboard_before_two_browsers(
    tmp_path: Path,
) -> None:
    with store(tmp_path) as (url, box):
        stages = {"event": box.event, "clip": box.clip, "another": box.event}
        shots = os.environ.get("LINEWARDEN_SHOTS", "")
        found = run_scenario("desk.mjs", url, NAME, PASSWORD, shots, stages=stages, limit_s=300)
    assert found["errors"] == []
    assert "No incidents yet" in found["empty"]
    assert "1 / 1" in found["empty"]
    assert found["live"] is True
    assert "挖掘机" in found["announced"]
    assert found["snapshot"] == SIZE_PX[0]
    assert "视频在路上" in found["expected"]
    assert found["played_s"] > 0.5
    assert found["boxes_while_playing"] == 0
    assert found["boxes_on_still"] > 0
    assert "NJ-A-02" in found["place"]
    assert "甲一管网" in found["people"]
    assert "seq 1" in found["proof"]
    assert found["evidence"].endswith(".zip")
    assert "撤销" in found["undo"]
    assert found["second_knows_yet"] == 0
    assert found["second_sees"] == "已确认"
    assert NAME in found["second_detail"]
    assert found["without_asking"] == 0
    assert "带外" in found["dismissed"]
    assert found["after_sign_out"].startswith("/login?next=/incidents/")
    assert found["returned"] is True
