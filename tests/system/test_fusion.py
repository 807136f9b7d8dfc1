"""A camera that sees smoke and a sensor that smells gas: one red incident, whoever speaks first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.broker import HOST, Mosquitto
from tests.system.world import CAMERA_PASSWORD, World, camera

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

CLIP = "smoke_campfire_480p.mp4"
"""White smoke over a camp fire from the first frame to the last, 41.6 s (truth.csv)."""
TOPIC = "yard/gas"
SITE = {"lon": 118.9653, "lat": 32.1284}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        made.start_server()
        yield made


@pytest.fixture
def broker(world: World) -> Iterator[Mosquitto]:
    with Mosquitto(world.folder, "box", world.secret, None) as made:
        yield made


def start(world: World, broker: Mosquitto, cameras_port: int) -> None:
    """A box that hears the sensor and watches the fire over RTSP; both are of one place."""
    smoke = {"use": "smoke", "zone": "picture", "after": "10s", "clear": "20s", "level": "orange"}
    login = {"username": "box", "password_env": CAMERA_PASSWORD}
    world.start_edge(
        [camera("fire", f"rtsp://127.0.0.1:{cameras_port}/fire", rules=[smoke], site=SITE)],
        sensors=[{"id": "gas-1", "kind": "gas", "topic": TOPIC, "site": SITE}],
        readings={"mqtt": {"host": HOST, "port": broker.port, **login}},
        fusion=[{"id": "yard", "sources": ["gas-1", "fire"]}],
    )
    world.until(lambda: "broker connected" in world.text("box"), "the sensors are heard")


def levels(world: World) -> list[str]:
    return [incident["level"] for incident in world.incidents()]


def the_red_one(world: World) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The one incident once it is red, and the events that made it so."""
    world.until(lambda: levels(world) == ["red"], "one incident is red", 60)
    found = world.get(f"/v1/incidents/{world.incidents()[0]['incident_id']}").json()
    said = [(event["kind"], event["source_id"]) for event in found["events"]]
    return found, [one for one in said if one[0] != "clip"]


def test_smoke_that_a_camera_sees_is_red_as_soon_as_a_sensor_smells_gas(
    world: World, broker: Mosquitto, data: Path
) -> None:
    start(world, broker, world.start_cameras({"fire": data / "videos" / CLIP}))
    world.until(lambda: levels(world) == ["orange"], "the camera alone is orange")
    broker.send(TOPIC, "12")
    found, said = the_red_one(world)
    assert said == [("opened", "fire"), ("raised", "gas-1")]
    assert "2 independent sources" in found["explain"]["en"]
    assert (found["class"], found["snapshot"]["status"]) == ("smoke", "ready")
    assert found["proof"]["chain"] == "pass"


def test_gas_is_red_as_soon_as_a_camera_sees_smoke_and_the_incident_has_its_picture(
    world: World, broker: Mosquitto, data: Path
) -> None:
    start(world, broker, world.start_cameras({"fire": data / "videos" / CLIP}))
    broker.send(TOPIC, "12")
    world.until(lambda: levels(world) == ["yellow"], "the sensor alone is yellow")
    found, said = the_red_one(world)
    assert said == [("opened", "gas-1"), ("raised", "fire")]
    assert "2 independent sources" in found["explain"]["en"]
    assert found["snapshot"]["status"] == "ready"
    assert world.medium(found["snapshot"]["sha256"])[:2] == b"\xff\xd8"
