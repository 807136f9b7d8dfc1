"""A box that is none: it enrols, signs and posts, so that a store has something to show.

with serve(tmp_path) as store:
    box = FakeDevice.enrol(store.http, store.code())
    box.incident(clip=True, ended=True)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import httpx
import numpy as np

from events.record import PAYLOAD_TYPE, Event
from events.seal import Head, Signer, payload_digest, prove_key, seal, uuid7

SIZE_PX = (640, 360)
START = datetime(2026, 11, 21, 1, 14, 13, 480_000, tzinfo=UTC)


def instant(at: datetime) -> str:
    """As the record writes it: milliseconds and the box's own zone."""
    local = at + timedelta(hours=8)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}+08:00"


def picture(i: int = 0, size_px: tuple[int, int] = SIZE_PX) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A BGR picture with something that moves with `i`."""
    width, height = size_px
    canvas = np.full((height, width, 3), (60, 80, 70), np.uint8)
    canvas[height // 2 :] = (70, 100, 120)
    x = (40 + 12 * i) % (width - 120)
    canvas[height // 2 - 60 : height // 2 + 20, x : x + 110] = (20, 190, 240)
    return canvas


def jpeg(i: int = 0, size_px: tuple[int, int] = SIZE_PX, quality: int = 90) -> bytes:
    """A picture as JPEG."""
    import cv2

    done, data = cv2.imencode(".jpg", picture(i, size_px), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


@lru_cache
def mp4(codec: str = "libx264", seconds: int = 2, seed: int = 0) -> bytes:
    """A short clip; `libx264` or `libx265`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
            options = {"preset": "ultrafast", "x265-params": "log-level=none"}
            stream = out.add_stream(codec, rate=10, options=options)
            stream.width, stream.height = SIZE_PX
            stream.pix_fmt = "yuv420p"
            if codec == "libx265":
                stream.codec_context.codec_tag = "hvc1"
            for i in range(10 * seconds):
                frame = av.VideoFrame.from_ndarray(picture(i + seed), format="bgr24")
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return path.read_bytes()


def enrolment_body(signer: Signer, code: str, name: str) -> dict[str, str]:
    """What a box sends to be enrolled, with the proof that it holds its key."""
    return {
        "code": code,
        "name": name,
        "public_key": signer.public_key.base64,
        "proof": prove_key(signer, code=code, name=name),
    }


@dataclass
class FakeDevice:
    """One enrolled box. `http` has the store's address; `now` is its clock."""

    http: httpx.Client
    signer: Signer
    device_id: str
    token: str
    head: Head
    now: datetime = START
    place: tuple[float, float] | None = (118.9653, 32.1284)
    camera_id: str = "k12-north"
    sent: list[tuple[Event, bytes]] = field(default_factory=list)

    @staticmethod
    def enrol(http: httpx.Client, code: str, name: str = "qixia-07", **more: Any) -> FakeDevice:
        signer = Signer.generate()
        answer = http.post("/v1/devices/enrol", json=enrolment_body(signer, code, name))
        assert answer.status_code == 201, answer.text
        made = answer.json()
        head = Head(0, made["enrolment_sha256"])
        return FakeDevice(http, signer, made["device_id"], made["token"], head, **more)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def put(self, data: bytes) -> httpx.Response:
        digest = hashlib.sha256(data).hexdigest()
        return self.http.put(f"/v1/media/sha256/{digest}", content=data, headers=self.headers)

    def draft(self, kind: str = "opened", **changes: Any) -> dict[str, Any]:
        """The fields of a believable event, without those of the chain."""
        at = instant(self.now)
        width, height = SIZE_PX
        fields: dict[str, Any] = {
            "kind": kind,
            "incident_id": uuid7(self.now.timestamp()),
            "camera_id": self.camera_id,
            "rule": {"id": "machine-in-zone", "version": 1, "after_ms": 8000, "clear_ms": 20000},
            "zone": {
                "id": "band5",
                "polygon_px": [[80, 150], [620, 140], [639, 359], [0, 359]],
                "frame_px": [width, height],
            },
            "class": "excavator",
            "level": "red",
            "frame_px": [width, height],
            "seen": [
                {
                    "class": "excavator",
                    "score_permille": 910,
                    "box_px": [40, 120, 150, 200],
                    "track_id": 1,
                }
            ],
            "time": {
                "captured": at,
                "signed": at,
                "boot_id": "0b6f8a52",
                "monotonic_ms": 83411207,
                "clock": {"source": "ntp", "synced": True, "offset_ms": -12, "error_ms": 35},
            },
            "media": [],
            "media_lost": [],
            "explain": [
                {"lang": "zh", "text": "挖掘机在区域内停留 8.0 秒。"},
                {"lang": "en", "text": "excavator in zone for 8.0 s (opens at 8 s)"},
            ],
            "model": {"id": "nano", "sha256": "b9" * 32},
            "config_sha256": "c0" * 32,
            "software": {"name": "linewarden-edge", "version": "0.1.0", "build": "test"},
            "simulated": True,
        }
        if self.place is not None:
            lon, lat = self.place
            fields["place"] = {
                "crs": "EPSG:4326",
                "method": "homography",
                "lon_e7": round(lon * 1e7),
                "lat_e7": round(lat * 1e7),
                "cov_cm2": [9025, 1200, 16384],
            }
        return fields | changes

    def medium(self, role: str, data: bytes) -> dict[str, Any]:
        """How an event names a medium."""
        kind = {"snapshot": "image/jpeg", "clip": "video/mp4"}[role]
        found: dict[str, Any] = {
            "role": role,
            "type": kind,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "captured": instant(self.now),
            "frame": 0,
        }
        return found | ({"duration_ms": 2000} if role == "clip" else {})

    def sign(self, fields: dict[str, Any], **changes: Any) -> tuple[Event, bytes]:
        """Give an event the next place in the chain; returns it with its envelope's bytes."""
        seq, prev = self.head.next_link()
        whole = {
            "schema": "linewarden.event.v1",
            "event_id": uuid7(self.now.timestamp()),
            "device_id": self.device_id,
            "seq": seq,
            "prev": prev,
        }
        event = Event.model_validate(whole | fields | changes)
        payload = event.encode()
        self.head = Head(event.seq, payload_digest(payload))
        return event, seal(payload, self.signer, PAYLOAD_TYPE).to_bytes()

    def post(self, envelope: bytes, **headers: str) -> httpx.Response:
        return self.http.post("/v1/events", content=envelope, headers=self.headers | headers)

    def send(self, fields: dict[str, Any], *media: bytes) -> Event:
        """Media, then the event; both must be taken."""
        for data in media:
            assert self.put(data).status_code in (200, 201)
        event, envelope = self.sign(fields)
        answer = self.post(envelope, **{"Idempotency-Key": event.event_id})
        assert answer.status_code == 201, answer.text
        self.sent.append((event, envelope))
        return event

    def incident(
        self,
        *,
        clip: bool = False,
        ended: bool = False,
        codec: str = "libx264",
        shot: bytes | None = None,
        **changes: Any,
    ) -> str:
        """An incident from opening to end; returns its id."""
        shot = shot or jpeg(len(self.sent))
        fields = self.draft(media=[self.medium("snapshot", shot)], **changes)
        self.send(fields, shot)
        follow = {k: v for k, v in fields.items() if k not in ("seen", "media")}
        if clip:
            film = mp4(codec)
            self.now += timedelta(seconds=10)
            follow["time"] = self.draft()["time"]
            self.send(follow | {"kind": "clip", "media": [self.medium("clip", film)]}, film)
        if ended:
            self.now += timedelta(seconds=20)
            follow["time"] = self.draft()["time"]
            self.send(follow | {"kind": "ended"})
        self.now += timedelta(seconds=1)
        return str(fields["incident_id"])

    def status(self, **changes: Any) -> httpx.Response:
        """Tell the store how the box is."""
        lon, lat = self.place or (118.9653, 32.1284)
        body = {
            "sent_at": instant(self.now),
            "queued": 0,
            "parked": 0,
            "outbox_bytes": 0,
            "outbox_full": False,
            "cameras": [
                {
                    "id": self.camera_id,
                    "state": "ok",
                    "last_frame_age_s": 0.4,
                    "reason": None,
                    "site": {"lon": lon, "lat": lat, "facing_deg": 140.0, "range_m": 90.0},
                }
            ],
        }
        return self.http.post("/v1/status", json=body | changes, headers=self.headers)


def altered(envelope: bytes) -> bytes:
    """The same envelope with one bit of its payload flipped, still well-formed."""
    import base64
    import json

    found = json.loads(envelope)
    payload = base64.b64decode(found["payload"]).replace(b'"track_id":1', b'"track_id":2')
    found["payload"] = base64.b64encode(payload).decode()
    return json.dumps(found).encode()


def network(owner: str = "江苏管网") -> bytes:
    """One route of two segments that passes 4 m north of where the fake device looks."""
    import json

    def segment(name: str, west: float, east: float, from_m: float, who: str) -> dict[str, Any]:
        return {
            "type": "Feature",
            "properties": {
                "segment_id": name,
                "route_id": "HN-1",
                "owner": who,
                "subdistrict": "栖霞街道",
                "hca": "III",
                "from_m": from_m,
                "to_m": from_m + 500,
            },
            "geometry": {
                "type": "LineString",
                "coordinates": [[west, 32.128436], [east, 32.128436]],
            },
        }

    features = [
        segment("HN-1-01", 118.9627, 118.968, 0, owner),
        segment("HN-1-02", 118.968, 118.9733, 500, owner),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
