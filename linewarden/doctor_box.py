"""The doctor's look at the box: packages, disk, key, clock, and the way to the store."""

from __future__ import annotations

import secrets
import shutil
import threading
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx

from cameras.clock import clock_quality
from events.seal import SealError
from linewarden.enrol import load_device
from linewarden.errors import CommandError
from linewarden.findings import Finding
from linewarden.readings_in import client_of
from linewarden.settings import DevicePart, EdgeSettings
from linewarden.settings_sensors import MqttPart

LEAST_ROOM_BYTES = 300 * 10**6
STORE_S = 5.0
_OTHER_OPENCVS = ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless")


def check_packages() -> Finding:
    """Two OpenCVs in one environment overwrite each other's files."""
    there = [name for name in _OTHER_OPENCVS if _is_installed(name)]
    if there:
        remedy = f"pip uninstall {' '.join(there)}; pip install --force-reinstall {_headless()}"
        return Finding("packages", "wrong", f"{', '.join(there)} beside the headless one", remedy)
    return Finding("packages", "ok", "one OpenCV, headless")


def check_disk(settings: EdgeSettings) -> Finding:
    """Room for what waits for delivery."""
    folder = _existing(settings.spool_folder)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", "wrong", f"{folder}: {error.strerror}", "check the spool's path")
    found = f"{free / 1e9:.1f} GB free at {folder}, cap {settings.outbox_cap_bytes / 1e9:g} GB"
    if free < LEAST_ROOM_BYTES:
        return Finding("disk", "wrong", found, "make room, or put `spool` on another disk")
    if free < settings.outbox_cap_bytes:
        return Finding("disk", "warn", found, "make room, or lower `outbox_cap`")
    return Finding("disk", "ok", found)


def check_key(device: DevicePart) -> Finding:
    """The key and the enrolment, with their rights."""
    try:
        enrolment, _ = load_device(device)
    except (SealError, CommandError) as error:
        return Finding("key", "wrong", str(error), error.remedy)
    if enrolment.store != device.store:
        found = f"enrolled at {enrolment.store}, but the settings say {device.store}"
        return Finding("key", "warn", found, "correct `device.store`, or enrol there")
    return Finding("key", "ok", f"{enrolment.device_id}, {enrolment.key_id[:19]}…")


def check_clock() -> Finding:
    """Whether the kernel says that the clock is disciplined."""
    quality = clock_quality()
    if not quality.synced:
        remedy = "start a time service, such as systemd-timesyncd or chrony"
        return Finding("clock", "warn", "not synchronised", remedy)
    return Finding("clock", "ok", f"{quality.source}, within {quality.error_ms} ms")


def check_store(device: DevicePart) -> Finding:
    """Whether a store answers at the address."""
    verify: Any = str(device.ca_file) if device.ca_file else True
    url = f"{device.store}/health"
    try:
        answer = httpx.get(url, timeout=STORE_S, verify=verify, trust_env=False)
    except (httpx.HTTPError, OSError) as error:
        found = f"{device.store} does not answer: {type(error).__name__}"
        return Finding("store", "warn", found, "check network and server; events wait")
    version = answer.headers.get("Linewarden-Store")
    if version is None:
        found = f"{device.store} answers {answer.status_code}, but is no Linewarden store"
        return Finding("store", "wrong", found, "correct `device.store`, or the proxy before it")
    if answer.status_code != httpx.codes.OK:
        found = f"{device.store} answers {answer.status_code}"
        return Finding("store", "warn", found, "look at the server's log")
    return Finding("store", "ok", f"{device.store}, version {version}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _headless() -> str:
    return f"opencv-python-headless=={metadata.version('opencv-python-headless')}"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def check_broker(part: MqttPart) -> Finding:
    """Whether the broker of the sensors answers, and takes the box's login."""
    answered, said = threading.Event(), list[str]()

    def connected(_client: object, _user: object, _flags: object, code: Any, _p: object) -> None:
        said.append(str(code) if code.is_failure else "")
        answered.set()

    where = f"{part.host}:{part.port}"
    try:
        client = client_of(part, f"linewarden-doctor-{secrets.token_hex(4)}")
        client.on_connect = connected
        client.connect(part.host, part.port, 10)
        client.loop_start()
        answered.wait(STORE_S)
        client.disconnect()
        client.loop_stop()
    except (OSError, ValueError) as error:
        found = f"{where} does not answer: {error}"
        return Finding("broker", "warn", found, "check `readings.mqtt`; sensors are unknown")
    if not said or said[0]:
        found = f"{where}: {said[0] if said else 'no answer to the login'}"
        return Finding("broker", "wrong", found, "correct `readings.mqtt` or its secret")
    return Finding("broker", "ok", where)
