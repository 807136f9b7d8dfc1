"""The settings files of the demo: the same that an operator would write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from datasets import scenes
from linewarden.families import WHOLE_PICTURE

PASSWORD_ENV = "LINEWARDEN_DEMO_CAMERA"  # noqa: S105 - the name of a variable
USERNAME = "viewer"
_RULES: dict[str, dict[str, Any]] = {
    "corridor": {"use": "machine-in-zone", "after": "8s", "clear": "15s", "level": "red"},
    "yard": {"use": "class-in-zone", "after": "8s", "clear": "15s", "level": "orange"},
}


def server_file(folder: Path, port: int) -> Path:
    """`server.yaml`."""
    return _write(
        folder / "server.yaml",
        {"listen": f"127.0.0.1:{port}", "folder": str(folder / "store"), "radius_m": 50},
    )


def edge_file(
    folder: Path, store: str, camera: dict[str, Any], *, model: str, simulated: bool
) -> Path:
    """The settings of the box of one camera, in a folder of its own."""
    box = folder / f"box-{camera['id']}"
    box.mkdir(exist_ok=True)
    return _write(
        box / "edge.yaml",
        {
            "device": {"name": box.name, "store": store, "key": str(box / "device.key")},
            "model": model,
            "simulated": simulated,
            "cameras": [camera],
        },
    )


def scene_camera(name: str, url: str, known: Sequence[str]) -> dict[str, Any]:
    """A simulated camera as the edge's settings want it."""
    scene = scenes.get(name)
    site, (zone, polygon) = scene.site, next(iter(scene.zones.items()))
    rule = {"zone": zone, **_RULES[name]}
    if rule["use"] == "class-in-zone":
        rule["classes"] = sorted(set(scene.watched[zone]) & set(known))
    return {
        "id": name,
        "analyse": {"url": url, "username": USERNAME, "password_env": PASSWORD_ENV},
        "site": {"lon": site.lon, "lat": site.lat, "facing_deg": site.facing_deg},
        "control_frame": list(scene.size_px),
        "control_points": [
            {"px": [round(v, 2) for v in point.pixel], "lon": point.lon, "lat": point.lat}
            for point in scene.control_points
        ],
        "zones": [
            {
                "id": zone,
                "polygon": [[round(x, 1), round(y, 1)] for x, y in polygon],
                "frame": list(scene.size_px),
            }
        ],
        "rules": [rule],
    }


def own_camera(url: str, known: Sequence[str], username: str | None) -> dict[str, Any]:
    """Any camera: the whole picture is the zone, every class the model knows counts."""
    analyse: dict[str, Any] = {"url": url}
    if username is not None:
        analyse |= {"username": username, "password_env": PASSWORD_ENV}
    return {
        "id": "camera",
        "analyse": analyse,
        "rules": [
            {
                "use": "class-in-zone",
                "zone": WHOLE_PICTURE,
                "classes": list(known),
                "after": "2s",
                "clear": "10s",
                "level": "yellow",
            }
        ],
    }


def network_file(folder: Path) -> Path:
    """The pipelines of the simulated site."""
    file = folder / "network.geojson"
    file.write_text(json.dumps(scenes.network_geojson(), ensure_ascii=False), encoding="utf-8")
    return file


def _write(file: Path, content: dict[str, Any]) -> Path:
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return file
