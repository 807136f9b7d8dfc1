"""CPU of one 1080p25 camera over RTSP, by stage, beside the plain loop one would write instead.

`python -m benchmarks.edge [--seconds 60]`. Our rows watch a real RTSP stream in real time, as
an edge's camera process does. The plain loop is `cv2.VideoCapture` with the same detector on every
frame, over the same recording; it reads a file, which favours it. All figures are CPU seconds for
one minute of one camera, from ten seconds after its first picture: a camera starts once, and until
then everything is new to the motion gate.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
from numpy.typing import NDArray

from benchmarks.clips import FPS, make_clip
from benchmarks.report import machine, show
from cameras import Camera, Frame, StreamSettings
from events.rules import Dwell
from linewarden.engine import Engine, fastest
from linewarden.gaze import Gaze
from linewarden.pipeline import Pipeline
from vision import Detections, Detector, Motion, MotionGate, Picture, Zone

STAGES = ("demux", "decode", "motion", "detection", "rest", "total", "MB")
PLAIN_S = 10
SETTLE_S = 10.0
CAMERAS, BUSY, BOX_S = 8, 3, 30.0
MODEL = "nano"


class Stopwatch:
    """CPU seconds of this thread spent in a function."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def run(self, call: Callable[[], Any]) -> Any:
        """Call, and count; Any, since what comes back is whatever `call` gives."""
        before_s = time.thread_time()
        try:
            return call()
        finally:
            self.spent_s += time.thread_time() - before_s


class TimedGate:
    """The motion gate with a stopwatch."""

    def __init__(self) -> None:
        self.watch, self._gate = Stopwatch(), MotionGate()

    def step(self, grey: NDArray[Any], now_s: float) -> Motion:
        """As `MotionGate.step`."""
        motion: Motion = self.watch.run(lambda: self._gate.step(grey, now_s))
        return motion


class TimedDetector:
    """A detector with a stopwatch."""

    def __init__(self, detector: Detector) -> None:
        self.watch, self._detector = Stopwatch(), detector

    @property
    def classes(self) -> tuple[str, ...]:
        """As the detector's."""
        return self._detector.classes

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """As the detector's."""
        found: Detections = self.watch.run(lambda: self._detector.detect(picture, thresholds))
        return found


def watch(url: str, seconds: float, engine: Engine) -> dict[str, float]:
    """CPU seconds by stage of one camera watched for `seconds`, scaled to a minute.

    A busy one is looked at at full rate all the time, as if a rule timed something.
    """
    attended = url.endswith("/busy")
    manifest = engine.manifest(MODEL)
    detector = TimedDetector(engine.detector(manifest))
    zone = Zone("all", ((0, 0), (1919, 0), (1919, 1079), (0, 1079)), (1920, 1080))
    rule = Dwell(
        id="machine",
        version=1,
        zone_id="all",
        classes=("excavator", "machine"),
        after_s=8,
        clear_s=20,
        level="red",
    )
    pipeline = Pipeline(detector, manifest.thresholds, [zone], [rule])
    gate, gaze, looking = TimedGate(), Gaze(), Stopwatch()
    busy, looked, oldest_s = False, 0, 0.0
    with Camera("bench", StreamSettings(url), gate=gate) as camera:
        happenings = camera.watch()
        if attended:
            camera.attend(float("inf"))
        next(h for h in happenings if isinstance(h, Frame))
        start_s, cpu_s, demux_s = time.monotonic() + SETTLE_S, None, 0.0
        while (now_s := time.monotonic()) < start_s + seconds:
            if cpu_s is None and now_s >= start_s:
                start_s, cpu_s, demux_s = now_s, _cpu_s(), _other_threads_s()
                looked, oldest_s = 0, 0.0
                looking.spent_s = gate.watch.spent_s = detector.watch.spent_s = 0.0
            happening = looking.run(lambda: next(happenings))
            if not isinstance(happening, Frame):
                continue
            wanted = gaze.wants(happening.mono_s, moving=happening.moving, busy=busy or attended)
            step = pipeline.step(
                happening.picture, happening.native_px, happening.mono_s, detect=wanted
            )
            if step.detections is not None:
                looked += 1
                busy = step.busy
                oldest_s = max(oldest_s, time.monotonic() - happening.mono_s)
        minutes = (time.monotonic() - start_s) / 60
        spent = {
            "demux": _other_threads_s() - demux_s,
            "decode": looking.spent_s - gate.watch.spent_s,
            "motion": gate.watch.spent_s,
            "detection": detector.watch.spent_s,
            "total": _cpu_s() - (cpu_s or 0.0),
        }
    spent["rest"] = spent["total"] - sum(v for k, v in spent.items() if k != "total")
    scaled = {name: value / minutes for name, value in spent.items()}
    return scaled | {"MB": _peak_mb(), "looked": looked / minutes, "oldest_s": oldest_s}


def plain(file: str, engine: Engine) -> dict[str, float]:
    """CPU seconds of the plain loop over `PLAIN_S` of the recording, scaled to a minute."""
    manifest = engine.manifest(MODEL)
    detector = TimedDetector(engine.detector(manifest))
    thresholds = [manifest.thresholds[name] for name in manifest.classes]
    capture = cv2.VideoCapture(file)
    cpu_s = _cpu_s()
    looked = 0
    while looked < PLAIN_S * FPS:
        more, picture = capture.read()
        if not more:
            break
        detector.detect(picture, thresholds)  # type: ignore[arg-type] # cv2's stubs: any dtype
        looked += 1
    minutes = looked / FPS / 60
    spent = {"detection": detector.watch.spent_s, "total": _cpu_s() - cpu_s}
    spent["decode"] = spent["total"] - spent["detection"]
    scaled = {name: value / minutes for name, value in spent.items()}
    return scaled | {"MB": _peak_mb(), "looked": looked / minutes}


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long each stream is watched"
    )
    seconds = parser.parse_args().seconds
    engine, took_ms = fastest(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: make_clip(kind, Path(folder)) for kind in ("idle", "busy")}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "cameras.rtsp_server", "--port", str(port)]
        server = subprocess.Popen([*command, *(f"{kind}={file}" for kind, file in files.items())])
        try:
            rows = []
            for kind, file in files.items():
                ours = _alone(watch, f"rtsp://127.0.0.1:{port}/{kind}", seconds, engine)
                rows += [
                    (f"{kind}: Linewarden", ours),
                    (f"{kind}: plain loop", _alone(plain, str(file), engine)),
                ]
            box = _box(files, port, engine)
        finally:
            server.terminate()
            server.wait()
    print(machine("av", "onnxruntime", "opencv-python-headless", "numpy"))
    load = os.getloadavg()[0]
    print(f"{MODEL} {engine.precision} on {engine.backend}, {took_ms:.0f} ms; load {load:.1f}")
    show(
        "CPU seconds per camera-minute, 1080p25 H.264; peak memory; pictures detected on a minute",
        ["", *STAGES, "pictures"],
        [
            [name, *(f"{row[s]:.2f}" if s in row else "–" for s in STAGES), f"{row['looked']:.0f}"]
            for name, row in rows
        ],
    )
    cores = len(os.sched_getaffinity(0))
    share = 100 * sum(row["total"] for row in box) / 60 / cores
    oldest_s = max(row["oldest_s"] for row in box)
    print(
        f"{len(box)} cameras at once for {BOX_S:.0f} s, {BUSY} of them busy: {share:.0f} % of "
        f"{cores} cores, oldest picture {oldest_s:.1f} s when it had been analysed"
    )
    return 0


def _box(files: dict[str, Path], port: int, engine: Engine) -> list[dict[str, float]]:
    """All cameras of a box at once, each in a process of its own."""
    kinds = [*("busy",) * BUSY, *("idle",) * (CAMERAS - BUSY)]
    jobs = [(f"rtsp://127.0.0.1:{port}/{kind}", BOX_S, engine) for kind in kinds if kind in files]
    with multiprocessing.get_context("spawn").Pool(len(jobs)) as pool:
        return pool.starmap(watch, jobs)


def _alone(call: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Run in a process of its own, so that memory and CPU are only its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, arguments)


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_mb() -> float:
    """Largest resident size; `ru_maxrss` would start from the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _other_threads_s() -> float:
    """CPU seconds of all threads but the first: here only the one that pulls the stream."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent = 0
    for task in Path("/proc/self/task").iterdir():
        if task.name != str(os.getpid()):
            fields = (task / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
            spent += int(fields[11]) + int(fields[12])
    return spent / ticks


if __name__ == "__main__":
    sys.exit(main())
