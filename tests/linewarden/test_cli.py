"""The command line as its users meet it: exit codes, one clear line, no secret, no traceback."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.db.tables import Audit, Look
from linewarden.cli import app
from linewarden.errors import exit_code, line_of
from linewarden.server import opened
from linewarden.settings import load_server
from linewarden.store_commands import look_lines
from models import ManifestError, load_manifest
from vision import ModelError

ROOT = Path(__file__).resolve().parents[2]
EDGE = """\
device: {{name: box, store: "http://127.0.0.1:9", key: {folder}/device.key}}
model: nano
cameras:
  - id: north
    analyse: {{url: rtsp://127.0.0.1:9/a}}
    zones: [{{id: z, polygon: [[0, 0], [99, 0], [99, 99]], frame: [100, 100]}}]
    rules: [{{use: person-in-zone, zone: z, after: 8s, clear: 20s, level: red}}]
"""


def run(
    *arguments: str, given: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linewarden.cli", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        timeout=110,
    )


def edge_file(folder: Path, old: str = "", new: str = "") -> Path:
    file = folder / "edge.yaml"
    file.write_text(EDGE.format(folder=folder).replace(old, new))
    return file


def server_file(folder: Path, listen: str = "127.0.0.1:0") -> Path:
    file = folder / "server.yaml"
    file.write_text(f"listen: {listen}\nfolder: {folder}/store\n")
    return file


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """What was said to stderr, which is one line, with the exit code that is expected."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_settings_that_cannot_be_used_are_wrong_use_with_file_line_and_field(
    tmp_path: Path,
) -> None:
    done = run("edge", "--config", str(edge_file(tmp_path, "after: 8s", "after: 8")))
    assert "edge.yaml:7: cameras[0].rules[0].after is 8; " in one_line(done, 2)


def test_an_unknown_class_names_those_that_the_model_knows(tmp_path: Path) -> None:
    file = edge_file(tmp_path, "use: person-in-zone", "use: class-in-zone, classes: [digger]")
    assert "the model knows person, car, truck" in one_line(run("edge", "-c", str(file)), 2)


def test_an_altered_model_file_is_refused(tmp_path: Path) -> None:
    for name in ("nano.json", "nano.onnx"):
        (tmp_path / name).write_bytes((ROOT / "models" / "shipped" / name).read_bytes())
    with (tmp_path / "nano.onnx").open("ab") as file:
        file.write(b"x")
    file = edge_file(tmp_path, "model: nano", f"model: {tmp_path}/nano.json")
    assert "the model file was altered" in one_line(run("edge", "-c", str(file)), 1)


def test_a_model_that_does_not_exist_is_named(tmp_path: Path) -> None:
    file = edge_file(tmp_path, "model: nano", "model: huge")
    assert "'huge'" in one_line(run("edge", "-c", str(file)), 1)


def test_a_box_that_is_not_enrolled_is_told_how(tmp_path: Path) -> None:
    done = run("edge", "-c", str(edge_file(tmp_path)))
    line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert "linewarden enrol" in line


def test_enrolling_at_a_store_that_does_not_answer_keeps_the_key_for_the_next_try(
    tmp_path: Path,
) -> None:
    file = str(edge_file(tmp_path))
    done = run("enrol", "-c", file, "--code-env", "CODE", env={"CODE": "ABCDE"})
    assert "does not answer" in one_line(done, 1)
    key = (tmp_path / "device.key").read_bytes()
    run("enrol", "-c", file, "--code-env", "CODE", env={"CODE": "ABCDE"})
    assert (tmp_path / "device.key").read_bytes() == key


def test_a_port_in_use_is_one_line_and_changes_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("server", "-c", str(server_file(tmp_path, listen)))
    assert "Address already in use" in one_line(done, 1)
    assert not (tmp_path / "store").exists()


def test_an_administrator_is_made_once_and_not_with_a_password_everybody_knows(
    tmp_path: Path,
) -> None:
    file = str(server_file(tmp_path))
    weak = run("admin", "create", "zhou", "-c", file, given="password1\n")
    assert weak.returncode == 1
    assert "password1" not in weak.stderr
    made = run("admin", "create", "zhou", "-c", file, given="correct horse battery\n")
    assert (made.returncode, made.stdout) == (0, "administrator zhou made\n")
    again = run("admin", "create", "zhou", "-c", file, given="correct horse battery\n")
    assert "zhou" in one_line(again, 1)


def test_a_password_is_never_an_argument() -> None:
    for command in (["admin", "create"], ["demo"], ["enrol"]):
        said = CliRunner().invoke(app, [*command, "--help"]).output
        assert "--password " not in said.replace("--password-env", "")
        assert "--code " not in said.replace("--code-env", "")


def test_a_device_code_is_printed_alone(tmp_path: Path) -> None:
    done = run("device", "code", "-c", str(server_file(tmp_path)))
    assert done.returncode == 0
    assert len(done.stdout.strip().split("-")) == 4


def test_a_box_that_does_not_exist_cannot_be_revoked_and_a_reason_is_asked_for(
    tmp_path: Path,
) -> None:
    file = str(server_file(tmp_path))
    done = run("device", "revoke", "nobody", "--why", "stolen", "-c", file)
    assert "no device 'nobody'" in one_line(done, 1)
    assert run("device", "revoke", "nobody", "-c", file).returncode == 2
    assert run("device", "list", "-c", file).stdout == ""


def test_the_stores_fingerprint_is_printed_alone_and_stays(tmp_path: Path) -> None:
    file = str(server_file(tmp_path))
    first, again = (run("store", "key", "-c", file).stdout for _ in range(2))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", first)
    assert again == first


def test_reading_the_register_of_looks_is_itself_written_down(tmp_path: Path) -> None:
    settings = load_server(server_file(tmp_path))
    with opened(settings) as store, store.db.write() as session:
        look = {"at": store.clock(), "actor": "zhou", "sha256": "ab" * 32, "what": "original"}
        session.add(Look(**look, purpose="duty", address="127.0.0.1"))
    [line] = look_lines(settings, who="zhou", sha256=None, limit=10, as_json=False)
    assert "zhou" in line
    assert "值守确认" in line
    with opened(settings) as store, store.db.read() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "looks_read")).all()
    assert (row.actor, row.object) == ("command line", "zhou")


def test_a_network_without_an_owner_is_refused_and_names_the_segment(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[118.9, 32.1], [118.91, 32.1]]}
    properties = {"segment_id": "A-1", "route_id": "A", "from_m": 0, "to_m": 900}
    feature = {"type": "Feature", "geometry": line, "properties": properties}
    file = tmp_path / "network.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = run("network", "import", str(file), "-c", str(server_file(tmp_path)))
    assert "owner" in one_line(done, 1)


def test_doctor_says_what_would_not_run_and_exits_with_1(tmp_path: Path) -> None:
    done = run("doctor", "-c", str(edge_file(tmp_path)), "--json", "--no-cameras")
    findings = {f["check"]: f for f in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert findings["key"]["state"] == "wrong"
    assert "linewarden enrol" in findings["key"]["remedy"]
    assert findings["store"]["state"] == "warn"
    for side in (416, 640):
        for precision in load_manifest("nano").weights:
            found = findings[f"model at {side} px, {precision}, onnx"]["found"]
            assert "ms per picture" in found
    assert findings["rule north/person-in-zone.z"]["state"] == "ok"


def test_doctor_names_a_camera_that_does_not_answer(tmp_path: Path) -> None:
    done = run("doctor", "-c", str(edge_file(tmp_path)), "--json")
    findings = {f["check"]: f for f in map(json.loads, done.stdout.splitlines())}
    assert findings["camera north analyse"]["state"] == "warn"
    assert findings["camera north analyse"]["remedy"]


def test_doctor_reports_every_fault_of_the_settings(tmp_path: Path) -> None:
    file = edge_file(tmp_path, "after: 8s, clear: 20s", "after: 8, clear: 20")
    done = run("doctor", "-c", str(file), "--json")
    wrong = [f for f in map(json.loads, done.stdout.splitlines()) if f["state"] == "wrong"]
    assert done.returncode == 1
    assert [f["check"] for f in wrong] == ["settings", "settings"]


def test_a_command_that_does_not_exist_is_wrong_use() -> None:
    assert run("watch").returncode == 2


def test_demo_refuses_a_recording_that_is_not_there() -> None:
    assert "there is no recording" in one_line(run("demo", "--source", "/nowhere.mp4"), 1)


def test_demo_says_what_is_wrong_with_a_recording_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(b"no video")
    done = run("demo", "--source", str(tmp_path / "noise.mp4"), "--once", "--port", "0")
    assert "noise.mp4" in one_line(done, 1)


def test_demo_needs_a_folder_that_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("demo", "--folder", str(tmp_path / "file" / "demo"), "--once")
    assert "--folder" in one_line(done, 1)


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ModelError("m.onnx is broken", remedy="restore it"), "m.onnx is broken; restore it", 1),
        (ManifestError(Path("a.json"), "sha256", "missing", "restore it"),
         "a.json: sha256 is missing; restore it", 1),
        (ValueError("a bug"), None, 1),
    ],
)  # fmt: skip
def test_the_errors_of_rooms_are_one_line_and_anything_else_is_a_bug(
    error: Exception, line: str | None, code: int
) -> None:
    assert (line_of(error), exit_code(error)) == (line, code)


def test_a_replay_that_begins_at_no_moment_is_told_how_to_write_one(tmp_path: Path) -> None:
    file = str(edge_file(tmp_path))
    done = run("replay", "x.mp4", "-c", file, "--start-at", "2026-03-29T23:50")
    assert done.returncode == 2
    assert "2026-03-29T23:50+08:00" in done.stderr
    assert "Traceback" not in done.stderr
