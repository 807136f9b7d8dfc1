"""Health, metrics, states of boxes and cameras; headers and errors on every answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.api.conftest import Scene

LOST = [{"role": "snapshot", "reason": "disk_full"}]
TOKEN = "Zk3-9fQw81_vLrTn42"


def test_a_store_that_can_work_is_well(scene: Scene) -> None:
    answer = scene.http.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "schema": "ok", "media": "ok"},
        "key_id": scene.store.signer.public_key.key_id,
    }


def test_a_store_without_its_media_folder_is_not_well(scene: Scene) -> None:
    shutil.rmtree(Path(scene.settings.blobs_url))
    answer = scene.http.get("/health")
    assert (answer.status_code, answer.json()["checks"]["media"]) == (503, "not writable")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_under_the_database_is_an_answer_that_the_box_tries_again(
    scene: Scene,
) -> None:
    box = scene.box()
    http = scene.person()
    engine = scene.store.db.engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.rollback()

    def fill(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "connect", fill)
    engine.dispose()
    answers = [box.post(box.sign(box.draft(media_lost=LOST))[1]) for _ in range(12)]
    kept = [a.status_code for a in answers].count(201)
    assert answers[-1].status_code == 503
    assert answers[-1].json()["error"] == "database_unavailable"
    assert len(http.get("/v1/incidents").json()["items"]) == kept
    event.remove(engine, "connect", fill)
    engine.dispose()
    assert box.post(box.sign(box.draft(media_lost=LOST))[1]).status_code == 201


@pytest.mark.parametrize(
    "path", ["/v1/incidents?camera=%00", "/v1/incidents/%00", "/v1/events/%00?x=%00"]
)
def test_a_zero_byte_is_refused_or_finds_nothing(scene: Scene, path: str) -> None:
    answer = scene.person().get(path)
    assert answer.status_code in (200, 404, 422)
    if answer.status_code == 200:
        assert answer.json()["items"] == []


def test_a_store_whose_schema_another_version_changed_is_not_well(scene: Scene) -> None:
    with scene.store.db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = scene.http.get("/health")
    assert (answer.status_code, answer.json()["checks"]["schema"]) == (503, "other")


def test_metrics_tell_queue_frames_clock_and_gaps(scene: Scene) -> None:
    box = scene.box()
    box.send(box.draft(media_lost=LOST))
    box.sign(box.draft(media_lost=LOST))
    box.send(box.draft(media_lost=LOST))
    scene.clock.pass_s(2)
    box.status(queued=7, parked=1, refused_total=3, tampered=True)
    scene.clock.pass_s(10)
    told = scene.http.get("/metrics").text.splitlines()
    device = f'device="{box.device_id}"'
    for line in (
        "linewarden_events_total 2.0",
        f"linewarden_outbox_queued_events{{{device}}} 7.0",
        f"linewarden_outbox_parked_events{{{device}}} 1.0",
        f"linewarden_outbox_refused_events{{{device}}} 3.0",
        f"linewarden_outbox_tampered{{{device}}} 1.0",
        f"linewarden_device_conflicts{{{device}}} 0.0",
        f"linewarden_chain_gap_events{{{device}}} 2.0",
        f"linewarden_clock_offset_seconds{{{device}}} 2.0",
        f'linewarden_camera_last_frame_age_seconds{{camera="k12-north",{device}}} 10.4',
        f'linewarden_camera_up{{camera="k12-north",{device}}} 1.0',
    ):
        assert line in told


def test_metrics_tell_sensors_apart_from_cameras(scene: Scene) -> None:
    box = scene.box()
    sensor = {"id": "gas-1", "kind": "sensor", "state": "unknown", "last_frame_age_s": 3}
    box.status(cameras=[{"id": "k12-north", "state": "ok"}, sensor])
    told = scene.http.get("/metrics").text.splitlines()
    device = f'device="{box.device_id}"'
    up = [line for line in told if "_up{" in line]
    assert up == [
        f'linewarden_camera_up{{camera="k12-north",{device}}} 1.0',
        f'linewarden_sensor_up{{{device},sensor="gas-1"}} 0.0',
    ]
    age = f'linewarden_sensor_last_reading_age_seconds{{{device},sensor="gas-1"}} 3.0'
    assert [line for line in told if "age_seconds{" in line] == [age]


def test_metrics_ask_for_their_token(make_scene: Callable[..., Scene]) -> None:
    http = make_scene(metrics_token=TOKEN).http
    assert http.get("/metrics").status_code == 401
    assert http.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 401
    assert http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_silent_box_makes_its_cameras_unknown(scene: Scene) -> None:
    box = scene.box()
    http = scene.person()
    assert http.get("/v1/cameras").json() == {"items": []}
    box.status()
    [camera] = http.get("/v1/cameras").json()["items"]
    assert (camera["state"], camera["site"]["facing_deg"]) == ("ok", 140.0)
    scene.clock.pass_s(91)
    [camera] = http.get("/v1/cameras").json()["items"]
    assert (camera["state"], camera["last_frame_age_s"]) == ("unknown", 91.4)
    assert "not reported" in camera["reason"]


def test_a_box_that_told_nothing_has_unknown_figures(scene: Scene) -> None:
    box = scene.box()
    [row] = scene.person().get("/v1/devices").json()["items"]
    assert row["device_id"] == box.device_id
    assert (row["queued"], row["clock_offset_ms"], row["reported_at"]) == (None, None, None)


def test_what_found_no_room_and_what_was_tampered_with_is_shown_and_unknown_where_not_told(
    scene: Scene,
) -> None:
    box = scene.box()
    http = scene.person()
    box.status()
    [row] = http.get("/v1/devices").json()["items"]
    assert (row["refused_total"], row["tampered"], row["conflicts"]) == (None, None, 0)
    box.status(refused_total=12, tampered=True)
    [row] = http.get("/v1/devices").json()["items"]
    assert (row["refused_total"], row["tampered"]) == (12, True)


def test_contradicting_events_are_counted_by_box(scene: Scene) -> None:
    box = scene.box()
    head = box.head
    assert box.post(box.sign(box.draft(media_lost=LOST))[1]).status_code == 201
    box.head = head
    assert box.post(box.sign(box.draft(media_lost=LOST))[1]).status_code == 409
    [row] = scene.person().get("/v1/devices").json()["items"]
    assert row["conflicts"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health"), ("GET", "/nowhere"), ("POST", "/v1/me"), ("GET", "/"), ("GET", "/login")],
)
def test_every_answer_names_the_store_and_closes_the_browser(
    scene: Scene, method: str, path: str
) -> None:
    headers = scene.http.request(method, path).headers
    assert headers["linewarden-store"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_documentation_and_debug_doors_are_closed(scene: Scene) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/.git/config"):
        assert scene.http.get(path).status_code == 404


def test_a_fault_inside_shows_nothing_of_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret in /etc/passwd")

    http = scene.person()
    monkeypatch.setattr("api.routes.people.list_incidents", fail)
    answer = http.get("/v1/incidents")
    assert answer.status_code == 500
    assert set(answer.json()) == {"error", "detail"}
    assert "passwd" not in answer.text
    assert answer.headers["linewarden-store"]


def test_a_database_that_is_gone_is_an_answer_to_try_again(scene: Scene) -> None:
    http = scene.person()
    with scene.store.db.engine.begin() as connection:
        connection.execute(text("DROP TABLE audit"))
        connection.execute(text("ALTER TABLE incident RENAME TO incident_away"))
    answer = http.get("/v1/incidents")
    assert answer.status_code in (500, 503)
    assert "incident_away" not in answer.text
    assert "SELECT" not in answer.text
