"""The sensors' process: hears readings, and records what their rules say of them."""

from __future__ import annotations

import structlog

from linewarden.box import Box, BoxClock, hold
from linewarden.errors import CommandError, line_of
from linewarden.log import configure_log
from linewarden.readings_in import Broker, HttpDoor
from linewarden.sensor_desk import SensorDesk
from linewarden.settings_sensors import SensorPart
from linewarden.status import write_status
from linewarden.supervisor import Stop, leave

TICK_S = 1.0
STATUS_TICKS = 2
_log = structlog.get_logger()


def sensors_main(box: Box) -> None:
    """Run until told to stop; what the supervisor starts. Never returns."""
    configure_log()
    stop = Stop()
    try:
        busy = CommandError("the sensors are heard by another process", "stop that one")
        hold(box.settings.spool_folder / "sensors.lock", 10.0, busy)
        listen(box, stop)
    except Exception as error:
        line = line_of(error)
        if line is None:
            raise
        _log.error("sensor process cannot go on", reason=line)
        leave(1)
    leave(0)


def listen(box: Box, stop: Stop) -> None:
    """Hear readings until stopped."""
    settings = box.settings
    with box.open_outbox() as outbox:
        desk = SensorDesk(settings, outbox, box.provenance(), BoxClock(settings))

        def take(sensor_id: str, data: bytes, is_old: bool) -> str | None:
            return desk.take(sensor_id, data, is_old=is_old)

        topics = {part.topic: part.id for part in settings.sensors if part.topic}
        ids = frozenset(part.id for part in settings.sensors)
        mqtt, http = settings.readings.mqtt, settings.readings.http
        broker = None if mqtt is None else Broker(mqtt, settings.device.name, topics, take)
        door = None if http is None else HttpDoor(http, ids, take)
        ways = [way for way in (broker, door) if way is not None]
        for way in ways:
            way.start()
        ticks = 0
        while not stop.event.wait(TICK_S):
            desk.tick()
            ticks += 1
            if ticks % STATUS_TICKS == 0:
                _report(box, desk, broker, door)
        for way in ways:
            way.stop()
        desk.close()


def _report(box: Box, desk: SensorDesk, broker: Broker | None, door: HttpDoor | None) -> None:
    def why_deaf(part: SensorPart) -> str | None:
        """Both ways must be shut where a sensor has two."""
        shut = [broker.lost] if broker is not None and part.topic else []
        shut += [door.lost] if door is not None else []
        return None if None in shut else shut[0] if shut else None

    for part in box.settings.sensors:
        status = desk.status(part.id, why_deaf(part))
        write_status(box.status_folder, part.id, status)
