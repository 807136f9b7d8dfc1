"""Who looked at which original, when and what for, is written down before the bytes go out."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import update

from api.db.tables import Account, Look
from tests.api.conftest import Scene
from tests.api.device import jpeg, mp4

SHOT = hashlib.sha256(jpeg(0)).hexdigest()
URL = f"/v1/media/sha256/{SHOT}"


def looks(scene: Scene, **query: Any) -> list[dict[str, Any]]:
    answer = scene.http.get("/v1/looks", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_a_look_tells_who_when_what_and_that_it_was_on_duty(scene: Scene) -> None:
    incident_id = scene.box().incident()
    http = scene.person()
    http.get(URL)
    [look] = looks(scene)
    assert look.pop("id")
    assert look == {
        "at": "2026-11-21T01:14:13.480Z",
        "who": "wang",
        "what": "original",
        "purpose": "duty",
        "purpose_zh": "值守确认",
        "sha256": SHOT,
        "incidents": [incident_id],
        "address": "127.0.0.1",
    }


def test_reading_a_medium_in_pieces_is_one_look_and_later_another(scene: Scene) -> None:
    scene.box().incident()
    http = scene.person()
    for start in (0, 10, 20):
        http.get(URL, headers={"Range": f"bytes={start}-{start + 9}"})
    assert len(looks(scene)) == 1
    scene.clock.pass_s(601)
    http.get(URL)
    assert len(looks(scene)) == 2


def test_another_purpose_is_another_look_and_free_text_is_none(scene: Scene) -> None:
    scene.box().incident()
    http = scene.person()
    http.get(URL)
    http.get(URL, params={"purpose": "review"})
    assert [look["purpose_zh"] for look in looks(scene)] == ["复核", "值守确认"]
    assert http.get(URL, params={"purpose": "just curious"}).status_code == 422


def test_a_copy_and_a_package_are_looks_at_what_is_in_them(scene: Scene) -> None:
    incident_id = scene.box().incident(clip=True, codec="libx265")
    http = scene.person()
    film = hashlib.sha256(mp4("libx265")).hexdigest()
    http.get(f"/v1/media/sha256/{film}/playable")
    assert [(look["what"], look["sha256"]) for look in looks(scene)] == [("copy", film)]
    http.get(f"/v1/incidents/{incident_id}/evidence.zip")
    taken = [look["sha256"] for look in looks(scene) if look["what"] == "package"]
    assert sorted(taken) == sorted([film, SHOT])


def test_nothing_that_is_not_handed_out_is_a_look(scene: Scene) -> None:
    box = scene.box()
    box.incident()
    assert scene.http.get(URL).status_code == 401
    scene.http.head(URL, headers=box.headers)
    scene.person().get(f"/v1/media/sha256/{'0' * 64}")
    assert looks(scene) == []


def test_a_look_that_cannot_be_written_down_is_not_given(scene: Scene) -> None:
    scene.box().incident()
    http = scene.person()
    with scene.store.db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look RENAME TO away")
    answer = http.get(URL)
    assert answer.status_code in (500, 503)
    assert jpeg(0)[:20] not in answer.content


def test_the_register_is_for_administrators(scene: Scene) -> None:
    assert scene.http.get("/v1/looks").status_code == 401
    http = scene.person()
    with scene.store.db.write() as session:
        session.execute(update(Account).values(is_admin=False))
    answer = http.get("/v1/looks")
    assert (answer.status_code, answer.json()["error"]) == (403, "admin_needed")


def test_the_register_is_read_page_by_page_by_person_and_by_medium(scene: Scene) -> None:
    scene.person()
    with scene.store.db.write() as session:
        session.add_all(
            Look(at=scene.clock(), actor=f"p{i % 2}", sha256=f"{i:064x}", what="original",
                 purpose="duty", address="::1")
            for i in range(5)
        )  # fmt: skip
    first = scene.http.get("/v1/looks", params={"limit": 3}).json()
    rest = scene.http.get("/v1/looks", params={"limit": 3, "before": first["next"]}).json()
    assert [look["sha256"][-1] for look in first["items"] + rest["items"]] == list("43210")
    assert rest["next"] is None
    assert len(looks(scene, who="p1")) == 2
    assert len(looks(scene, sha256=f"{4:064x}")) == 1
