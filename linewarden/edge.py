"""The edge role: checks everything once, then keeps one process a camera and one uplink running."""

from __future__ import annotations

from pathlib import Path

import structlog

from events.record import ModelRef
from linewarden.box import Box, BoxClock, hold
from linewarden.camera_process import camera_main
from linewarden.engine import fastest
from linewarden.enrol import load_device
from linewarden.errors import CommandError
from linewarden.folders import made
from linewarden.fusing import end_gone
from linewarden.log import configure_log
from linewarden.placing import Placer
from linewarden.provenance import config_digest, software
from linewarden.sensor_process import sensors_main
from linewarden.settings import load_edge
from linewarden.supervisor import Job, Supervisor
from linewarden.uplink_process import uplink_main
from models import load_manifest

_log = structlog.get_logger()


def prepare(config: Path) -> Box:
    """Everything that can be wrong before a process starts; raises the room's own error."""
    settings = load_edge(config, classes_of=lambda name: load_manifest(name).classes, secrets=True)
    manifest = load_manifest(settings.model)
    for camera in settings.cameras:
        Placer(camera, manifest.input_px)
    engine, took_ms = fastest(settings.model)
    manifest = engine.manifest(settings.model)
    _log.info(
        "model chosen",
        model=settings.model,
        precision=engine.precision,
        runtime=engine.backend,
        ms_per_picture=round(took_ms, 1),
    )
    model = ModelRef(id=manifest.name, sha256=manifest.sha256)
    return Box(settings, model, engine, config_digest(config), software())


def run_edge(config: Path) -> None:
    """Watch until SIGTERM or ctrl-C."""
    configure_log()
    box = prepare(config)
    spool = box.settings.spool_folder
    made(spool, "set `spool` to a folder that this account may write to", mode=0o700)
    busy = CommandError(
        f"another edge runs with {spool}", "stop it, or give this one its own spool"
    )
    hold(spool / "edge.lock", 0.0, busy)
    load_device(box.settings.device)
    with box.open_outbox() as outbox:
        end_gone(box.settings, outbox, BoxClock(box.settings)())
    jobs = [Job("uplink", uplink_main, (box,))]
    jobs += [Job(camera.id, camera_main, (box, camera.id)) for camera in box.settings.cameras]
    _log.info("edge starts", device=box.settings.device.name, cameras=len(jobs) - 1)
    if box.settings.sensors:
        jobs.append(Job("sensors", sensors_main, (box,)))
    Supervisor(jobs).run()
    _log.info("edge stopped")
