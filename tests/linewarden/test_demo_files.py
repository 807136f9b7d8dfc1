"""The settings that the demo writes are settings that the box takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasets import scenes
from linewarden.demo_files import edge_file, own_camera, scene_camera, server_file
from linewarden.settings import load_edge, load_server
from models import load_manifest

URL = "rtsp://127.0.0.1:9/a"
KNOWN = load_manifest("nano").classes
CAMERAS = [
    *(pytest.param(scene_camera(name, URL, KNOWN), id=name) for name in scenes.NAMES),
    pytest.param(own_camera(URL, KNOWN, "viewer"), id="own, with a user"),
    pytest.param(own_camera(URL, KNOWN, None), id="own, without"),
]


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_box_takes_the_settings_of_each_camera(camera: dict[str, Any], tmp_path: Path) -> None:
    file = edge_file(tmp_path, "http://127.0.0.1:9", camera, model="nano", simulated=True)
    settings = load_edge(file, classes_of=lambda name: load_manifest(name).classes)
    assert [c.id for c in settings.cameras] == [camera["id"]]
    assert settings.cameras[0].rules


def test_the_store_takes_its_settings(tmp_path: Path) -> None:
    assert load_server(server_file(tmp_path, 8080)).address == ("127.0.0.1", 8080)
