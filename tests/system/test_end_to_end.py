"""The main job on real video: what truth says happened is at the store, once each, in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from tests.system.stays import Score, score, truth
from tests.system.world import CLOCK, Reader, World, camera, p95, seconds

NIGHT = "night_ir_cctv_hvc1.mp4"
CARS = "vehicles_intel_car_432p.mp4"
PEOPLE = "people_onebyone_indoor_432p.mp4"
FRAME = [768, 432]
Cameras = Callable[[str], list[dict[str, Any]]]
"""From the server's URL to the settings of its cameras."""


def road(name: str, url: str, data: Path, **more: Any) -> dict[str, Any]:
    """Cars that cross a zone within a second: looked at as often as they come."""
    _, polygon = truth(data, CARS, "vehicle_in_zone")
    zone = {"id": "road", "polygon": polygon, "frame": FRAME}
    rule = {"use": "vehicle-in-zone", "zone": "road", "after": "200ms", "clear": "300ms"}
    rules = [{**rule, "level": "yellow"}]
    return camera(name, url, zones=[zone], rules=rules, frames_per_second=12.5, **more)


def desk(name: str, url: str, data: Path, **more: Any) -> dict[str, Any]:
    """Persons who stand at a table."""
    _, polygon = truth(data, PEOPLE, "person_in_zone")
    zone = {"id": "desk", "polygon": polygon, "frame": FRAME}
    rule = {"use": "person-in-zone", "zone": "desk", "after": "2s", "clear": "3s", "level": "blue"}
    return camera(name, url, zones=[zone], rules=[rule], **more)


def score_of(world: World, data: Path, name: str, clip: str, kind: str) -> Score:
    """How the incidents of a camera fit its clip's truth."""
    stays, _ = truth(data, clip, kind)
    begin_s = world.first_frame_s(name)
    over_s = begin_s + duration_s(data / "videos" / clip)
    incidents = [i for i in world.incidents() if i["camera_id"] == name]
    first_round = [i for i in incidents if seconds(i["opened_at"]) <= over_s]
    return score(first_round, stays, begin_s)


def duration_s(clip: Path) -> float:
    """How long a recording is."""
    with av.open(str(clip)) as container:
        return float((container.duration or 0) / 1e6)


def night(name: str, url: str, **more: Any) -> dict[str, Any]:
    """Insects in infrared light: any class anywhere counts, at once."""
    polygon = [[0, 0], [959, 0], [959, 1087], [0, 1087]]
    zone = {"id": "all", "polygon": polygon, "frame": [960, 1088]}
    classes = ["person", "car", "truck", "bus", "excavator", "machine", "forklift"]
    rule = {"use": "class-in-zone", "zone": "all", "classes": classes, "level": "red"}
    return camera(name, url, zones=[zone], rules=[{**rule, "after": "1s", "clear": "3s"}], **more)


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


def watch_gst(
    world: World, data: Path, mounts: dict[str, tuple[str, str]], cameras: Cameras, watched_s: float
) -> Reader:
    """Serve recordings by GStreamer, watch them for so long, and note when incidents showed."""
    world.start_server()
    port = world.start_gst({n: (c, data / "videos" / f) for n, (c, f) in mounts.items()})
    settings = cameras(f"rtsp://127.0.0.1:{port}")
    with Reader(world) as reader:
        world.start_edge(settings)
        every = len(settings)
        world.until(lambda: world.text("box").count("first frame") == every, "all are watched")
        begun_s = max(world.first_frame_s(c["id"]) for c in settings)
        world.until(lambda: CLOCK.utc() > begun_s + watched_s, "all are over", watched_s + 60)
    return reader


def assert_found(
    world: World, data: Path, reader: Reader, names: list[str], clip: str, kind: str, least: float
) -> None:
    """Recall and precision of each camera are at least `least`; printed before they are judged."""
    scores = {name: score_of(world, data, name, clip, kind) for name in names}
    for name, found in scores.items():
        of_camera = [i for i in world.incidents() if i["camera_id"] == name]
        tell(name, found, reader.delays_s(of_camera))
    for name, found in scores.items():
        assert (found.recall >= least, found.precision >= least) == (True, True), (name, found)


@pytest.mark.services
@pytest.mark.timeout(300)
def test_cars_from_another_server_over_tcp_and_udp_are_one_incident_each(
    data: Path, tmp_path: Path
) -> None:
    names = ["cars-tcp", "cars-udp"]
    with World(tmp_path) as world:
        reader = watch_gst(
            world,
            data,
            {"cars": ("h264", CARS)},
            lambda url: [road(n, f"{url}/cars", data, transport=n[-3:]) for n in names],
            duration_s(data / "videos" / CARS) + 2,
        )
        assert_found(world, data, reader, names, CARS, "vehicle_in_zone", 0.9)
        assert world.secret not in world.tails()


@pytest.mark.services
@pytest.mark.timeout(480)
def test_persons_over_tcp_and_udp_are_one_incident_each_and_insects_at_night_are_none(
    data: Path, tmp_path: Path
) -> None:
    names = ["people-tcp", "people-udp"]
    with World(tmp_path) as world:
        reader = watch_gst(
            world,
            data,
            {"people": ("h264", PEOPLE), "night": ("hevc", NIGHT)},
            lambda url: [
                night("night", f"{url}/night"),
                *(desk(n, f"{url}/people", data, transport=n[-3:]) for n in names),
            ],
            duration_s(data / "videos" / PEOPLE) + 2,
        )
        assert_found(world, data, reader, names, PEOPLE, "person_in_zone", 0.95)
        assert [i for i in world.incidents() if i["camera_id"] == "night"] == []
