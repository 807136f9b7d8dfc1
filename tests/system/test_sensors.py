"""Readings over real HTTP and a real broker, at a real store as one incident."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.publish as mqtt
import pytest

from linewarden.demo import free_port
from linewarden.doctor_box import check_broker
from linewarden.settings_sensors import MqttPart
from tests.system.world import CAMERA_PASSWORD, World, camera

HOST, PORT = "127.0.0.1", 1883


@pytest.fixture
def broker() -> tuple[str, int]:
    """A broker that answers on its usual port."""
    try:
        socket.create_connection((HOST, PORT), 2).close()
    except OSError:
        pytest.skip(f"no MQTT broker on {HOST}:{PORT}: see tests/system/needs")
    return HOST, PORT


class Pipe:
    """A way to the broker that can be cut."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self.port = free_port()
        self._live: list[socket.socket] = []
        self._door: socket.socket | None = None
        self.open()

    def open(self) -> None:
        self._door = socket.create_server((HOST, self.port))
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        assert self._door is not None
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for end in self._live:
            end.close() if end.fileno() < 0 else end.shutdown(socket.SHUT_RDWR)
        self._live.clear()

    def _serve(self, door: socket.socket) -> None:
        while True:
            try:
                here, _ = door.accept()
            except OSError:
                return
            there = socket.create_connection(self._to)
            self._live += [here, there]
            for a, b in ((here, there), (there, here)):
                threading.Thread(target=_copy, args=(a, b), daemon=True).start()


def _copy(a: socket.socket, b: socket.socket) -> None:
    try:
        while data := a.recv(4096):
            b.sendall(data)
    except OSError:
        pass
    finally:
        a.close()
        b.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        made.start_server()
        yield made


def start(world: World, name: str, **readings: Any) -> str:
    """A gas sensor by MQTT where there is a broker, a smoke sensor by HTTP; the HTTP address."""
    port = free_port()
    site = {"lon": 118.9653, "lat": 32.1284}
    gas: dict[str, Any] = {"id": "gas-1", "kind": "gas", "site": site}
    if "mqtt" in readings:
        gas["topic"] = f"linewarden-test/{name}/gas"
    sensors = [gas, {"id": "smoke-2", "kind": "smoke", "site": site}]
    readings["http"] = {"port": port, "token_env": CAMERA_PASSWORD}
    world.start_edge(
        [camera("dark", f"rtsp://127.0.0.1:{free_port()}/none")],
        name=name,
        sensors=sensors,
        readings=readings,
        fusion=[{"id": "yard", "sources": ["gas-1", "smoke-2"]}],
    )
    return f"http://127.0.0.1:{port}/v1/readings"


def post(world: World, url: str, data: bytes) -> int:
    """The answer's status; 0 while nobody listens."""
    headers = {"Authorization": f"Bearer {world.secret}"}
    try:
        return httpx.post(url, content=data, headers=headers, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def levels(world: World) -> list[tuple[str, str | None]]:
    return [(i["level"], i["sensor"]["id"]) for i in world.incidents()]


def test_two_readings_over_http_are_one_red_incident_also_when_the_process_is_killed(
    world: World,
) -> None:
    url = start(world, "box")
    world.until(lambda: post(world, f"{url}/gas-1", b"1") == 200, "readings are taken")
    assert httpx.post(f"{url}/gas-1", content=b"60", trust_env=False).status_code == 401
    assert post(world, f"{url}/gas-9", b"60") == 404
    assert post(world, f"{url}/gas-1", b"nonsense") == 422
    assert post(world, f"{url}/gas-1", b"x" * 100_000) in (0, 413)
    assert post(world, f"{url}/gas-1", b"12") == 200
    assert world.kill_pid(sorted(world.children("box"))[-1])
    world.until(lambda: post(world, f"{url}/smoke-2", b"on") == 200, "it listens again")
    world.until(lambda: levels(world) == [("red", "gas-1")], "one red incident is at the store")
    (incident,) = world.incidents()
    found = world.get(f"/v1/incidents/{incident['incident_id']}").json()
    assert [(e["kind"], e["source_id"]) for e in found["events"]] == [
        ("opened", "gas-1"),
        ("raised", "smoke-2"),
    ]
    assert found["snapshot"]["status"] == "none"
    assert "2 independent sources" in found["explain"]["en"]
    assert found["proof"]["chain"] == "pass"


@pytest.mark.services
def test_a_lost_broker_shows_and_comes_back_and_what_was_sent_meanwhile_is_taken(
    world: World, broker: tuple[str, int]
) -> None:
    pipe = Pipe(broker)
    name = f"box-{os.getpid()}"
    url = start(world, name, mqtt={"host": HOST, "port": pipe.port})
    world.until(lambda: "broker connected" in world.text(name), "the broker is there")

    def send(data: str) -> None:
        topic = f"linewarden-test/{name}/gas"
        mqtt.single(topic, data, qos=1, hostname=broker[0], port=broker[1])

    def state() -> str:
        rows = world.get("/v1/cameras").json()["items"]
        return next((row["state"] for row in rows if row["camera_id"] == "smoke-2"), "none")

    world.until(lambda: post(world, f"{url}/smoke-2", b"on") == 200, "readings are taken")
    world.until(lambda: levels(world) == [("orange", "smoke-2")], "smoke alone is orange")
    pipe.cut()
    world.until(lambda: "broker lost" in world.text(name), "the box knows that the broker is away")
    for data in ("nan", "\x00\x01", "[" * 3000, '{"value": 12, "unit": "ppm"}', "101", "12"):
        send(data)
    pipe.open()
    world.until(lambda: levels(world) == [("red", "smoke-2")], "the reading that waited is taken")
    assert len(world.incidents()) == 1
    world.until(lambda: state() == "ok", "the sensor is heard of")


@pytest.mark.services
def test_the_doctor_knows_whether_a_broker_answers(broker: tuple[str, int]) -> None:
    assert check_broker(MqttPart(host=broker[0], port=broker[1])).state == "ok"
    assert check_broker(MqttPart(host=HOST, port=free_port())).state == "warn"
