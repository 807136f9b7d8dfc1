"""Decisions of people at a real store become sets that the builder reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from datasets.labels import CLASSES
from datasets.sources import read_sets
from linewarden.errors import CommandError
from linewarden.export_feedback import export_feedback
from linewarden.feedback import LeftOutError, sample_of
from linewarden.store_reader import StoreReader
from tests.api.conftest import (  # noqa: F401 - fixtures, which pytest takes by name
    PASSWORD,
    Scene,
    _postgres,
    clock,
    make_scene,
    migrated,
    scene,
)
from tests.api.device import FakeDevice, jpeg

EXCAVATOR = CLASSES.index("excavator")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The export only uses the store's doors: one database will do."""
    return f"sqlite:///{tmp_path / 'store.db'}"


def judge(http: httpx.Client, incident_id: str, verdict: str, reason: str) -> None:
    body = {"verdict": verdict, "reason": reason}
    answer = http.post(f"/v1/incidents/{incident_id}/verdict", json=body)
    assert answer.status_code == 200, answer.text


def export(scene: Scene, out: Path) -> int:  # noqa: F811 - the fixture's value
    """As the command does it."""
    with StoreReader(str(scene.http.base_url)) as reader:
        reader.log_in("wang", PASSWORD)
        return export_feedback(reader, out)


def without_tables(data: bytes) -> bytes:
    """A JPEG that is whole by its segments, yet cannot be decoded: its tables are gone."""
    kept, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        kept += data[at:end] if data[at + 1] not in (0xDB, 0xC4) else b""
        at = end
    return kept + data[at:]


@pytest.fixture
def decided(scene: Scene) -> tuple[FakeDevice, dict[str, str]]:  # noqa: F811 - a fixture
    """One incident of each kind of decision, and one without."""
    box = scene.box()
    made = {name: box.incident() for name in ("confirmed", "false_alarm", "permitted", "open")}
    http = scene.person()
    judge(http, made["confirmed"], "confirmed", "violation")
    judge(http, made["false_alarm"], "dismissed", "false_alarm")
    judge(http, made["permitted"], "dismissed", "permitted")
    return box, made


def test_a_confirmed_incident_gives_its_boxes_and_a_false_alarm_a_negative(
    scene: Scene,  # noqa: F811 - a fixture
    decided: tuple[FakeDevice, dict[str, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "feedback"
    assert export(scene, out) == 0
    found = {p.set_name: p for p in read_sets(out)}
    assert set(found) == {
        "feedback_simulated_confirmed",
        "feedback_simulated_false_alarm_excavator",
    }
    confirmed = found["feedback_simulated_confirmed"]
    assert confirmed.exhaustive == frozenset()
    assert confirmed.labels.class_ids.tolist() == [EXCAVATOR]
    box_px = confirmed.labels.boxes[0] * np.array([640, 360, 640, 360])
    assert box_px == pytest.approx([40, 120, 150, 200], abs=0.01)
    negative = found["feedback_simulated_false_alarm_excavator"]
    assert (negative.exhaustive, len(negative.labels.boxes)) == (frozenset({EXCAVATOR}), 0)
    assert confirmed.group == negative.group
    assert "dismissed as 'permitted'" in capsys.readouterr().out


def test_the_set_says_who_decided_what_when_and_why_about_which_bytes(
    scene: Scene,  # noqa: F811 - a fixture
    decided: tuple[FakeDevice, dict[str, str]],
    tmp_path: Path,
) -> None:
    export(scene, tmp_path / "out")
    folder = tmp_path / "out" / "feedback_simulated_false_alarm_excavator"
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    stem = decided[1]["false_alarm"]
    told = meta["provenance"][stem]
    assert (told["verdict"], told["by"], told["reason"]) == ("dismissed", "wang", "false_alarm")
    assert told["at"].endswith("Z")
    assert told["model_sha256"] == "b9" * 32
    picture = (folder / "images" / f"{stem}.jpg").read_bytes()
    assert hashlib.sha256(picture).hexdigest() == told["sha256"]


def test_run_again_it_fetches_only_what_is_new(
    scene: Scene,  # noqa: F811 - a fixture
    decided: tuple[FakeDevice, dict[str, str]],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    export(scene, out)
    file = next((out / "feedback_simulated_confirmed" / "images").iterdir())
    before = file.stat().st_mtime_ns
    box, _ = decided
    judge(scene.http, box.incident(shot=jpeg(9)), "confirmed", "violation")
    export(scene, out)
    assert file.stat().st_mtime_ns == before
    assert len(list(file.parent.iterdir())) == 2
    file.write_bytes(b"altered")
    export(scene, out)
    assert file.stat().st_size > 100


def test_a_snapshot_that_no_longer_fits_its_digest_is_not_learned_from(
    scene: Scene,  # noqa: F811 - a fixture
    decided: tuple[FakeDevice, dict[str, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = scene.http.get(f"/v1/incidents/{decided[1]['confirmed']}").json()
    digest = told["snapshot"]["sha256"]
    kept = next(p for p in (tmp_path / "store").rglob("*") if p.name.startswith(digest))
    kept.chmod(0o600)
    kept.write_bytes(b"x" * kept.stat().st_size)
    assert export(scene, tmp_path / "out") == 1
    assert "1 not usable" in capsys.readouterr().out
    assert [p.set_name for p in read_sets(tmp_path / "out")] == [
        "feedback_simulated_false_alarm_excavator"
    ]


def test_a_snapshot_that_is_no_picture_is_counted(
    scene: Scene,  # noqa: F811 - a fixture
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut = without_tables(jpeg())
    assert cv2.imdecode(np.frombuffer(cut, np.uint8), cv2.IMREAD_COLOR) is None
    incident = scene.box().incident(shot=cut)
    judge(scene.person(), incident, "confirmed", "violation")
    assert export(scene, tmp_path / "out") == 1
    assert "no picture that can be decoded" in capsys.readouterr().out


def test_a_folder_with_other_content_is_refused_and_named(
    scene: Scene,  # noqa: F811 - a fixture
    decided: tuple[FakeDevice, dict[str, str]],
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "holiday.jpg").write_bytes(jpeg())
    with pytest.raises(CommandError, match=r"holds other content \(holiday\.jpg\)"):
        export(scene, tmp_path / "out")


def test_a_wrong_password_is_one_line(scene: Scene) -> None:  # noqa: F811 - a fixture
    scene.account()
    with (
        StoreReader(str(scene.http.base_url)) as reader,
        pytest.raises(CommandError, match=r"/v1/login answered 401"),
    ):
        reader.log_in("wang", "not the password")


def test_a_store_that_does_not_answer_is_one_line() -> None:
    with (
        StoreReader("http://127.0.0.1:9") as reader,
        pytest.raises(CommandError, match="does not answer"),
    ):
        reader.log_in("wang", PASSWORD)


def incident(**changes: Any) -> dict[str, Any]:
    made = {
        "incident_id": "i",
        "class": "excavator",
        "simulated": False,
        "device_id": "d",
        "camera_id": "c",
        "frame_px": [200, 100],
        "seen": [{"class": "excavator", "box_px": [-10, 20, 50, 120]}],
        "snapshot": {"status": "ready", "sha256": "ab", "captured": "2026-11-21T00:00:00.000Z"},
        "verdict": {"verdict": "confirmed", "reason": "r", "note": None, "by": "b", "at": "t"},
        "proof": {"payload_sha256": "cd"},
    }
    return made | changes


def test_a_box_that_leaves_the_picture_is_cut_to_it() -> None:
    assert sample_of(incident(), None).lines == ("4 0.125000 0.600000 0.250000 0.800000",)


def test_boxes_of_other_classes_are_no_labels() -> None:
    both = [*incident()["seen"], {"class": "person", "box_px": [1, 1, 9, 9]}]
    assert len(sample_of(incident(seen=both), None).lines) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"class": "obstruction"}, "not one that the detector learns"),
        ({"seen": []}, "no box of its class"),
        ({"seen": [{"class": "excavator", "box_px": [300, 1, 400, 9]}]}, "no box of its class"),
        ({"snapshot": {"status": "missing"}}, "snapshot is missing"),
    ],
)
def test_what_teaches_nothing_is_left_out_with_its_reason(
    changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(LeftOutError, match=why):
        sample_of(incident(**changes), None)
