"""The two ways in: a broker that is subscribed to, and an HTTP door with a token."""

from __future__ import annotations

import hmac
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
import uvicorn
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from linewarden.readings import MOST_BYTES
from linewarden.settings_sensors import MqttPart, ReadingsHttpPart

SESSION_S = 600
"""How long the broker keeps readings for a box that is away; older ones say nothing about now."""
_log = structlog.get_logger()
Take = Callable[[str, bytes, bool], str | None]
"""Sensor id, payload, whether it is old; the reason where it was refused."""


class Broker:
    """A subscription that comes back by itself. `lost`: why nothing is heard, None while it is."""

    def __init__(self, part: MqttPart, name: str, topics: Mapping[str, str], take: Take) -> None:
        self._part, self._topics, self._take = part, topics, take
        self._where = f"the broker {part.host}:{part.port}"
        self._told: set[str] = set()
        self.lost: str | None = f"{self._where} has not answered yet"
        self._client = client_of(part, f"linewarden-{name}")
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._message

    def start(self) -> None:
        """Connect and go on connecting, in a thread of the library's."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # so it is there
        properties.SessionExpiryInterval = SESSION_S
        self._client.connect_async(
            self._part.host, self._part.port, 30, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the broker keeps what comes for `SESSION_S`."""
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call] # so it is there
        properties.SessionExpiryInterval = SESSION_S
        self._client.disconnect(properties=properties)
        self._client.loop_stop()

    def _connected(self, client: Client, _u: Any, _f: Any, code: Any, _p: Any) -> None:
        if code.is_failure:
            self._lose(f"{self._where} refuses this box: {code}; check its login")
            return
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        if self.lost is not None:
            _log.info("broker connected", host=self._part.host, port=self._part.port)
        self.lost = None
        self._told.clear()

    def _failed(self, _c: Client, _u: Any) -> None:
        """No connection; the library calls this where it caught the reason."""
        error = sys.exception()
        why = getattr(error, "verify_message", None) or error
        self._lose(f"{self._where} does not answer: {why}")

    def _disconnected(self, _c: Client, _u: Any, _f: Any, code: Any, _p: Any) -> None:
        if self.lost is None:  # else it is told better already
            self._lose(f"{self._where} is away: {code}")

    def _lose(self, why: str) -> None:
        """Each reason is logged once until the broker is back: it is tried again for ever."""
        if why not in self._told:
            _log.warning("broker lost", reason=why)
        self._told.add(why)
        self.lost = why

    def _message(self, client: Client, _u: Any, message: MQTTMessage) -> None:
        """Acknowledged once it is taken: what this process dies over comes again."""
        sensor_id = self._topics.get(message.topic)
        if sensor_id is not None:
            self._take(sensor_id, bytes(message.payload), message.retain)
        client.ack(message.mid, message.qos)


def client_of(part: MqttPart, name: str) -> Client:
    """A client with the part's login and TLS, not connected. ValueError without what it needs."""
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    client.reconnect_delay_set(1, 30)
    if part.username is not None:
        client.username_pw_set(part.username, part.password())
    trust = part.trust()
    if trust is not None:
        client.tls_set_context(trust)
    return client


class HttpDoor:
    """`POST /v1/readings/{sensor}` with `Authorization: Bearer TOKEN`."""

    def __init__(self, part: ReadingsHttpPart, sensors: frozenset[str], take: Take) -> None:
        self._token = f"Bearer {part.password()}".encode()
        self._sensors, self._take = sensors, take
        app = Starlette(routes=[Route("/v1/readings/{sensor}", self._post, methods=["POST"])])
        config = uvicorn.Config(
            app, host=part.host, port=part.port, log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> None:
        """Listen, in a thread."""
        self._thread.start()

    @property
    def lost(self) -> str | None:
        """Why nothing can be posted; None while it listens."""
        return None if self._thread.is_alive() else "its HTTP door is shut: see the log of the box"

    def stop(self) -> None:
        """Answer what is being asked, then leave."""
        self._server.should_exit = True
        self._thread.join(5.0)

    async def _post(self, request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._token):
            return _answer(401, "unauthorised", "the token is missing or wrong")
        sensor_id = request.path_params["sensor"]
        if sensor_id not in self._sensors:
            return _answer(404, "no_such_sensor", "the box's settings have no such sensor")
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > MOST_BYTES:
                break
        why = await run_in_threadpool(self._take, sensor_id, data, False)  # noqa: FBT003
        if why is None:
            return JSONResponse({"taken": True}, 200)
        status = {"no_room": 503, "too_long": 413}.get(why, 422)
        return _answer(status, why, "the reading was refused and counted")


def _answer(status: int, code: str, detail: str) -> JSONResponse:
    return JSONResponse({"error": code, "detail": detail}, status)
