"""An incident finds its pipeline, its owner and its locality, or says why not."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from api.db.tables import Link
from api.errors import Refusal
from api.linking import import_network
from events.place import PlaceError
from tests.api.conftest import Scene
from tests.api.device import FakeDevice, network

LOST = [{"role": "snapshot", "reason": "disk_full"}]


def lay(scene: Scene, data: bytes) -> str:
    with scene.store.db.write() as session:
        made = import_network(session, data, "net.geojson", where=scene.store, now=scene.clock())
        return made.version


def place_of(scene: Scene, box: FakeDevice) -> dict[str, object]:
    event = box.send(box.draft(media_lost=LOST))
    found = scene.http.get(f"/v1/incidents/{event.incident_id}").json()["place"]
    assert isinstance(found, dict)
    return found


def test_a_point_near_a_pipeline_gets_segment_owner_and_distance(scene: Scene) -> None:
    version = lay(scene, network())
    scene.person()
    place = place_of(scene, scene.box())
    assert place["status"] == "resolved"
    assert place["distance_m"] == pytest.approx(4.0, abs=0.1)
    assert place["sigma_m"] == pytest.approx(1.37, abs=0.05)
    assert place["network_version"] == version
    segment = place["segment"]
    assert isinstance(segment, dict)
    assert (segment["segment_id"], segment["owner"]) == ("HN-1-01", "江苏管网")
    assert segment["subdistrict"] == "栖霞街道"


def test_a_point_far_from_any_pipeline_says_so(scene: Scene) -> None:
    lay(scene, network())
    scene.person()
    box = scene.box()
    box.place = (118.9653, 32.2)
    place = place_of(scene, box)
    assert (place["status"], place["segment"]) == ("unresolved", None)
    assert "50 m" in str(place["reason"])


def test_without_network_or_position_the_reason_is_given(scene: Scene) -> None:
    scene.person()
    box = scene.box()
    assert "no network" in str(place_of(scene, box)["reason"])
    box.place = None
    place = place_of(scene, box)
    assert "no position" in str(place["reason"])
    assert place["lon"] is None


def test_a_new_network_resolves_again_what_awaits_a_verdict(scene: Scene) -> None:
    box = scene.box()
    scene.person()
    waiting = box.send(box.draft(media_lost=LOST)).incident_id
    decided = box.send(box.draft(media_lost=LOST)).incident_id
    body = {"verdict": "confirmed", "reason": "x"}
    scene.http.post(f"/v1/incidents/{decided}/verdict", json=body)
    lay(scene, network())
    listed = scene.http.get("/v1/incidents", params={"segment": "HN-1-01"}).json()["items"]
    assert [item["incident_id"] for item in listed] == [waiting]
    lay(scene, network("新业主"))
    found = scene.http.get(f"/v1/incidents/{waiting}").json()["place"]
    assert found["segment"]["owner"] == "新业主"
    with scene.store.db.read() as session:
        kept = select(func.count()).select_from(Link).where(Link.incident_id == waiting)
        assert session.scalar(kept) == 3


def test_the_current_network_is_shown_and_not_imported_twice(scene: Scene) -> None:
    version = lay(scene, network())
    found = scene.person().get("/v1/network").json()
    assert (found["version"], len(found["features"])) == (version, 2)
    with pytest.raises(Refusal):
        lay(scene, network())


def test_a_network_with_a_fault_changes_nothing(scene: Scene) -> None:
    with pytest.raises(PlaceError):
        lay(scene, network(owner=" "))
    assert scene.person().get("/v1/network").json()["features"] == []
