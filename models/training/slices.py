"""Parts of a validation set that are judged by themselves: class, set, height, light, scene."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelledPicture
from datasets.sources import SURELY_ABSENT
from models.training.score import MATCH_IOU, Case, Curve, Floats, curve, overlap
from models.training.seen import Seen
from vision import Detections, Picture

VEHICLES = ("car", "truck", "bus")
DIGGERS = ("excavator", "machine")
MERGE_IOU = 0.7
GROUPS: dict[str, tuple[str, ...]] = {name: (name,) for name in CLASSES} | {"vehicle": VEHICLES}
FIT_SCORE, NEAR_IOU = 0.05, 0.1
"""From this score on a box is asked how well it fits; below this overlap it is another's."""
HEIGHTS_PX = ((0, 16), (16, 32), (32, 64), (64, 128), (128, 100_000))
SITE_SETS = frozenset({"site_camera_train"})
"""Sets of fixed cameras over building sites: the pictures that the detector is for."""

SMOKE_SCENES = frozenset(
    {"zhxu_roadfog", "clouds_ccsn", "lookalikes", "traffic_cameras", "road_vehicles"}
)
"""Sets of fog, clouds, roads and lamps, where smoke is most easily seen and is not."""

_DARK_P90, _GREY_SATURATION = 120, 6


def case(
    picture: LabelledPicture,
    found: Detections,
    names: Sequence[str],
    heights_px: tuple[float, float] | None = None,
) -> Case:
    """One picture's case for some classes taken as one, in pixels of the picture.

    With `heights_px` only boxes of these heights (from, below) are asked for and held against.
    """
    ids = [CLASSES.index(name) for name in names]
    size = np.array(found.frame_px * 2, np.float64)
    wanted = np.isin(found.class_ids, [i for i, n in enumerate(found.classes) if n in names])
    rows = np.concatenate([found.boxes_px[wanted], found.confidences[wanted, None]], 1)
    truth = picture.labels.boxes[np.isin(picture.labels.class_ids, ids)] * size
    ignore, complete = picture.labels.ignore * size, set(ids) <= known(picture)
    rows = _merged(rows) if len(names) > 1 else rows
    if heights_px is None:
        return Case(truth, ignore, rows, complete)
    asked = _within(truth, heights_px)
    theirs = _within(rows, heights_px) | (overlap(rows[:, :4], truth[asked]) >= MATCH_IOU).any(1)
    return Case(truth[asked], ignore, rows[theirs], complete, aside=truth[~asked])


def known(picture: LabelledPicture) -> frozenset[int]:
    """Classes of which every object in the picture has a box."""
    return picture.exhaustive | SURELY_ABSENT.get(picture.set_name, frozenset())


def cases(
    seen: Seen, names: Sequence[str], heights_px: tuple[float, float] | None = None
) -> list[Case]:
    """The cases of all pictures, in their order."""
    return [case(p, d, names, heights_px) for p, d in seen.values()]


def curves(seen: Seen, iou: float = MATCH_IOU) -> dict[str, Curve]:
    """A curve per class, and one for all vehicles taken as one class."""
    return {group: curve(cases(seen, names), iou) for group, names in GROUPS.items()}


def curves_by_set(seen: Seen) -> dict[str, dict[str, Curve]]:
    """The same for each set by itself."""
    sets = sorted({p.set_name for p, _ in seen.values()})
    return {name: curves(of_sets(seen, {name})) for name in sets}


def curves_by_height(seen: Seen) -> dict[str, dict[str, Curve]]:
    """The same for each range of heights in the original picture."""
    return {
        height_name(span): {
            group: curve(cases(seen, names, span)) for group, names in GROUPS.items()
        }
        for span in HEIGHTS_PX
    }


def curves_by_light(seen: Seen) -> dict[str, dict[str, Curve]]:
    """The same by day and by night."""
    at_night = {f for f in seen if is_night(_read(f))}
    parts = {"day": seen.keys() - at_night, "night": at_night}
    return {name: curves({f: seen[f] for f in seen if f in part}) for name, part in parts.items()}


def site(seen: Seen) -> dict[str, Curve]:
    """Curves on fixed site cameras; `digger` takes excavator and machine as one."""
    part = of_sets(seen, SITE_SETS)
    return curves(part) | {"digger": curve(cases(part, DIGGERS))}


def tightness(seen: Seen, names: Sequence[str], least: float) -> NDArray[np.float64]:
    """For each labelled box, how well the best box of its class fits it (IoU, 0..1).

    Only boxes scored `least` or better. Between 0.1 and 0.5 the object is seen where it stands, but
    label and box differ on how far it reaches: for smoke and fire, whose borders nobody knows, that
    bounds what AP50 can be.
    """
    best = []
    for one in cases(seen, names):
        loud = one.predicted[one.predicted[:, 4] >= least]
        best.append(overlap(one.truth, loud[:, :4]).max(1, initial=0.0))
    return np.asarray(np.concatenate(best) if best else np.zeros(0), np.float64)


def of_sets(seen: Seen, sets: frozenset[str] | set[str]) -> Seen:
    """The pictures of some sets."""
    return {f: (p, d) for f, (p, d) in seen.items() if p.set_name in sets}


def height_name(span: tuple[float, float]) -> str:
    """`16-32`, or `>128` for what has no upper end."""
    low, high = span
    return f"{low:g}-{high:g}" if high < HEIGHTS_PX[-1][1] else f">{low:g}"


def is_night(picture: Picture) -> bool:
    """Dark, or without colour as cameras are under infrared light.

    Dark: nine tenths of the pixels are below 120 of 255. Both limits were read off the validation
    pictures, sorted; a fire that lights its scene makes it day.
    """
    small = cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA)
    saturation = cv2.cvtColor(small, cv2.COLOR_BGR2HSV)[..., 1].mean()
    light = np.percentile(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), 90)
    return bool(light < _DARK_P90 or saturation < _GREY_SATURATION)


def _within(boxes: Floats, span: tuple[float, float]) -> NDArray[np.bool_]:
    tall = boxes[:, 3] - boxes[:, 1]
    return np.asarray((tall >= span[0]) & (tall < span[1]))


def _merged(rows: Floats) -> Floats:
    """One lorry called car and truck counts once: the better score stays."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    rivals = overlap(rows[:, :4], rows[:, :4])
    kept: list[int] = []
    for k in range(len(rows)):
        if not kept or rivals[k, kept].max() < MERGE_IOU:
            kept.append(k)
    return np.asarray(rows[kept])


def _read(file: Path) -> Picture:
    image = cv2.imread(str(file))
    if image is None:
        raise OSError(f"{file} is no picture")
    return image.astype(np.uint8, copy=False)
