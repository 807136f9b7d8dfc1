"""What callers are refused, with which code, and what stays untouched."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.auth.devices import create_enrolment_code, revoke_device
from events.record import PAYLOAD_TYPE
from events.seal import Signer, seal
from tests.api.conftest import Scene
from tests.api.device import FakeDevice, enrolment_body, jpeg, mp4

LOST = [{"role": "snapshot", "reason": "disk_full"}]
SPKI = bytes.fromhex("302a300506032b6570032100")


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def enrol(scene: Scene, code: str, key: str | None = None) -> httpx.Response:
    body = enrolment_body(Signer.generate(), code, "box")
    body |= {"public_key": key} if key else {}
    return scene.http.post("/v1/devices/enrol", json=body)


def test_a_code_serves_once(scene: Scene) -> None:
    code = scene.code()
    assert enrol(scene, code).status_code == 201
    assert code_of(enrol(scene, code)) == (403, "code_refused")


def test_a_code_expires(scene: Scene) -> None:
    with scene.store.db.write() as session:
        code = create_enrolment_code(session, scene.clock(), valid=timedelta(minutes=5))
    scene.clock.pass_s(301)
    assert code_of(enrol(scene, code)) == (403, "code_refused")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20])
def test_a_key_of_small_order_is_refused_and_the_code_stays_good(scene: Scene, y: int) -> None:
    code = scene.code()
    weak = base64.b64encode(SPKI + y.to_bytes(32, "little")).decode()
    assert code_of(enrol(scene, code, weak)) == (422, "key_refused")
    assert enrol(scene, code).status_code == 201


def test_a_key_that_whoever_asks_does_not_hold_is_refused_and_the_code_stays_good(
    scene: Scene,
) -> None:
    box, code = scene.box(), scene.code()
    assert code_of(enrol(scene, code, box.signer.public_key.base64)) == (422, "proof_refused")
    assert box.put(jpeg()).status_code == 201, "its token is still the one in force"
    assert enrol(scene, code).status_code == 201


def test_a_device_without_its_token_is_nobody(scene: Scene) -> None:
    box = scene.box()
    box.token = "x" * 43
    assert code_of(box.put(jpeg())) == (401, "token_unknown")
    assert code_of(scene.http.post("/v1/events", content=b"{}")) == (401, "token_needed")


def test_a_revoked_device_is_refused_but_what_it_signed_stays(scene: Scene) -> None:
    box = scene.box()
    incident_id = box.incident()
    with scene.store.db.write() as session:
        revoke_device(session, box.device_id, "stolen", scene.clock())
    assert code_of(box.put(jpeg(5))) == (403, "device_revoked")
    _, envelope = box.sign(box.draft(media_lost=LOST))
    assert code_of(box.post(envelope)) == (403, "device_revoked")
    assert scene.person().get(f"/v1/incidents/{incident_id}").status_code == 200


def test_an_event_signed_by_another_key_is_refused(scene: Scene) -> None:
    box = scene.box()
    box.signer = Signer.generate()
    _, envelope = box.sign(box.draft(media_lost=LOST))
    assert code_of(box.post(envelope)) == (422, "key_mismatch")


def test_an_event_signed_in_another_devices_name_is_refused(scene: Scene) -> None:
    one, two = scene.box("one"), scene.box("two")
    _, envelope = one.sign(one.draft(media_lost=LOST), device_id=two.device_id)
    assert code_of(one.post(envelope)) == (422, "device_mismatch")


def test_one_devices_event_is_refused_from_another(scene: Scene) -> None:
    one, two = scene.box("one"), scene.box("two")
    _, envelope = one.sign(one.draft(media_lost=LOST))
    assert code_of(two.post(envelope)) == (422, "key_mismatch")


def sealed(box: FakeDevice, payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    return seal(payload, box.signer, kind).to_bytes()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: p.replace(b'{"', b'{ "', 1), "not_canonical"),
        (lambda p: p.replace(b'"seq":1', b'"seq":1,"seq":1'), "not_canonical"),
        (lambda p: p.replace(b'"seq":1', b'"seq":1.0'), "not_canonical"),
        (lambda p: p.replace(b'{"camera_id"', b'{"a_field":1,"camera_id"', 1), "bad_record"),
        (lambda p: p.replace(b"11-21T", b"02-31T"), "bad_record"),
        (lambda p: p.replace(b'"kind":"opened"', b'"kind":"exploded"'), "bad_record"),
    ],
)
def test_a_signed_payload_of_another_form_is_refused(scene: Scene, change: Any, code: str) -> None:
    box = scene.box()
    event, _ = box.sign(box.draft(media_lost=LOST))
    payload = event.encode()
    changed = change(payload)
    assert changed != payload
    assert code_of(box.post(sealed(box, changed))) == (422, code)


def test_a_signature_for_another_kind_of_record_does_not_serve(scene: Scene) -> None:
    box = scene.box()
    event, _ = box.sign(box.draft(media_lost=LOST))
    envelope = sealed(box, event.encode(), "application/vnd.linewarden.review.v1+json")
    assert code_of(box.post(envelope)) == (400, "bad_envelope")


def test_what_is_no_envelope_is_refused(scene: Scene) -> None:
    box = scene.box()
    for body in (b"", b"[]", b"{", b'{"payload":""}', b"\xff\xfe", b"[" * 5000):
        assert code_of(box.post(body)) == (400, "bad_envelope"), body[:20]


def test_an_event_before_its_media_is_told_which_are_missing(scene: Scene) -> None:
    box = scene.box()
    shot = jpeg()
    medium = box.medium("snapshot", shot)
    _, envelope = box.sign(box.draft(media=[medium]))
    answer = box.post(envelope)
    assert code_of(answer) == (409, "media_missing")
    assert answer.json()["missing"] == [medium["sha256"]]
    box.put(shot)
    assert box.post(envelope).status_code == 201


def test_media_of_another_size_or_type_than_the_event_says_are_refused(scene: Scene) -> None:
    box = scene.box()
    shot = jpeg()
    box.put(shot)
    start = box.head
    for change in ({"size": 5}, {"type": "video/mp4"}):
        box.head = start
        _, envelope = box.sign(box.draft(media=[box.medium("snapshot", shot) | change]))
        assert code_of(box.post(envelope)) == (422, "media_mismatch")


def test_an_idempotency_key_of_another_event_is_refused(scene: Scene) -> None:
    box = scene.box()
    _, envelope = box.sign(box.draft(media_lost=LOST))
    answer = box.post(envelope, **{"Idempotency-Key": "something-else"})
    assert code_of(answer) == (400, "idempotency_key")


def test_only_whole_jpegs_and_mp4s_are_kept(scene: Scene) -> None:
    box = scene.box()
    for data in (
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        jpeg()[:-40],
        jpeg() + b"<script>",
        mp4()[:-400],
    ):
        assert code_of(box.put(data)) == (415, "not_a_medium"), data[:20]
    for data in (jpeg(), mp4()):
        assert box.put(data).status_code == 201
    assert list(scene.store.blobs.uploads.iterdir()) == []


def test_bytes_that_do_not_fit_their_digest_are_refused(scene: Scene) -> None:
    box = scene.box()
    answer = scene.http.put(f"/v1/media/sha256/{'0' * 64}", content=jpeg(), headers=box.headers)
    assert code_of(answer) == (422, "digest_mismatch")


def test_a_medium_beyond_the_limit_is_refused_however_it_is_sent(make_scene: Any) -> None:
    scene = make_scene(max_media_bytes=8192)
    box = scene.box()
    url = f"/v1/media/sha256/{'0' * 64}"
    stated = scene.http.put(url, content=b"x" * 9000, headers=box.headers)
    streamed = scene.http.put(url, content=iter([b"x" * 3000] * 3), headers=box.headers)
    assert code_of(stated) == code_of(streamed) == (413, "too_large")
    assert list(scene.store.blobs.uploads.iterdir()) == []


def test_a_body_beyond_the_limit_is_refused(scene: Scene) -> None:
    box = scene.box()
    assert code_of(box.post(b"x" * (600 * 1024))) == (413, "too_large")
    big = {"name": "wang", "password": "x" * 100_000}
    assert code_of(scene.http.post("/v1/login", json=big)) == (413, "too_large")


def test_a_traversing_digest_reaches_no_file(scene: Scene) -> None:
    box = scene.box()
    for path in ("..%2f..%2fstore.db", "A" * 64, "0" * 63):
        answer = scene.http.put(f"/v1/media/sha256/{path}", content=b"x", headers=box.headers)
        assert answer.status_code in (404, 422)
        assert set(answer.json()) == {"error", "detail"}


def test_a_nonsense_status_is_refused(scene: Scene) -> None:
    box = scene.box()
    assert box.status(queued=-1).status_code == 422
    assert box.status(sent_at="yesterday").status_code == 422
    body = json.dumps({"sent_at": "2026-11-21T00:00:00Z"}).replace("}", ',"queued":NaN}')
    answer = scene.http.post("/v1/status", content=body, headers=box.headers)
    assert code_of(answer) == (422, "invalid")


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_time_that_no_database_holds_is_refused(scene: Scene, year: str) -> None:
    box = scene.box()
    fields = box.draft(media_lost=LOST)
    fields["time"] = fields["time"] | {"captured": f"{year}-01-01T00:00:00.000+08:00"}
    assert code_of(box.post(box.sign(fields)[1])) == (422, "bad_time")
