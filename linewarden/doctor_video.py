"""The doctor's look at what sees: how fast the model runs here, and whether cameras answer."""

from __future__ import annotations

from collections.abc import Iterator

from cameras import SourceError, probe
from linewarden.engine import cpu_ms, engines
from linewarden.errors import CommandError
from linewarden.findings import Finding
from linewarden.placing import Placer
from linewarden.settings import CameraSettings
from linewarden.streams import stream_of
from models import Manifest
from vision import ModelError

SLOW_MS = 250.0


def check_speed(manifest: Manifest) -> Iterator[Finding]:
    """Milliseconds per picture of each shipped file and size on each runtime that is installed."""
    for side in manifest.sizes:
        for engine in engines(manifest):
            check = f"model at {side} px, {engine.precision}, {engine.backend}"
            try:
                took_ms = cpu_ms(engine, manifest.at(input_px=side))
            except ModelError as error:
                yield Finding(check, "wrong", str(error), error.remedy)
                continue
            found = f"{took_ms:.0f} ms per picture"
            if took_ms > SLOW_MS:
                yield Finding(check, "warn", found, "fewer cameras, or a faster box")
            else:
                yield Finding(check, "ok", found)


def check_calibration(camera: CameraSettings) -> Iterator[Finding]:
    """Whether the control points, if there are any, fix the ground."""
    check = f"calibration {camera.id}"
    if not camera.control_points:
        known = "none: places are the camera's own" if camera.site else "no place at all"
        yield Finding(check, "warn", known, "state site and at least 4 control_points")
        return
    try:
        Placer(camera, 416)
    except SourceError as error:
        yield Finding(check, "wrong", str(error), error.remedy)
        return
    yield Finding(check, "ok", f"{len(camera.control_points)} control points")


def check_camera(camera: CameraSettings) -> Iterator[Finding]:
    """Whether each stream opens within its time-outs, and what it is."""
    streams = [("analyse", camera.analyse)]
    if camera.record is not None:
        streams.append(("record", camera.record))
    for role, part in streams:
        check = f"camera {camera.id} {role}"
        try:
            info = probe(stream_of(part))
        except (SourceError, CommandError) as error:
            yield Finding(check, "warn", str(error), error.remedy)
            continue
        width, height = info.size_px
        yield Finding(check, "ok", f"{info.codec} {width}x{height}")
        if role == "analyse":
            yield from _check_zones(camera, width, height)


def _check_zones(camera: CameraSettings, width: int, height: int) -> Iterator[Finding]:
    for zone in camera.zones:
        own = zone.frame_px[0] / zone.frame_px[1]
        if zone.frame_px[0] != zone.frame_px[1] and abs(own / (width / height) - 1) > 0.02:
            found = (
                f"drawn on {zone.frame_px[0]}x{zone.frame_px[1]}, the stream is {width}x{height}"
            )
            remedy = "other proportions: draw the zone again on a picture of this stream"
            yield Finding(f"zone {camera.id}/{zone.id}", "warn", found, remedy)
