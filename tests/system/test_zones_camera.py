"""`linewarden zones rtsp://…` against a real camera: what it records is what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
import yaml

from datasets import scenes
from linewarden.demo import free_port
from tests.cameras.serving import PASSWORD, USERNAME, serve

ENV = "LINEWARDEN_TEST_CAMERA"
ZONE = {"id": "a", "polygon": [[1, 1], [90, 1], [90, 90]], "frame": [320, 180]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("zones") / "yard.mp4"
    scenes.write_clip(scenes.get("yard", size_px=(320, 180), fps=8.0), file, seconds=12)
    return file


def zones(url: str, folder: Path, *more: str) -> subprocess.Popen[str]:
    """The command, with a settings file that is not there yet."""
    command = [sys.executable, "-m", "linewarden.cli", "zones", url, "--port", "0"]
    command += ["--config", str(folder / "edge.yaml"), "--camera", "yard", "--seconds", "3"]
    command += ["--username", USERNAME, "--password-env", ENV, *more]
    env = {**os.environ, ENV: PASSWORD}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )


def test_a_stream_is_recorded_shown_and_saved_without_its_password(
    tmp_path: Path, clip: Path
) -> None:
    with serve({"yard": clip}) as served:
        process = zones(served.url("yard"), tmp_path)
        try:
            assert process.stdout
            said = [process.stdout.readline(), process.stdout.readline()]
            link = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", said[1])
            assert link is not None, said
            with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as http:
                page = http.get(link[0])
                begun = http.get(page.url.join("/api/start")).json()
                still = http.get(page.url.join("/api/frame"), params={"t": 1.5})
                drawn = {"zones": [ZONE], "rules": []}
                saved = http.post(page.url.join("/api/save"), json=drawn)
        finally:
            process.terminate()
            rest, _ = process.communicate(timeout=20)
    assert begun["recording"]["name"] == served.url("yard")
    assert begun["recording"]["duration_s"] >= 2.5
    picture = cv2.imdecode(np.frombuffer(still.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (180, 320, 3)
    assert saved.status_code == 200
    text = (tmp_path / "edge.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["cameras"][0]["analyse"] == {
        "url": served.url("yard"),
        "username": USERNAME,
        "password_env": "CAMERA_PASSWORD",
    }
    assert PASSWORD not in "".join([*said, rest, text, page.text, str(begun)])


def test_a_camera_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    process = zones(f"rtsp://127.0.0.1:{free_port()}/none", tmp_path)
    said, _ = process.communicate(timeout=60)
    lines = [line for line in said.splitlines() if not line.startswith("recording")]
    assert process.returncode == 1
    assert len(lines) == 1, said
    assert "127.0.0.1" in lines[0]
    assert not (tmp_path / "edge.yaml").exists()


def test_a_wrong_password_is_one_line_that_does_not_hold_it(tmp_path: Path, clip: Path) -> None:
    with serve({"yard": clip}, password="another") as served:
        process = zones(served.url("yard"), tmp_path)
        said, _ = process.communicate(timeout=60)
    lines = [line for line in said.splitlines() if not line.startswith("recording")]
    assert process.returncode == 1
    assert len(lines) == 1, said
    assert "password" in lines[0]
    assert PASSWORD not in said
