"""Sustained ingest of signed events, each with a snapshot of 200 KB, over HTTP into a real server.

    python -m benchmarks.store [--events 200] [--devices 4] [--postgres URL]

Beside it, in the same run and on the same disk, the plain loop that a user would otherwise write:
write the picture, fsync, insert a row into SQLite. The peer checks nothing and serves nobody.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import cv2
import httpx
import numpy as np
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from api.auth.devices import create_enrolment_code
from api.clock import now, rfc3339
from api.db import Database
from api.settings import StoreSettings
from benchmarks.report import machine, show
from events.record import PAYLOAD_TYPE, Event
from events.seal import Head, Signer, payload_digest, prove_key, seal, uuid7

SNAPSHOT_BYTES = 200_000
STORE_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
START_S = 30.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event to send: its snapshot and its envelope."""

    event_id: str
    digest: str
    jpeg: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender did: seconds for each event, and for all of them."""

    name: str
    each_s: tuple[float, ...]
    total_s: float


def base_jpeg() -> bytes:
    """A noisy picture of a little less than 200 KB."""
    noise = np.random.default_rng(7).integers(0, 255, (360, 480, 3), np.uint8)
    for quality in range(95, 5, -3):
        _, data = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(data) < SNAPSHOT_BYTES - 100:
            return data.tobytes()
    raise RuntimeError("no quality gives a small enough picture")


def unique_jpeg(base: bytes) -> bytes:
    """The picture with comments that make it new and exactly 200 KB."""
    room = SNAPSHOT_BYTES - len(base)
    comments = b""
    while room - len(comments) > 0:
        body = min(room - len(comments) - 4, 65_000)
        filling = secrets.token_hex(16).encode() + b" " * max(0, body - 32)
        comments += b"\xff\xfe" + (body + 2).to_bytes(2, "big") + filling[:body]
        if room - len(comments) < 4:
            break
    return base[:2] + comments + base[2:]


def parcels(device_id: str, signer: Signer, first: str, count: int) -> list[Parcel]:
    """Signed events in chain order, made before the clock starts."""
    head, base, made = Head(0, first), base_jpeg(), []
    for _ in range(count):
        jpeg = unique_jpeg(base)
        event = _event(device_id, head, jpeg)
        payload = event.encode()
        head = Head(event.seq, payload_digest(payload))
        digest = hashlib.sha256(jpeg).hexdigest()
        envelope = seal(payload, signer, PAYLOAD_TYPE).to_bytes()
        made.append(Parcel(event.event_id, digest, jpeg, envelope))
    return made


def _event(device_id: str, head: Head, jpeg: bytes) -> Event:
    at, (seq, prev) = now(), head.next_link()
    digest = hashlib.sha256(jpeg).hexdigest()
    captured = rfc3339(at)
    return Event.model_validate(
        {
            "schema": "linewarden.event.v1",
            "event_id": uuid7(at.timestamp()),
            "device_id": device_id,
            "seq": seq,
            "prev": prev,
            "kind": "opened",
            "incident_id": uuid7(at.timestamp()),
            "camera_id": "k12-north",
            "rule": {"id": "machine-in-zone", "version": 1, "after_ms": 8000, "clear_ms": 20000},
            "zone": {
                "id": "band5",
                "polygon_px": [[80, 300], [620, 290], [639, 359], [0, 359]],
                "frame_px": [640, 360],
            },
            "class": "excavator",
            "level": "red",
            "frame_px": [1920, 1080],
            "seen": [
                {
                    "class": "excavator",
                    "score_permille": 910,
                    "box_px": [812, 402, 1104, 668],
                    "track_id": 88,
                }
            ],
            "time": {
                "captured": captured,
                "signed": captured,
                "boot_id": "bench",
                "monotonic_ms": 1,
                "clock": {"source": "ntp", "synced": True, "error_ms": 35},
            },
            "media": [
                {
                    "role": "snapshot",
                    "type": "image/jpeg",
                    "sha256": digest,
                    "size": len(jpeg),
                    "captured": captured,
                    "frame": 1,
                }
            ],
            "explain": [{"lang": "en", "text": "excavator in zone for 8.0 s (opens at 8 s)"}],
            "model": {"id": "nano", "sha256": digest},
            "config_sha256": digest,
            "software": {"name": "linewarden-edge", "version": "0.1.0", "build": "bench"},
            "simulated": True,
        }
    )


@contextmanager
def server(settings: StoreSettings) -> Iterator[str]:
    """A store in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.store", "--serve", str(port)]
    url = settings.database.render_as_string(hide_password=False)
    environment = os.environ | {"BENCH_DATABASE": url, "BENCH_FOLDER": str(settings.folder)}
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_until_well(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_well(url: str, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def enrol(settings: StoreSettings, url: str) -> tuple[str, str, Signer, str]:
    """A new device: id, token, signer, digest that its chain starts from."""
    db, signer = Database(settings.database), Signer.generate()
    with db.write() as session:
        code = create_enrolment_code(session, now())
    db.close()
    proof = prove_key(signer, code=code, name="bench")
    body = {"code": code, "name": "bench", "public_key": signer.public_key.base64, "proof": proof}
    made = httpx.post(f"{url}/v1/devices/enrol", json=body, trust_env=False).json()
    return made["device_id"], made["token"], signer, made["enrolment_sha256"]


def send_all(url: str, token: str, work: Sequence[Parcel]) -> list[float]:
    """Medium, then event, one after the other as an uplink does; seconds of each."""
    host = urlsplit(url)
    line = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}"}
    each_s = []
    for parcel in work:
        started_s = time.perf_counter()
        _call(line, "PUT", f"/v1/media/sha256/{parcel.digest}", parcel.jpeg, headers)
        key = headers | {"Idempotency-Key": parcel.event_id}
        _call(line, "POST", "/v1/events", parcel.envelope, key)
        each_s.append(time.perf_counter() - started_s)
    line.close()
    return each_s


def _call(
    line: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != http.client.CREATED:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:200]!r}")


def run_store(name: str, settings: StoreSettings, devices: int, events: int) -> Row:
    """Ingest by some devices at once."""
    with server(settings) as url:
        boxes = [enrol(settings, url) for _ in range(devices)]
        tokens = [token for _, token, _, _ in boxes]
        work = [
            parcels(device_id, signer, first, events // devices)
            for device_id, _, signer, first in boxes
        ]
        started_s = time.perf_counter()
        with ThreadPoolExecutor(devices) as pool:
            done = list(pool.map(lambda pair: send_all(url, *pair), zip(tokens, work, strict=True)))
        total_s = time.perf_counter() - started_s
    return Row(name, tuple(s for part in done for s in part), total_s)


def run_peer(folder: Path, events: int) -> Row:
    """The plain loop: write, fsync, insert at synchronous=FULL."""
    base, each_s = base_jpeg(), []
    pictures = [unique_jpeg(base) for _ in range(events)]
    db = sqlite3.connect(folder / "peer.db")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE event (id TEXT PRIMARY KEY, at REAL, file TEXT)")
    started_s = time.perf_counter()
    for number, picture in enumerate(pictures):
        one_s = time.perf_counter()
        with (folder / f"{number}.jpg").open("wb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        with db:
            db.execute("INSERT INTO event VALUES (?, ?, ?)", (str(number), one_s, file.name))
        each_s.append(time.perf_counter() - one_s)
    total_s = time.perf_counter() - started_s
    db.close()
    return Row("plain loop: write, fsync, SQLite insert", tuple(each_s), total_s)


@contextmanager
def postgres_schema(url: str) -> Iterator[str]:
    """A schema of our own, gone afterwards."""
    name = f"bench_{secrets.token_hex(6)}"
    engine = create_engine(make_url(url), connect_args={"connect_timeout": 3})
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        own = make_url(url).update_query_dict({"options": f"-csearch_path={name}"})
        yield own.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def table(rows: Sequence[Row]) -> list[list[str]]:
    """Figures as printed."""
    found = []
    for row in rows:
        p50, p99 = (float(np.percentile(row.each_s, q)) * 1000 for q in (50, 99))
        count = len(row.each_s)
        rate = f"{count / row.total_s:.1f}"
        found.append([row.name, str(count), rate, f"{p50:.1f}", f"{p99:.1f}"])
    return found


def main() -> None:
    """Run the contenders in turn on one disk."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=200)
    options.add_argument("--devices", type=int, default=4)
    options.add_argument("--postgres", default=os.environ.get("LINEWARDEN_TEST_POSTGRES"))
    options.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        _serve(given.serve)
        return
    runs: list[Callable[[Path], Row]] = [
        lambda folder: run_peer(folder, given.events),
        lambda folder: run_store(
            "Linewarden, SQLite",
            StoreSettings.check(folder=folder / "sqlite"),
            given.devices,
            given.events,
        ),
        lambda folder: _run_postgres(
            folder, given.postgres or STORE_POSTGRES, given.devices, given.events
        ),
    ]
    rows = []
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        for run in runs:
            try:
                rows.append(run(Path(folder)))
            except SQLAlchemyError as error:
                print(f"left out: no PostgreSQL ({type(error).__name__}); give --postgres URL")
    print(machine("sqlalchemy", "fastapi", "uvicorn"))
    title = f"Ingest of events with 200 KB snapshots, {given.devices} devices at once"
    show(title, ("", "events", "events/s", "p50 ms", "p99 ms"), table(rows))


def _run_postgres(folder: Path, url: str, devices: int, events: int) -> Row:
    with postgres_schema(url) as own:
        settings = StoreSettings.check(folder=folder / "postgres", database_url=own)
        return run_store("Linewarden, PostgreSQL", settings, devices, events)


def _serve(port: int) -> None:
    import uvicorn

    from api.app import create_app

    settings = StoreSettings.check(
        folder=Path(os.environ["BENCH_FOLDER"]), database_url=os.environ["BENCH_DATABASE"]
    )
    uvicorn.run(create_app(settings), port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
