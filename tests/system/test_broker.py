"""A broker with logins and TLS: what the box hears, what it says where it may not, and to whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linewarden.demo import free_port
from linewarden.doctor_box import check_broker
from linewarden.settings_sensors import MqttPart
from tests.cameras.serving import make_ca
from tests.system.broker import HOST, Mosquitto
from tests.system.world import CAMERA_PASSWORD, World, camera

pytestmark = pytest.mark.services

TOPIC = "yard/gas"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        made.start_server()
        yield made


def start(world: World, port: int, **mqtt: Any) -> None:
    """A box with one gas sensor, heard by MQTT alone."""
    login = {"username": "box", "password_env": CAMERA_PASSWORD}
    site = {"lon": 118.9653, "lat": 32.1284}
    world.start_edge(
        [camera("dark", f"rtsp://127.0.0.1:{free_port()}/none")],
        sensors=[{"id": "gas-1", "kind": "gas", "topic": TOPIC, "site": site}],
        readings={"mqtt": {"host": HOST, "port": port, **login, **mqtt}},
    )


def sensor(world: World) -> dict[str, Any]:
    """How the desk shows the sensor; empty before it does."""
    rows = world.get("/v1/cameras").json()["items"]
    return next((row for row in rows if row["camera_id"] == "gas-1"), {})


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """An authority, and a certificate with its key that it vouches for."""
    ca_file, _ = make_ca(folder, name)
    return ca_file, folder / f"{name}-camera.pem"


def test_a_reading_comes_over_tls_with_a_login(world: World, tmp_path: Path) -> None:
    ca_file, certificate = certified(tmp_path, "plant")
    with Mosquitto(tmp_path, "box", world.secret, certificate) as broker:
        start(world, broker.port, tls=True, ca_file=str(ca_file))
        world.until(lambda: "broker connected" in world.text("box"), "the box is let in")
        broker.send(TOPIC, "60", ca_file)
        world.until(lambda: [i["level"] for i in world.incidents()] == ["red"], "red at the store")
        world.until(lambda: sensor(world).get("state") == "ok", "the sensor is heard of")
    assert world.secret not in world.text("box")


def test_a_wrong_password_is_one_line_and_the_sensor_is_unknown_for_that_reason(
    world: World, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path, "box", secrets.token_urlsafe(12), None) as broker:
        start(world, broker.port)
        world.until(lambda: broker.text().count("not authorised") >= 2, "it tried twice")
        world.until(lambda: "refuses this box" in str(sensor(world).get("reason")), "it shows")
        assert sensor(world)["state"] == "unknown"
        lines = [line for line in world.text("box").splitlines() if "broker" in line]
    assert len(lines) == 1, lines
    assert "level='warning' event='broker lost'" in lines[0]
    assert f"127.0.0.1:{broker.port} refuses this box: Not authorized; check its login" in lines[0]
    assert world.secret not in world.text("box")


def test_a_broker_of_another_authority_is_not_told_the_password(
    world: World, tmp_path: Path
) -> None:
    ours, _ = certified(tmp_path, "plant")
    _, theirs = certified(tmp_path, "stranger")
    with Mosquitto(tmp_path, "box", world.secret, theirs) as broker:
        start(world, broker.port, tls=True, ca_file=str(ours))
        world.until(lambda: "does not answer" in str(sensor(world).get("reason")), "it shows")
        assert "certificate" in sensor(world)["reason"]
        assert "New client connected" not in broker.text()
    assert world.text("box").count("broker lost") == 1


# The library leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("password", "authority", "state", "says"),
    [
        ("right", "plant", "ok", ""),
        ("wrong", "plant", "wrong", "Not authorized"),
        ("right", "stranger", "warn", "certificate verify failed"),
    ],
)
def test_the_doctor_tries_login_and_certificate(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    authority: str,
    state: str,
    says: str,
) -> None:
    monkeypatch.setenv("LINEWARDEN_TEST_BROKER", password)
    authorities = {name: certified(tmp_path, name) for name in ("plant", "stranger")}
    with Mosquitto(tmp_path, "box", "right", authorities["plant"][1]) as broker:
        login = {"username": "box", "password_env": "LINEWARDEN_TEST_BROKER"}
        ca_file = authorities[authority][0]
        part = MqttPart(host=HOST, port=broker.port, tls=True, ca_file=ca_file, **login)
        found = check_broker(part)
    assert found.state == state
    assert says in found.found
