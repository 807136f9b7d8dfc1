"""Checks everything that can be checked before an edge runs, and says what to do about each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from linewarden.doctor_box import (
    check_broker,
    check_clock,
    check_disk,
    check_key,
    check_packages,
    check_store,
)
from linewarden.doctor_floors import check_floors
from linewarden.doctor_outbox import check_outbox
from linewarden.doctor_video import check_calibration, check_camera, check_speed
from linewarden.findings import Finding
from linewarden.settings import ConfigError, EdgeSettings, load_edge
from models import Manifest, ManifestError, load_manifest

_COLOURS = {"ok": "green", "warn": "yellow", "wrong": "red"}


def examine(config: Path, *, cameras: bool = True) -> list[Finding]:
    """All findings about a settings file and the box that it lies on."""
    return list(_examine(config, cameras=cameras))


def show(findings: list[Finding], *, as_json: bool) -> None:
    """Print them for a person, or as one JSON object a line."""
    if as_json:
        for finding in findings:
            print(json.dumps(asdict(finding), ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        mark = f"[{_COLOURS[finding.state]}]{finding.state:5}[/]"
        console.print(f"{mark} {escape(finding.check)}: {escape(finding.found)}")
        if finding.remedy:
            console.print(f"      → {escape(finding.remedy)}")


def _examine(config: Path, *, cameras: bool) -> Iterator[Finding]:
    yield check_packages()
    try:
        settings = load_edge(config, secrets=True)
    except ConfigError as error:
        for problem in error.problems:
            found = f"{problem.file}:{problem.line}: {problem.field} {problem.found}"
            yield Finding("settings", "wrong", found, problem.remedy)
        return
    yield Finding("settings", "ok", f"{len(settings.cameras)} camera(s)")
    yield from _model(config, settings)
    yield check_disk(settings)
    yield check_key(settings.device)
    yield from check_outbox(settings)
    yield check_clock()
    yield check_store(settings.device)
    if settings.readings.mqtt is not None:
        yield check_broker(settings.readings.mqtt)
    for camera in settings.cameras:
        if not camera.rules:
            remedy = "give it a zone and a rule, or leave it out"
            yield Finding(f"camera {camera.id}", "warn", "no rule: it can raise nothing", remedy)
        yield from check_calibration(camera)
        yield from check_floors(config, settings, camera)
        if cameras:
            yield from check_camera(camera)


def _model(config: Path, settings: EdgeSettings) -> Iterator[Finding]:
    """The model file, its speed here, and whether every rule can fire with it."""
    try:
        manifest = load_manifest(settings.model)
    except ManifestError as error:
        yield Finding("model", "wrong", str(error), error.remedy)
        return
    files = [f"{w.file.name} sha256 {w.sha256[:12]}…" for w in manifest.weights.values()]
    yield Finding("model", "ok", "; ".join(files))
    yield from check_speed(manifest)
    yield from _rules(config, settings, manifest)


def _rules(config: Path, settings: EdgeSettings, manifest: Manifest) -> Iterator[Finding]:
    try:
        load_edge(config, classes_of=lambda _: manifest.classes)
    except ConfigError as error:
        for problem in error.problems:
            found = f"line {problem.line}: {problem.field} {problem.found}"
            yield Finding("rules", "wrong", found, problem.remedy)
        return
    for camera in settings.cameras:
        for rule in camera.rules:
            labels = rule.labels(manifest.classes)
            scores = ", ".join(f"{label} from {manifest.thresholds[label]:g}" for label in labels)
            yield Finding(f"rule {camera.id}/{rule.name}", "ok", f"can fire: {scores}")
