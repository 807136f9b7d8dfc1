"""A box that is enrolled again stays itself: same device, same chain, another token."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import select

from api.auth.devices import revoke_device, revoke_token
from api.db.tables import Audit
from tests.api.conftest import Scene
from tests.api.device import FakeDevice, enrolment_body, jpeg

LOST = [{"role": "snapshot", "reason": "disk_full"}]


def enrol_again(scene: Scene, box: FakeDevice, **changes: str) -> httpx.Response:
    body = enrolment_body(box.signer, scene.code(), "qixia-07") | changes
    return scene.http.post("/v1/devices/enrol", json=body)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def send(box: FakeDevice) -> httpx.Response:
    return box.post(box.sign(box.draft(media_lost=LOST))[1])


def device_row(scene: Scene, box: FakeDevice) -> dict[str, Any]:
    rows = scene.http.get("/v1/devices").json()["items"]
    [row] = [r for r in rows if r["device_id"] == box.device_id]
    return dict(row)


def test_a_new_code_gives_the_same_key_a_new_token_for_the_same_device_and_chain(
    scene: Scene,
) -> None:
    box = scene.box()
    first = box.head.digest
    assert send(box).status_code == 201
    old, again = box.token, enrol_again(scene, box)
    assert again.status_code == 200
    told = again.json()
    assert (told["device_id"], told["key_id"]) == (box.device_id, box.signer.public_key.key_id)
    assert told["enrolment_sha256"] == first
    _, parked = box.sign(box.draft(media_lost=LOST))
    assert code_of(box.post(parked)) == (401, "token_unknown")
    box.token = told["token"]
    assert old != box.token
    assert box.post(parked).status_code == 201
    assert send(box).status_code == 201
    scene.person()
    assert device_row(scene, box)["chain_gap"] == 0


def test_a_revoked_token_is_refused_until_the_box_is_enrolled_again(scene: Scene) -> None:
    box = scene.box()
    with scene.store.db.write() as session:
        revoke_token(session, box.device_id, "disk went to repair", scene.clock())
    assert code_of(box.put(jpeg())) == (403, "token_revoked")
    scene.person()
    assert device_row(scene, box)["token_revoked_at"] is not None
    box.token = enrol_again(scene, box).json()["token"]
    assert box.put(jpeg()).status_code == 201
    assert device_row(scene, box)["token_revoked_at"] is None
    with scene.store.db.read() as session:
        done = session.scalars(select(Audit.action).where(Audit.actor == box.device_id)).all()
    assert done == ["device_enrolled", "device_reenrolled"]


def test_a_revoked_key_never_comes_back_and_the_code_stays_good(scene: Scene) -> None:
    box = scene.box()
    with scene.store.db.write() as session:
        revoke_device(session, box.device_id, "stolen", scene.clock())
    code = scene.code()
    body = enrolment_body(box.signer, code, "qixia-07")
    answer = scene.http.post("/v1/devices/enrol", json=body)
    assert code_of(answer) == (403, "key_revoked")
    assert "stolen" in answer.json()["detail"]
    assert FakeDevice.enrol(scene.http, code).device_id != box.device_id


def test_a_request_signed_for_another_code_proves_nothing(scene: Scene) -> None:
    box = scene.box()
    assert code_of(enrol_again(scene, box, code=scene.code())) == (422, "proof_refused")
