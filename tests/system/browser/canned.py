"""Incidents as the store would tell them, with pictures of our own scenes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import cv2

from datasets import scenes

Json = dict[str, Any]
FIRED_S = {"corridor": 29.0, "yard": 33.0}
SEGMENT = {
    "segment_id": "NJ-A-02",
    "route_id": "NJ-A",
    "owner": "甲一管网",
    "subdistrict": "栖云街道",
    "hca": "III",
    "from_m": 12750,
    "to_m": 13250,
}
NOWHERE = {
    "status": "not_resolved",
    "reason": "摄像机 yard-exit 没有标定",
    "lon": None,
    "lat": None,
}
WHY = {
    "zh": "相距 2.2 m（两者误差允许 5.0 m），时间重叠",
    "en": "2.2 m apart (both errors allow 5.0 m), at the same time",
}
_counter = iter(range(1, 10_000))


def ago(seconds: float, now: datetime | None = None) -> str:
    at = (now or datetime.now(UTC)) - timedelta(seconds=seconds)  # noqa: TID251 - for looking at
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def draw_media(folder: Path) -> None:
    """Snapshots and one clip of 15 s; kept where they already are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, at_s in FIRED_S.items():
        file = folder / f"{name}.jpg"
        if not file.exists():
            cv2.imwrite(str(file), _look(name).render(at_s))
    clip = folder / "corridor.mp4"
    if not clip.exists():
        scene = scenes.get("corridor", size_px=(640, 360), fps=2.0)
        scenes.write_clip(scene, clip, seconds=15, start_s=FIRED_S["corridor"] - 5)


@cache
def _look(name: str) -> scenes.Scene:
    return scenes.get(name)


@cache
def _seen(scene: str) -> list[Json]:
    truth = sorted(_look(scene).truth(FIRED_S[scene]), key=lambda t: t.label)
    return [
        {
            "class": t.label,
            "score_permille": 910 - 70 * n,
            "box_px": [round(v) for v in t.box_px],
            "track_id": t.id,
        }
        for n, t in enumerate(truth)
    ]


def _placed(scene: str) -> Json:
    if scene != "corridor":
        return dict(NOWHERE)
    site = _look(scene)
    right, forward = 4.2, 27.0
    lon, lat = site.lon_lat(right, forward)
    return {
        "status": "resolved",
        "reason": None,
        "lon": lon,
        "lat": lat,
        "cov_m2": [2.6, 1.1, 0.9],
        "method": "homography",
        "distance_m": 2.6,
        "sigma_m": 0.6,
        "radius_m": 50,
        "network_version": "demo-1",
        "segment": SEGMENT,
    }


def incident(
    *,
    level: str = "red",
    scene: str = "corridor",
    cls: str = "excavator",
    age_s: float = 20,
    clip: str = "ready",
    state: str = "open",
    verdict: Json | None = None,
    camera: str = "k12-north",
    zone: str = "band5",
    zh: str | None = None,
    en: str | None = None,
    rule: str = "machine-in-zone",
    simulated: bool = True,
    sensor: str | None = None,
) -> Json:
    n = next(_counter)
    now = datetime.now(UTC)  # noqa: TID251 - for looking at
    opened = ago(age_s, now)
    shape = next(iter(_look(scene).zones.values()))
    events = [
        {
            "event_id": f"e{n}",
            "kind": "opened",
            "seq": 4180 + 3 * n,
            "captured": opened,
            "received_at": ago(age_s - 1.4, now),
            "explain": {},
        }
    ]
    if state == "ended":
        events.append(
            {**events[0], "kind": "ended", "seq": 4181 + 3 * n, "captured": ago(age_s - 34, now)}
        )
    found = {
        "incident_id": f"01a1fbab-0e84-7c41-9a55-{n:012x}",
        "state": state,
        "level": level,
        "class": cls,
        "simulated": simulated,
        "verdict": verdict,
        "activity": None,
        "split": None,
        "stale": None,
        "shelved": None,
        "suppressed": None,
        "device_id": "qixia-07",
        "camera_id": camera,
        "opened_at": opened,
        "received_at": ago(age_s - 1.4, now),
        "ended_at": ago(age_s - 34, now) if state == "ended" else None,
        "rule": {"id": rule, "after_ms": 8000},
        "zone": {"id": zone, "polygon_px": [list(p) for p in shape], "frame_px": [1280, 720]},
        "explain": {
            "zh": zh or "挖掘机在区域 band5 内持续 8.0 s（规则 ≥ 8 s），距管线中心线 2.6 ± 0.6 m。",
            "en": en or "Excavator inside band5 for 8.0 s (rule ≥ 8 s), 2.6 ± 0.6 m from the line.",
        },
        "frame_px": [1280, 720],
        "seen": _seen(scene),
        "place": _placed(scene),
        "snapshot": {"sha256": "5f", "url": f"/v1/media/{scene}.jpg", "captured": opened},
        "clip": _clip(clip, age_s, now),
        "proof": {
            "signature": "pass",
            "chain": "pass",
            "seq": 4180 + 3 * n,
            "payload_sha256": f"5f0c{n:056x}9b41",
            "clock": {"source": "ntp", "synced": True, "error_ms": 35},
        },
        "events": events,
    }
    return found if sensor is None else {**found, **_of_sensor(sensor)}


def _of_sensor(name: str) -> Json:
    """What an incident of a sensor has instead: no camera, no zone, no media."""
    none = {"status": "none", "reason": "no_camera", "url": None, "captured": None}
    of = {"id": name, "kind": "gas", "unit": "%LEL"}
    less = {"camera_id": None, "sensor": of, "zone": None, "seen": [], "frame_px": None}
    return {**less, "class": "gas", "snapshot": none, "clip": none}


def _clip(status: str, age_s: float, now: datetime) -> Json:
    if status != "ready":
        why = "摄像机在录完前断开" if status == "missing" else None
        return {"status": status, "reason": why}
    return {
        "status": "ready",
        "reason": None,
        "sha256": "b7",
        "url": "/v1/media/corridor.mp4",
        "codec": "h264",
        "playable_url": "/v1/media/corridor.mp4",
        "captured": ago(age_s + 5, now),
        "duration_ms": 15000,
    }


def case(members: list[Json]) -> Json:
    """What the store tells of incidents of one activity; the first leads."""
    waiting = [m for m in members if m["verdict"] is None]
    order = ("red", "orange", "yellow", "blue")
    return {
        "activity_id": members[0]["incident_id"],
        "level": min((m["level"] for m in waiting or members), key=order.index),
        "state": "open",
        "stale": False,
        "undecided": len(waiting),
        "members": [
            {
                **{k: m[k] for k in ("incident_id", "device_id", "class", "level", "state")},
                **{k: m[k] for k in ("opened_at", "ended_at", "verdict")},
                "source_id": m["camera_id"],
                "snapshot_sha256": "5f",
                "why": None if m is members[0] else dict(WHY),
            }
            for m in members
        ],
    }


def incidents() -> list[Json]:
    done = {"verdict": "confirmed", "reason": None, "note": None, "by": "吴桐", "at": ago(1100)}
    out = {
        "verdict": "dismissed",
        "reason": "permitted",
        "note": None,
        "by": "何川",
        "at": ago(2500),
    }
    yard = {
        "zh": "货车在区域 exit 内持续 8.0 s（规则 ≥ 8 s）。",
        "en": "Truck inside exit for 8.0 s (rule ≥ 8 s).",
    }
    return [
        incident(age_s=36),
        incident(age_s=1300, verdict=done, state="ended", camera="k12-south"),
        incident(level="orange", age_s=288, clip="expected", **yard),
        incident(level="yellow", age_s=545, clip="missing", state="ended", **yard),
        incident(
            level="blue",
            cls="person",
            age_s=2700,
            verdict=out,
            state="ended",
            rule="person-in-zone",
        ),
    ]


def cameras() -> list[Json]:
    site = _look("corridor").site
    place = {"lon": site.lon, "lat": site.lat, "facing_deg": site.facing_deg, "range_m": 80}
    row = {
        "device_id": "qixia-07",
        "state": "ok",
        "reason": None,
        "last_frame_age_s": 0.4,
        "reported_at": ago(2),
    }
    return [
        {**row, "camera_id": "k12-north", "site": place},
        {**row, "camera_id": "k12-south", "site": None},
        {
            **row,
            "camera_id": "yard-exit",
            "reason": "地面基准尚未经人确认 · the floor's reference is not confirmed by anybody",
            "site": None,
        },
        {
            **row,
            "camera_id": "k55-river",
            "state": "dead",
            "reason": "画面静止 frozen picture",
            "last_frame_age_s": 2460,
            "site": None,
        },
    ]


def devices() -> list[Json]:
    return [
        {
            "device_id": "qixia-07",
            "name": "qixia-07",
            "reported_at": ago(2),
            "queued": 3,
            "parked": 0,
            "outbox_bytes": 9_000_000,
            "outbox_full": False,
            "refused_total": 0,
            "tampered": False,
            "conflicts": 0,
            "token_revoked_at": None,
            "revoked_at": None,
            "clock_offset_ms": -12,
        }
    ]
