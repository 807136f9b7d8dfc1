"""States of the duty page that a real box is hard to bring to, in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.system.page_driver import missing, run_scenario

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What one walk through all states saw."""
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    media = tmp_path_factory.mktemp("media")
    command = [
        sys.executable,
        "-m",
        "tests.system.browser.fake_store",
        "--port",
        str(port),
        "--media",
        media,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert "ready" in process.stdout.readline()
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            trust_env=False,
            transport=httpx.HTTPTransport(retries=8),
        ) as http:
            http.get("/login").raise_for_status()
        shots = os.environ.get("LINEWARDEN_SHOTS", "")
        yield run_scenario("states.mjs", f"http://127.0.0.1:{port}", shots, limit_s=300)
    finally:
        process.kill()
        process.communicate()


def test_nothing_went_wrong_in_the_browser_and_no_policy_was_broken(found: dict[str, Any]) -> None:
    assert found["errors"] == []


def test_the_door_refuses_a_wrong_password_in_words_and_leads_only_home(
    found: dict[str, Any],
) -> None:
    door = found["door"]
    assert door["redirected"] == "/login"
    assert "用户名或密码不对" in door["wrong"]
    assert "Wrong name or password" in door["wrong"]
    assert (door["cleared"], door["landed"]) == ("", True)


def test_the_list_runs_from_red_to_blue_with_digit_and_word(found: dict[str, Any]) -> None:
    read = [group.split("\n")[:2] for group in found["reads"]["groups"]]
    assert read == [["1", "红"], ["2", "橙"], ["3", "黄"], ["4", "蓝"]]


def test_boxes_zone_sentence_place_and_fault_are_drawn_from_data(found: dict[str, Any]) -> None:
    reads = found["reads"]
    assert (reads["boxes"], reads["zone"], reads["simulated"]) == (2, 1, True)
    assert reads["bold"] == ["8.0 s", "≥ 8 s", "2.6 ± 0.6 m"]
    assert "2.6 ± 0.6m" in reads["place"]
    assert "k55-river" in reads["fault"]
    assert "yard-exit" in reads["check"]
    assert "not confirmed by anybody" in reads["check"]
    assert reads["utc"].endswith("UTC")


def test_the_map_is_ours_to_scale_and_asks_nobody_for_tiles(found: dict[str, Any]) -> None:
    reads = found["reads"]
    assert reads["map_paths"] > 10
    assert reads["scale"].endswith(" m")
    assert reads["tiles"] == 0


def test_each_key_does_its_one_thing_and_no_reason_is_chosen_beforehand(
    found: dict[str, Any],
) -> None:
    assert found["keyboard"] == {
        "moved": True,
        "back": True,
        "without": 0,
        "noZone": 0,
        "unasked": 0,
        "asked": 1,
        "chosen": 0,
        "taken_back": 0,
        "help": True,
        "confirmed_behind_help": 0,
    }


def test_keys_are_off_while_a_field_has_focus_and_other_needs_its_words(
    found: dict[str, Any],
) -> None:
    fields = found["fields"]
    assert (fields["typed"], fields["still"]) == ("jc dk 1", True)
    assert fields["refused"] == "请写明理由"
    assert "<b>管线迁改</b>" in fields["done"]


def test_a_clip_that_is_late_or_lost_and_a_place_not_resolved_say_why(
    found: dict[str, Any],
) -> None:
    clips = found["clips"]
    assert "视频在路上" in clips["expected"]
    assert "摄像机在录完前断开" in clips["missing"]
    assert "没有标定" in clips["missing_place"]


def test_an_incident_without_a_picture_offers_no_layers_of_one(found: dict[str, Any]) -> None:
    sensor = found["sensor"]
    assert (sensor["with_picture"], sensor["without"]) == (3, 0)
    assert "无摄像机" in sensor["said"]


def test_text_from_outside_stays_text(found: dict[str, Any]) -> None:
    assert found["hostile"] == {"pwned": None, "injected": 0, "said": True, "drawn": True}


def test_english_is_kept_over_a_reload(found: dict[str, Any]) -> None:
    assert found["english"]["kept"] == "en"
    assert "Confirm" in found["english"]["words"]
    assert "确认" not in found["english"]["words"]


def test_a_decision_counts_after_five_seconds_and_can_be_taken_back_over_a_reload(
    found: dict[str, Any],
) -> None:
    undo = found["undo"]
    assert "撤销" in undo["said"]
    assert "确认" in undo["row"]
    assert undo["announced"].startswith("已撤销")
    assert (undo["taken_back"], undo["kept"]) == (None, [])
    assert undo["counted"] == ["confirmed", "周岚", "string"]


def test_a_decision_that_came_too_late_says_whose_stands(found: dict[str, Any]) -> None:
    conflict = found["conflict"]
    for word in ("没有生效", "何川", "已排除"):
        assert word in conflict["said"]
    assert "何川" in conflict["stands"]


def test_cameras_that_see_one_activity_are_one_row_and_call_again_only_when_it_rises(
    found: dict[str, Any],
) -> None:
    together = found["together"]
    assert together["quiet"] == [0, "", ""]
    assert together["louder"].startswith("升为红")
    assert together["beneath"] == ["k12-south", "yard-west"]
    assert "3 路" in together["case"]
    assert "相距 2.2 m" in together["case"]
    assert together["row_stays"] is True


def test_one_decision_covers_the_case_and_who_was_separated_keeps_its_own(
    found: dict[str, Any],
) -> None:
    together = found["together"]
    assert "另外 2 路" in together["also_for"]
    assert together["asked"] == "请写明理由"
    assert "另一台挖掘机" in together["split"]
    assert "周岚" in together["split"]
    assert "随 k12-north 一并判定" in together["covered"]
    assert together["apart"] is True


def test_what_is_not_heard_of_or_was_held_back_says_since_when_and_why(
    found: dict[str, Any],
) -> None:
    standing = found["standing"]
    assert "边缘盒没有消息" in standing["stale"]
    assert "2026-11-21 09:14:13" in standing["stale"]
    assert standing["stale_row"] == "失联 09:14"
    assert "暂缓 9:00" in standing["held"]


def test_a_shelf_asks_why_leaves_the_count_and_calls_again_when_it_is_over(
    found: dict[str, Any],
) -> None:
    standing = found["standing"]
    assert standing["asked"] == "请写明理由"
    assert standing["typed_stays"] == "检修队在现场"
    assert "周岚" in standing["shelf"]
    assert "检修队在现场" in standing["shelf"]
    assert standing["row"].startswith("搁置到")
    before, after, shelved = (int("".join(filter(str.isdigit, s))) for s in standing["counted"])
    assert (after, shelved) == (before - 1, 1)
    assert (standing["only"], standing["gone"]) == (1, 0)
    assert standing["back"].startswith("又待判：红")


def test_a_box_in_trouble_says_why_and_what_to_do_until_it_was_read(found: dict[str, Any]) -> None:
    boxes = found["boxes"]
    assert "12" in boxes["refused_total"]
    assert "outbox_cap" in boxes["refused_total"]
    assert "device revoke" in boxes["tampered"]
    assert "linewarden enrol" in boxes["token_revoked"]
    assert (boxes["lines"], boxes["again"]) == (3, 1)


def test_a_lost_store_is_said_and_a_decision_waits_for_it_in_the_browser(
    found: dict[str, Any],
) -> None:
    trouble = found["trouble"]
    assert "812" in trouble["full"]
    assert "与证据库断开" in trouble["lost"]
    assert trouble["said"] == "与证据库断开"
    assert "待送出" in trouble["queued"]
    assert trouble["sent"] == "confirmed"


def test_the_page_fits_390_pixels_with_the_decision_in_reach(found: dict[str, Any]) -> None:
    assert found["narrow"] == {
        "wide": 390,
        "wideList": 390,
        "reachable": True,
        "list": True,
        "back": True,
    }
