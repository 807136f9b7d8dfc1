"""How well a place on the ground holds: the share of true places inside the 95 % ellipse.

    python -m benchmarks.place [--objects 250] [--views 60]

Every class at random headings, sizes, distances and cameras (4 to 15 m high, eight control points
clicked with 1.5 px). First from exact boxes with an edge noise of 2 px, so that only the geometry
is judged; then from the boxes of the shipped detector on rendered views. Beside it the foot point
alone, taken for the object itself: what the lower edge of the box says without a footprint.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.report import machine, show
from cameras.calibration import FOOT_SIGMA_PX, ControlPoint, Homography, Unplaced
from cameras.footprint import FOOTPRINTS
from cameras.site import Site
from cameras.standing import stand
from datasets import scenes
from datasets.scenes import cast, raster
from datasets.scenes.camera import Pinhole
from models import load_manifest
from vision import load_detector
from vision.nms import iou
from vision.types import Box, GroundPoint, Size

CHI2_95 = 5.991
FRAME: Size = (1280, 720)
SITE = Site(118.9653, 32.1284)
RINGS_M = ((15, 30), (30, 60), (60, 120))
CLICK_PX, SEED = 1.5, 20261127


@dataclass(frozen=True, slots=True)
class Placed:
    """One object: its class, its distance, and for both methods the error and the sigmas.

    `miss` and `foot_miss` are squared Mahalanobis distances of the truth.
    """

    label: str
    distance_m: float
    miss: float
    foot_miss: float
    error_m: float
    foot_error_m: float
    long_sigma_m: float
    seen: bool


def judged(
    fitted: Homography, label: str, box_px: Box, truth_m: tuple[float, float], sigma_px: float
) -> Placed | None:
    """Hold one box against where its object stands (metres east and north of the camera)."""
    found = stand(fitted, box_px, FRAME, FOOTPRINTS[label], foot_sigma_px=sigma_px)
    foot_px = ((box_px[0] + box_px[2]) / 2, box_px[3])
    foot = fitted.locate(foot_px, FRAME, foot_sigma_px=sigma_px)
    if isinstance(found, Unplaced) or isinstance(foot, Unplaced):
        return None
    miss, error_m = missed(found.middle, truth_m)
    foot_miss, foot_error_m = missed(foot, truth_m)
    distance_m = float(np.hypot(*truth_m))
    long_m = float(np.sqrt(np.linalg.eigvalsh(covariance(found.middle))[-1]))
    return Placed(
        label, distance_m, miss, foot_miss, error_m, foot_error_m, long_m, found.foot_seen
    )


def missed(point: GroundPoint, truth_m: tuple[float, float]) -> tuple[float, float]:
    """Squared Mahalanobis distance of the truth, and how far off the point is in metres."""
    off = np.array([point.east_m - truth_m[0], point.north_m - truth_m[1]])
    return float(off @ np.linalg.solve(covariance(point), off)), float(np.hypot(*off))


def covariance(point: GroundPoint) -> np.ndarray:
    """As a matrix (2, 2), m²."""
    ee, en, nn = point.cov_m2
    return np.array([[ee, en], [en, nn]])


def calibrated(camera: Pinhole, rng: np.random.Generator) -> Homography:
    """The camera's calibration from eight points near and far, clicked and not exact."""
    half = camera.size_px[0] / 2 / camera.focal_px
    points = []
    for north in nearest_m(camera) * np.array([1.1, 1.8, 3.2, 6.0]):
        for side in (-0.8, 0.8):
            east = side * half * north
            u, v = camera.ground_px(east, north) + rng.normal(0, CLICK_PX, 2)
            where = GroundPoint(east, north, (1, 0, 1))
            points.append(ControlPoint((float(u), float(v)), *SITE.lon_lat(where)))
    return Homography.fit(points, site=SITE, frame_px=camera.size_px)


def nearest_m(camera: Pinhole) -> float:
    """How far forward the ground on the lowest row of the picture is."""
    _, forward, down = camera.rays(np.zeros(1), np.array([float(camera.size_px[1])]))
    return float((forward / -down)[0]) * camera.height_m


def drawn(label: str, count: int, rng: np.random.Generator) -> Iterator[Placed]:
    """Objects of a class by their exact outlines, edges shaken by 2 px."""
    while count:
        height_m = float(rng.uniform(4, 15))
        focal_px = FRAME[0] / 2 / np.tan(np.radians(rng.uniform(35, 75) / 2))
        tilt_deg = np.degrees(np.arctan2(height_m, rng.uniform(20, 60)))
        camera = Pinhole(FRAME, float(focal_px), height_m, float(tilt_deg))
        north = float(np.exp(rng.uniform(np.log(12), np.log(110))))
        east = float(rng.uniform(-0.9, 0.9)) * north * FRAME[0] / 2 / camera.focal_px
        mesh = cast.MAKERS[label](rng).turned(yaw_deg=float(rng.uniform(0, 360)))
        x1, y1, x2, y2 = raster.box_of(mesh.moved(east, north), camera)
        if y2 - y1 < 12 or not (x1 < FRAME[0] and x2 > 0 and y1 < FRAME[1] and y2 > 0):
            continue
        if (min(y2, FRAME[1]) - max(y1, 0)) * (min(x2, FRAME[0]) - max(x1, 0)) < 0.4 * (
            (y2 - y1) * (x2 - x1)
        ):
            continue  # a detector would hardly see it
        shaken = np.array([x1, y1, x2, y2]) + rng.normal(0, FOOT_SIGMA_PX, 4)
        box = np.clip(shaken, 0, [*FRAME, *FRAME])
        x1, y1, x2, y2 = (float(value) for value in box)
        placed = judged(
            calibrated(camera, rng), label, (x1, y1, x2, y2), (east, north), FOOT_SIGMA_PX
        )
        if placed is not None:
            count -= 1
            yield placed


def detected(views: int, rng: np.random.Generator) -> Iterator[Placed]:
    """Objects as the shipped detector sees them in rendered views."""
    manifest = load_manifest("nano")
    detector = load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
    thresholds = [manifest.thresholds[name] for name in manifest.classes]
    sigma_px = FOOT_SIGMA_PX * max(1.0, max(FRAME) / manifest.input_px)
    for seed in range(views):
        camera, picture, truths = scenes.random_view(seed, size_px=FRAME, min_objects=1)
        fitted = calibrated(camera, rng)
        seen = detector.detect(picture, thresholds)
        for truth in truths:
            of_class = [i for i in range(len(seen)) if seen.label(i) == truth.label]
            if not of_class or truth.visible < 0.7:
                continue
            boxes = seen.boxes_px[of_class]
            overlap = iou(np.array([truth.clipped(*FRAME)], np.float32), boxes)[0]
            if overlap.max() < 0.5:
                continue
            x1, y1, x2, y2 = (float(value) for value in boxes[int(overlap.argmax())])
            where = (truth.east_m, truth.north_m)
            placed = judged(fitted, truth.label, (x1, y1, x2, y2), where, sigma_px)
            if placed is not None:
                yield placed


def row(name: str, placed: list[Placed]) -> list[str]:
    """One line of the table."""
    if not placed:
        return [name, "0", *["-"] * 5]

    def median(key: str) -> str:
        return f"{np.median([getattr(p, key) for p in placed]):.2f}"

    inside, foot = (
        100 * float(np.mean([getattr(p, key) <= CHI2_95 for p in placed]))
        for key in ("miss", "foot_miss")
    )
    figures = [median("error_m"), median("foot_error_m"), median("long_sigma_m")]
    return [name, str(len(placed)), f"{inside:.1f}", f"{foot:.1f}", *figures]


def rows(placed: list[Placed]) -> list[list[str]]:
    """By class, by distance, cut off, and all."""
    whole = [p for p in placed if p.seen]
    lines = [row(label, [p for p in whole if p.label == label]) for label in FOOTPRINTS]
    for near, far in RINGS_M:
        ring = [p for p in whole if near <= p.distance_m < far]
        lines.append(row(f"{near} to {far} m", ring))
    lines.append(row("foot cut off", [p for p in placed if not p.seen]))
    return [*lines, row("all", placed)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=250, help="of each class")
    parser.add_argument("--views", type=int, default=60)
    given = parser.parse_args()
    rng = np.random.default_rng(SEED)
    print(machine("numpy", "onnxruntime"))
    columns = ["", "n", "in 95 %", "foot alone", "error m", "of foot", "long sigma m"]
    exact = [p for label in FOOTPRINTS for p in drawn(label, given.objects, rng)]
    show("exact boxes, edges shaken by 2 px", columns, rows(exact))
    show("boxes of the shipped detector", columns, rows(list(detected(given.views, rng))))


if __name__ == "__main__":
    main()
