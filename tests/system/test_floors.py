"""A box that comes back: an exit that was blocked while it was off is told, not learned as free."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np

from tests.system.world import World, camera
from vision import Picture

SIZE = (320, 240)
POLYGON = [[40, 90], [280, 90], [280, 230], [40, 230]]


def yard(thing: tuple[int, int, int, int] | None) -> Picture:
    coarse = np.random.default_rng(3).normal(0, 22, (60, 80))
    grey = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC) + 120
    picture = np.clip(np.dstack([grey * 0.9, grey, grey * 1.05]), 0, 255).astype(np.uint8)
    if thing is not None:
        x1, y1, x2, y2 = thing
        coat = np.random.default_rng(7).integers(20, 110, (9, 8, 3)).astype(np.uint8)
        picture[y1:y2, x1:x2] = cv2.resize(coat, (x2 - x1, y2 - y1), interpolation=cv2.INTER_CUBIC)
    return picture


def clip(file: Path, thing: tuple[int, int, int, int] | None = None) -> Path:
    """Two seconds of the yard, to go round and round."""
    picture, chance = yard(thing).astype(np.float32), np.random.default_rng(1)
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.gop_size = 10
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "bf": "0"}
        for k in range(20):
            shown = np.clip(picture + chance.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file


def reference(world: World, *arguments: str) -> str:
    command = ["-m", "linewarden.cli", "reference", arguments[0], "-c"]
    file = str(world.folder / "box" / "edge.yaml")
    done = subprocess.run(
        [sys.executable, *command, file, *arguments[1:]], capture_output=True, text=True, check=True
    )
    return done.stdout


def reason(world: World) -> str:
    rows = world.get("/v1/cameras").json()["items"]
    return str(rows[0]["reason"] or "") if rows else ""


def test_an_exit_that_is_blocked_while_the_box_is_off_is_told(tmp_path: Path) -> None:
    free = clip(tmp_path / "free.mp4")
    blocked = clip(tmp_path / "blocked.mp4", (120, 110, 184, 182))
    with World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"yard": free})
        zone = {"id": "door", "polygon": POLYGON, "frame": list(SIZE)}
        rules = [{"use": "blocked-exit", "zone": "door", "after": "5s"}]
        yard_camera = camera("yard", f"rtsp://127.0.0.1:{port}/yard", zones=[zone], rules=rules)
        spool = world.start_edge([yard_camera])
        file = spool / "floors" / "yard" / "door.floor"
        world.until(file.exists, "the floor is learned and kept")
        world.until(lambda: "not confirmed" in reason(world), "the store is told", 90)
        look = ("--zone", "door", "--by", "zhou", "--picture", str(tmp_path / "look.png"), "--yes")
        reference(world, "confirm", *look)
        world.until(lambda: reason(world) == "", "the store is told that it is confirmed", 90)
        assert world.stop("box") == 0
        world.kill("cameras")
        command = ["--port", str(port), "--user", "viewer"]
        secret = ["--password-env", "LINEWARDEN_TEST_CAMERA"]
        world.start("cameras", "cameras.rtsp_server", *command, *secret, f"yard={blocked}")
        world.start("box")
        world.until(lambda: len(world.incidents()) == 1, "the blocked exit is told", 120)
        (incident,) = world.incidents()
        assert (incident["level"], incident["state"]) == ("orange", "open")
        assert "reference" not in incident["explain"]["en"]
        assert "confirmed by zhou" in reference(world, "list")
