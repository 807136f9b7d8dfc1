"""`linewarden zones` as a process, a real browser, and the settings that come out of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import data_folder
from tests.system.page_driver import missing, run_scenario
from tests.system.zones_page import zones_page

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

SPOT = [[420, 330], [505, 330], [500, 440], [410, 440]]
"""The floor beside the blue box, on which the man leaves his bag at 13.2 s (truth.csv)."""
EDGE = """\
device: {name: trial, store: "http://127.0.0.1:9", key: device.key}
cameras:
  - id: gate  # the one over the pavement
    analyse: {url: rtsp://127.0.0.1/gate}
"""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """The recording, the saved settings, and what one walk through the page saw."""
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    video = data_folder() / "videos" / "leftbag_aboda4_480p.mp4"
    if not video.exists():
        pytest.skip(f"{video} is not there (LINEWARDEN_DATA)")
    config = tmp_path_factory.mktemp("zones") / "edge.yaml"
    config.write_text(EDGE, encoding="utf-8")
    with zones_page(video, "--config", config) as link:
        shots = os.environ.get("LINEWARDEN_SHOTS", "")
        found = run_scenario("zones.mjs", link, json.dumps(SPOT), shots, limit_s=300)
    return video, config, found


Walk = tuple[Path, Path, dict[str, Any]]


def test_nothing_went_wrong_in_the_browser_and_the_token_is_gone_from_the_address(
    walk: Walk,
) -> None:
    assert walk[2]["errors"] == []
    assert "token" not in walk[2]["address"]


def test_an_exit_is_drawn_by_clicks_and_changed_by_keys(walk: Walk) -> None:
    found = walk[2]
    assert (found["drawn"], found["points"], found["undone"]) == (4, 5, 4)


def test_a_time_without_its_unit_is_told_at_its_field_and_cannot_be_tried(walk: Walk) -> None:
    assert "8s" in walk[2]["no_unit"]
    assert walk[2]["try_off"] is True


def test_a_shorter_time_makes_the_bag_an_event_with_its_sentence_and_outline(walk: Walk) -> None:
    found = walk[2]
    assert (found["first"], found["stale"], found["second"]) == (0, 1, 1)
    assert "door-3" in found["why"]
    assert "堵塞" in found["why"]


def test_what_was_drawn_outlives_a_reload_before_it_is_saved(walk: Walk) -> None:
    assert "恢复" in walk[2]["kept"]
    assert walk[2]["kept_name"] == "door-3"


def test_the_saved_file_keeps_its_comment_and_fires_in_a_replay(walk: Walk) -> None:
    video, config, found = walk
    text = config.read_text(encoding="utf-8")
    assert "# the one over the pavement" in text
    assert "door-3" in found["yaml"]
    camera = yaml.safe_load(text)["cameras"][0]
    assert camera["rules"] == [{"use": "FIF-01", "zone": "door-3", "after": "10s"}]
    command = [sys.executable, "-m", "linewarden.cli", "replay", video, "--config", config]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    opened = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["kind"], one["zone"]) for one in opened] == [("opened", "door-3")]


def test_no_word_is_cut_off_in_either_language_at_1440_and_1024_pixels(walk: Walk) -> None:
    assert walk[2]["misfits"] == []


def test_a_second_browser_gets_neither_page_nor_data_by_the_used_link(walk: Walk) -> None:
    status, said = walk[2]["stranger"]
    assert (status, walk[2]["stranger_data"]) == (403, 403)
    assert "terminal" in said
