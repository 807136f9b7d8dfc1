"""The main job on real video: what truth says happened is at the store, once each, in time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.system.stays import Score, score, truth
from tests.system.world import Reader, World, camera, p95

CARS = "vehicles_intel_car_432p.mp4"
PEOPLE = "people_onebyone_indoor_432p.mp4"
FRAME = [768, 432]


def road(name: str, url: str, data: Path, **more: Any) -> dict[str, Any]:
    """Cars that cross a zone within a second: looked at twice as often as usual."""
    _, polygon = truth(data, CARS, "vehicle_in_zone")
    zone = {"id": "road", "polygon": polygon, "frame": FRAME}
    rule = {"use": "vehicle-in-zone", "zone": "road", "after": "300ms", "clear": "300ms"}
    rules = [{**rule, "level": "yellow"}]
    return camera(name, url, zones=[zone], rules=rules, frames_per_second=8, **more)


def desk(name: str, url: str, data: Path, **more: Any) -> dict[str, Any]:
    """Persons who stand at a table."""
    _, polygon = truth(data, PEOPLE, "person_in_zone")
    zone = {"id": "desk", "polygon": polygon, "frame": FRAME}
    rule = {"use": "person-in-zone", "zone": "desk", "after": "2s", "clear": "3s", "level": "blue"}
    return camera(name, url, zones=[zone], rules=[rule], **more)


def score_of(world: World, data: Path, name: str, clip: str, kind: str) -> Score:
    """How the incidents of a camera fit its clip's truth."""
    stays, _ = truth(data, clip, kind)
    incidents = [i for i in world.incidents() if i["camera_id"] == name]
    return score(incidents, stays, world.first_frame_s(name))


def tell(what: str, found: Score, delays_s: list[float]) -> None:
    """Print what was measured (`pytest -s`)."""
    sys.stdout.write(f"\n{what}: {found}; readable p95 {p95(delays_s):.2f} s of {len(delays_s)}\n")


def test_each_car_of_a_recording_over_rtsp_is_one_incident_with_its_media(
    data: Path, tmp_path: Path
) -> None:
    with World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"cars": data / "videos" / CARS}, "--once")
        with Reader(world) as reader:
            world.start_edge([road("road", f"rtsp://127.0.0.1:{port}/cars", data)])
            world.until(lambda: "camera lost" in world.text("box"), "the recording is over", 90)
            world.until(
                lambda: all(i["clip"]["status"] == "ready" for i in world.incidents()),
                "every incident has its clip",
            )
        incidents = world.incidents()
        found = score_of(world, data, "road", CARS, "vehicle_in_zone")
        delays_s = reader.delays_s(incidents)
        tell("cars", found, delays_s)
        assert (found.recall, found.precision) == (1.0, 1.0)
        for incident in incidents:
            assert world.medium(incident["snapshot"]["sha256"])[:2] == b"\xff\xd8"
            assert world.medium(incident["clip"]["sha256"])[4:8] == b"ftyp"
            assert incident["proof"]["signature"] == "pass"
            assert incident["proof"]["chain"] == "pass"
        assert [e["seq"] for e in world.events()] == list(range(1, len(world.events()) + 1))
        assert world.stop("box") == 0
        assert world.stop("server") == 0
