"""The uplink's process: empties the outbox, and tells the store how box and cameras are."""

from __future__ import annotations

import structlog

from cameras.clock import SystemClock
from events.uplink import Uplink
from linewarden.box import Box
from linewarden.enrol import TokenFile
from linewarden.errors import line_of
from linewarden.log import configure_log
from linewarden.status import report
from linewarden.supervisor import Stop, leave

_log = structlog.get_logger()


def uplink_main(box: Box) -> None:
    """Run until told to stop; what the supervisor starts. Never returns."""
    configure_log()
    stop = Stop()
    try:
        deliver(box, stop)
    except Exception as error:
        line = line_of(error)
        if line is None:
            raise
        _log.error("uplink cannot go on", reason=line)
        leave(1)
    leave(0)


def deliver(box: Box, stop: Stop) -> None:
    """Deliver until stopped."""
    clock, device = SystemClock(), box.settings.device
    with box.open_outbox() as outbox:
        uplink = Uplink(
            outbox,
            device.store,
            TokenFile(device.key),
            clock=clock.utc,
            mono=clock.monotonic,
            camera_states=lambda: report(
                box.status_folder,
                box.settings.cameras,
                clock.monotonic(),
                box.settings.sensors,
            ),
            ca_file=device.ca_file,
        )
        uplink.run(stop.event)
