"""The evidence package holds the bytes as they came and all that is needed to check them."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from api.db.tables import Audit
from api.identity import store_signer
from api.package import PAYLOAD_TYPE
from events.seal import Envelope, KeyFileError, PublicKey, enrolment_digest, open_envelope
from tests.api.conftest import Scene
from tests.api.device import jpeg, mp4

VERIFY = Path(__file__).resolve().parents[2] / "linewarden" / "verify.py"


def fetch(scene: Scene, incident_id: str) -> bytes:
    answer = scene.person().get(f"/v1/incidents/{incident_id}/evidence.zip")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    said = answer.headers["content-disposition"]
    assert said.startswith(f'attachment; filename="linewarden-{incident_id}.')
    return answer.content


def test_a_package_lists_every_file_with_its_digest(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(verifier=b"print('hello')\n")
    box = scene.box()
    incident_id = box.incident(clip=True, ended=True)
    with zipfile.ZipFile(io.BytesIO(fetch(scene, incident_id))) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    raw, envelope = found.pop("package.json"), Envelope.read(found.pop("package.dsse.json"))
    key = scene.store.signer.public_key
    assert open_envelope(envelope, key, PAYLOAD_TYPE) == raw
    assert json.loads(found["keys/store.json"])["key_id"] == key.key_id
    package = json.loads(raw)
    assert package["schema"] == "linewarden.package.v1"
    assert package["files"] == {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in found.items()
    }
    assert [e["seq"] for e in package["events"]] == [1, 2, 3]
    for (event, envelope), listed in zip(box.sent, package["events"], strict=True):
        assert found[listed["envelope"]] == envelope
        assert listed["event_id"] == event.event_id
    media = {data for name, data in found.items() if name.startswith("media/")}
    assert media == {jpeg(0), mp4()}
    assert found["verify.py"] == b"print('hello')\n"
    key = json.loads(found["keys/device.json"])
    assert PublicKey.read_base64(key["public_key"]).key_id == key["key_id"]
    assert "sha256:" + enrolment_digest(key["enrolment"]) == box.sent[0][0].prev


def test_a_download_is_in_the_audit_trail(scene: Scene) -> None:
    incident_id = scene.box().incident()
    fetch(scene, incident_id)
    with scene.store.db.read() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "evidence_exported")).all()
        assert (row.actor, row.object) == ("wang", incident_id)
        assert row.detail["package"]


def test_a_package_with_a_damaged_medium_is_not_made(scene: Scene) -> None:
    incident_id = scene.box().incident()
    digest = hashlib.sha256(jpeg(0)).hexdigest()
    (Path(scene.settings.blobs_url) / digest[:2] / digest).write_bytes(b"rotten")
    answer = scene.person().get(f"/v1/incidents/{incident_id}/evidence.zip")
    assert (answer.status_code, answer.json()["error"]) == (500, "media_damaged")


def test_the_stand_alone_checker_passes_a_package(scene: Scene, tmp_path: Path) -> None:
    box = scene.box()
    file = tmp_path / "package.zip"
    file.write_bytes(fetch(scene, box.incident(clip=True, ended=True)))
    done = subprocess.run(
        [sys.executable, VERIFY, file, "--trust", box.signer.public_key.key_id,
         "--trust-store", scene.http.get("/health").json()["key_id"]],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_store_makes_its_key_once_for_itself_alone(
    make_scene: Callable[..., Scene],
) -> None:
    scene = make_scene()
    file = scene.settings.key_file
    assert file.stat().st_mode & 0o777 == 0o600
    again = store_signer(file)
    assert again.public_key == scene.store.signer.public_key
    assert scene.http.get("/health").json()["key_id"] == again.public_key.key_id


def test_a_store_whose_key_others_can_read_does_not_start(make_scene: Callable[..., Scene]) -> None:
    file = make_scene().settings.key_file
    file.chmod(0o644)
    with pytest.raises(KeyFileError, match="0600"):
        make_scene()
