"""What goes wrong between a camera and the store, and that nothing recorded is lost or doubled."""

from __future__ import annotations

import io
import random
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from tests.system.bad_proxy import BadProxy
from tests.system.short_clip import write_short_clip
from tests.system.world import CLOCK, World, camera

CARS = "vehicles_intel_car_432p.mp4"
KILLS = 60
LONGEST_PAUSE_S = 5.0
LEAST_INCIDENTS = 8
VICTIMS = {"server": 4, "cameras": 1, "box": 1, "camera": 1, "uplink": 3}
"""What is killed, and how often in proportion. Three in ten kills are of those that see: at pauses
of up to twice the time that a box takes to its first picture, some die before it and some after."""
SEED = 20261124


def busy_road(url: str) -> dict[str, Any]:
    """A camera on which every car is a violation, whole picture."""
    polygon = [[0, 0], [767, 0], [767, 431], [0, 431]]
    zone = {"id": "all", "polygon": polygon, "frame": [768, 432]}
    rule = {"use": "vehicle-in-zone", "zone": "all", "after": "200ms", "clear": "500ms"}
    rules = [{**rule, "level": "red"}]
    return camera("road", url, zones=[zone], rules=rules, frames_per_second=6)


def recorded(world: World) -> set[str]:
    """The incidents that the box says it has written down."""
    return set(re.findall(r"event='incident opened'.*?incident='([^']+)'", world.text("box")))


def outbox(spool: Path) -> tuple[int, int]:
    """Newest sequence number, and how many events are still in the outbox."""
    with closing(sqlite3.connect(spool / "outbox.sqlite3", timeout=20)) as db:
        (newest,) = db.execute("SELECT coalesce(max(seq), 0) FROM heads").fetchone()
        (left,) = db.execute("SELECT count(*) FROM events").fetchone()
    return newest, left


def is_delivered(world: World, spool: Path) -> bool:
    """Whether the outbox is empty and the store has as many events as were ever recorded."""
    newest, left = outbox(spool)
    return left == 0 and len(world.events()) >= newest


def assert_nothing_lost(world: World, spool: Path) -> None:
    """Every recorded event is at the store exactly once, in one chain, with media that open."""
    world.until(lambda: is_delivered(world, spool), "the store has what was recorded", 150)
    events = world.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert len({event["event_id"] for event in events}) == len(events)
    incidents = {incident["incident_id"]: incident for incident in world.incidents()}
    assert recorded(world) <= set(incidents)
    for incident in incidents.values():
        assert incident["proof"]["signature"] == "pass"
        assert incident["proof"]["chain"] == "pass"
        if incident["snapshot"]:
            assert_is_picture(world.medium(incident["snapshot"]["sha256"]))
        if incident["clip"]["status"] == "ready":
            assert_is_clip(world.medium(incident["clip"]["sha256"]))


def assert_is_picture(jpeg: bytes) -> None:
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None


def assert_is_clip(mp4: bytes) -> None:
    with av.open(io.BytesIO(mp4)) as container:
        assert next(container.decode(video=0)).width == 768


@pytest.mark.services
@pytest.mark.timeout(900)
def test_sixty_kills_lose_nothing_and_double_nothing(data: Path, tmp_path: Path) -> None:
    chance, pause = random.Random(SEED), threading.Event()
    with World(tmp_path) as world:
        world.start_server()
        clip = write_short_clip(data / "videos" / CARS, tmp_path / "cars.mp4")
        port = world.start_cameras({"cars": clip})
        spool = world.start_edge([busy_road(f"rtsp://127.0.0.1:{port}/cars")])
        begun_s = CLOCK.monotonic()
        world.until(lambda: "first frame" in world.text("box"), "the camera is watched", 120)
        longest_s = max(LONGEST_PAUSE_S, 2 * (CLOCK.monotonic() - begun_s))
        world.until(lambda: bool(recorded(world)), "the first violation is recorded", 120)
        kills = dict.fromkeys(VICTIMS, 0)
        while sum(kills.values()) < KILLS or len(recorded(world)) < LEAST_INCIDENTS:
            pause.wait(chance.uniform(0.0, longest_s))
            victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            kills[victim] += kill(world, victim)
        world.wait_for_store()
        # Before the clips: while cars pass, each opens before the last one's clip is cut.
        assert world.stop("cameras") == 0
        world.until(lambda: not waiting_for_clips(world), "no clip is expected any more", 120)
        assert_nothing_lost(world, spool)
        sys.stdout.write(f"\n{kills}: {len(world.incidents())} incidents, seq {outbox(spool)[0]}\n")


def waiting_for_clips(world: World) -> bool:
    return any(i["clip"]["status"] == "expected" for i in world.incidents())


def kill(world: World, victim: str) -> bool:
    """SIGKILL a program, or one process of the box; programs are started again at once."""
    if victim in ("camera", "uplink"):
        return kill_child(world, victim)
    world.kill(victim)
    world.start(victim)
    return True


def kill_child(world: World, victim: str) -> bool:
    """A process of the box; its supervisor has to notice. False if it is not there just now."""
    children = world.children("box")
    if len(children) < 2:
        return False
    uplink, watcher = sorted(children)[:2]
    return world.kill_pid(uplink if victim == "uplink" else watcher)


def test_a_store_that_answers_slowly_wrongly_or_twice_gets_each_event_once(
    data: Path, tmp_path: Path
) -> None:
    with World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"cars": data / "videos" / CARS}, "--once")
        with BadProxy(world.store_url, seed=SEED, rounds=2) as proxy:
            url = f"rtsp://127.0.0.1:{port}/cars"
            spool = world.start_edge([busy_road(url)], store=proxy.url)
            world.until(lambda: "camera lost" in world.text("box"), "the recording is over", 90)
            world.until(lambda: proxy.is_spent, "all faults were made", 200)
            assert_nothing_lost(world, spool)
            sys.stdout.write(f"\nfaults: {proxy.made}; {len(world.events())} events\n")
        assert len(world.incidents()) >= 3


def test_an_outbox_at_its_cap_says_so_and_owns_up_to_what_it_could_not_keep(
    data: Path, tmp_path: Path
) -> None:
    with World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"cars": data / "videos" / CARS}, "--once")
        url = f"rtsp://127.0.0.1:{port}/cars"
        spool = world.start_edge([busy_road(url)], outbox_cap="700kB")
        world.until(lambda: "first frame" in world.text("box"), "the camera is watched")
        world.kill("server")
        world.until(lambda: "camera lost" in world.text("box"), "the recording is over", 90)
        world.start_server()
        world.until(lambda: not waiting_for_clips(world), "no clip is expected any more", 90)
        assert_nothing_lost(world, spool)
        incidents = world.incidents()
        assert len(incidents) >= 3
        assert any(incident["clip"]["status"] == "missing" for incident in incidents)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 3 MB, where this machine allows to mount one."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_nothing_that_was_recorded(data: Path, tmp_path: Path) -> None:
    spool = tmp_path / "disk"
    with small_disk(spool), World(tmp_path) as world:
        world.start_server()
        port = world.start_cameras({"cars": data / "videos" / CARS}, "--once")
        url = f"rtsp://127.0.0.1:{port}/cars"
        world.start_edge([busy_road(url)], spool=str(spool / "spool"))
        world.until(lambda: "first frame" in world.text("box"), "the camera is watched")
        world.kill("server")
        world.until(lambda: "camera lost" in world.text("box"), "the recording is over", 90)
        world.start_server()
        world.until(lambda: not waiting_for_clips(world), "no clip is expected any more", 90)
        assert_nothing_lost(world, spool / "spool")
        missing = [i for i in world.incidents() if i["clip"]["status"] == "missing"]
        gaps = [e for e in world.events() if e["kind"] == "gap"]
        assert missing or gaps
