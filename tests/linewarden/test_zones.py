"""`linewarden zones`: the link, the draft of the settings file, and what a page is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cameras import SourceError
from linewarden.families import USES
from linewarden.yamlfile import ConfigError
from linewarden.zones.command import Wish, run_zones
from linewarden.zones.draft import Draft, SaveError, open_draft
from linewarden.zones.pass_key import PassKey
from models import load_manifest

EDGE = """\
device: {name: t, store: "http://127.0.0.1:9", key: k}  # ours
cameras:
  - id: c
    analyse: {url: rtsp://127.0.0.1/c}
    zones:
      # by the door
      - {id: door, polygon: [[10,10],[90,10],[90,90]], frame: [640, 360]}  # kept
    rules: [{use: FIF-01, zone: door}]
"""
OTHER = {"id": "new", "polygon": [[1, 1], [50, 1], [50, 50]], "frame": [640, 360], "more": ""}


def draft_of(folder: Path, text: str = EDGE) -> Draft:
    file = folder / "edge.yaml"
    file.write_text(text, encoding="utf-8")
    return open_draft(file, None, lambda name: load_manifest(name).classes, {})


def test_a_saved_file_keeps_every_line_that_is_not_drawn_anew(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    forms = {**draft.forms, "zones": [*draft.forms["zones"], OTHER]}
    assert draft.save(forms) == (tmp_path / "edge.yaml", True)
    text = (tmp_path / "edge.yaml").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line not in EDGE.splitlines()] == [
        "      - {id: new, polygon: [[1, 1], [50, 1], [50, 50]], frame: [640, 360]}"
    ]
    assert set(EDGE.splitlines()) <= set(text.splitlines())


def test_a_file_that_somebody_else_changed_is_left_as_it_is(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    (tmp_path / "edge.yaml").write_text(EDGE + "# mine\n", encoding="utf-8")
    with pytest.raises(SaveError, match="changed elsewhere"):
        draft.save({**draft.forms, "zones": [*draft.forms["zones"], OTHER]})
    assert (tmp_path / "edge.yaml").read_text(encoding="utf-8").endswith("# mine\n")


def test_lists_that_others_refer_to_are_written_beside_the_file(tmp_path: Path) -> None:
    text = EDGE.replace("rules: [{use", "rules: &shared [{use") + (
        "  - {id: d, analyse: {url: rtsp://127.0.0.1/d}, rules: *shared, zones: "
        "[{id: door, polygon: [[1, 1], [9, 1], [9, 9]], frame: [64, 36]}]}\n"
    )
    file = tmp_path / "edge.yaml"
    file.write_text(text, encoding="utf-8")
    draft = open_draft(file, "c", lambda name: load_manifest(name).classes, {})
    written, whole = draft.save({"zones": draft.forms["zones"], "rules": []})
    assert (written.name, whole) == ("edge.zones.yaml", False)
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"polygon": [[0, 0], [90, 90], [90, 0], [0, 90]]}, "zones[1]"),
        ({"polygon": [[0, 0], [9999, 90], [90, 0]]}, "zones[1]"),
        ({"polygon": [[0, 0], [9, 90]]}, "zones[1].polygon"),
        ({"id": "door"}, "zones[1].id"),
        ({"more": "nonsense"}, "zones[1].more"),
    ],
)
def test_a_zone_that_cannot_be_is_told_by_its_field(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    draft = draft_of(tmp_path)
    checked = draft.check({**draft.forms, "zones": [*draft.forms["zones"], {**OTHER, **change}]})
    assert checked.camera is None
    assert any(f"cameras[0].{field}" in problem.field for problem in checked.problems)


def test_a_fault_elsewhere_in_the_file_stops_the_command(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="modle"):
        draft_of(tmp_path, EDGE + "modle: nano\n")


def test_a_file_with_windows_line_ends_keeps_them(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_bytes(EDGE.replace("\n", "\r\n").encode())
    draft = open_draft(file, None, lambda name: load_manifest(name).classes, {})
    draft.save({**draft.forms, "zones": [*draft.forms["zones"], OTHER]})
    lines = file.read_bytes().split(b"\n")
    assert [line[-1:] for line in lines[:-1]] == [b"\r"] * (len(EDGE.splitlines()) + 1)
    assert b"  # kept\r" in file.read_bytes()


TIMES = "when: [{days: mon-fri, from: 07:00, until: 19:00}]"


def test_a_time_of_day_stays_one_when_its_rule_is_changed(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, EDGE.replace("zone: door}", f"zone: door, {TIMES}}}"))
    (rule,) = draft.forms["rules"]
    assert "until: '19:00'" in rule["more"]
    draft.save({**draft.forms, "rules": [{**rule, "after": "9s"}]})
    text = (tmp_path / "edge.yaml").read_text(encoding="utf-8")
    assert "after: 9s" in text
    assert "until: '19:00'" in text


def test_a_time_of_day_that_is_typed_stays_one(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    checked = draft.check({**draft.forms, "rules": [{**draft.forms["rules"][0], "more": TIMES}]})
    assert checked.problems == ()
    assert "until: '19:00'" in checked.text


def test_the_lists_alone_are_whole_though_most_of_them_is_as_before(tmp_path: Path) -> None:
    draft = draft_of(tmp_path)
    checked = draft.check({**draft.forms, "zones": [*draft.forms["zones"], OTHER]})
    assert yaml.safe_load(checked.lists) == {
        key: yaml.safe_load(checked.text)["cameras"][0][key] for key in ("zones", "rules")
    }
    assert draft.check({"zones": [], "rules": []}).lists == "zones: []\nrules: []\n"


def test_a_link_opens_once_and_the_next_one_is_told() -> None:
    links: list[str] = []
    key = PassKey(1, links.append)
    token = links[0].partition("token=")[2]
    assert [key.take("x"), key.take(token), key.take(token)] == [False, True, False]
    assert len(links) == 2


def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(SourceError):
        run_zones(Wish(str(tmp_path / "no.mp4"), port=0))
    with pytest.raises(SourceError):
        run_zones(Wish(str(tmp_path / "gone.mp4"), port=0))


def test_the_page_has_words_for_every_use() -> None:
    words = Path("linewarden/zones/static/js/words.js")
    text = (Path(__file__).resolve().parents[2] / words).read_text(encoding="utf-8")
    assert {use for use in USES if not re.search(rf'"?use_{use}"?: \[', text)} == set()
