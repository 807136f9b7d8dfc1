"""What the store takes in, and what it refuses."""

from __future__ import annotations

from tests.api.conftest import Scene
from tests.api.device import jpeg


def test_an_incident_is_readable_as_soon_as_its_event_is_accepted(scene: Scene) -> None:
    box = scene.box()
    incident_id = box.incident(clip=True, ended=True)
    http = scene.person()
    found = http.get(f"/v1/incidents/{incident_id}").json()
    assert found["state"] == "ended"
    assert found["clip"]["status"] == "ready"
    assert found["clip"]["codec"] == "h264"
    assert [e["kind"] for e in found["events"]] == ["opened", "clip", "ended"]
    assert found["proof"] | {"clock": None} == {
        "signature": "pass",
        "chain": "pass",
        "seq": 1,
        "payload_sha256": found["proof"]["payload_sha256"],
        "clock": None,
    }
    assert http.get(found["snapshot"]["url"]).content == jpeg(0)
