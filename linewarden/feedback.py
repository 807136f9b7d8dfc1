"""What people decided about incidents, as pictures to learn from. Pure: no network, no files.

A confirmed incident gives its boxes as candidates for labels of its class; nothing else is said of
the picture. One dismissed as a false alarm surely does not show its class. Any other dismissal
(permitted, outside, …) says nothing about what stands in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.labels import CLASSES

Fields = Mapping[str, Any]  # Any: an incident as the store shows it (docs/architecture.md)

NOTHING_THERE = "false_alarm"
LICENCE = "pictures of the operator's own cameras; not to be published"
MADE_BY = "linewarden dataset export-feedback"


class LeftOutError(Exception):
    """An incident that teaches nothing; the text says why, in words that can be counted."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One snapshot with what is known about it.

    `lines` are labels (`class cx cy w h`, 0..1); `exhaustive` the ids of the classes of which every
    object has a line; `group` the camera, which is never split between training and validation.
    """

    set_name: str
    stem: str
    group: str
    sha256: str
    lines: tuple[str, ...]
    exhaustive: tuple[int, ...]
    provenance: Mapping[str, object]


def sample_of(incident: Fields, model_sha256: str | None) -> Sample:
    """The sample that a decided incident gives; `LeftOutError` where it gives none."""
    verdict, label = incident["verdict"], str(incident["class"])
    if label not in CLASSES:
        raise LeftOutError(f"class {label!r} is not one that the detector learns")
    if incident["snapshot"]["status"] != "ready":
        raise LeftOutError(f"snapshot is {incident['snapshot']['status']}")
    class_id = CLASSES.index(label)
    if verdict["verdict"] == "confirmed":
        kind, lines = "confirmed", _lines(incident, label, class_id)
        exhaustive: tuple[int, ...] = ()
    elif verdict["reason"] == NOTHING_THERE:
        kind, lines, exhaustive = f"{NOTHING_THERE}_{label}", (), (class_id,)
    else:
        raise LeftOutError(f"dismissed as {verdict['reason']!r}, which says nothing of the picture")
    source = "feedback_simulated" if incident["simulated"] else "feedback"
    return Sample(
        set_name=f"{source}_{kind}",
        stem=str(incident["incident_id"]),
        group=f"{incident['device_id']}/{incident['camera_id']}",
        sha256=str(incident["snapshot"]["sha256"]),
        lines=lines,
        exhaustive=exhaustive,
        provenance={
            "incident_id": incident["incident_id"],
            "class": label,
            "verdict": verdict["verdict"],
            "by": verdict["by"],
            "at": verdict["at"],
            "reason": verdict["reason"],
            "note": verdict["note"],
            "sha256": incident["snapshot"]["sha256"],
            "captured": incident["snapshot"]["captured"],
            "model_sha256": model_sha256,
            "payload_sha256": incident["proof"]["payload_sha256"],
        },
    )


def description(samples: Sequence[Sample], store: str) -> dict[str, object]:
    """The `meta.json` of one set: samples of one name, at least one."""
    counts: dict[str, int] = {}
    for line in (line for sample in samples for line in sample.lines):
        name = CLASSES[int(line.split()[0])]
        counts[name] = counts.get(name, 0) + 1
    return {
        "set": samples[0].set_name,
        "made_by": MADE_BY,
        "store": store,
        "licence": LICENCE,
        "n_images": len(samples),
        "classes": {str(i): name for i, name in enumerate(CLASSES)},
        "exhaustive": list(samples[0].exhaustive),
        "box_counts": counts,
        "label_note": "candidates: boxes of the detector, of the incident's class, in an incident "
        "that a person confirmed; look at them before they are taken for truth",
        "split_groups": {sample.stem: sample.group for sample in samples},
        "provenance": {sample.stem: dict(sample.provenance) for sample in samples},
    }


def _lines(incident: Fields, label: str, class_id: int) -> tuple[str, ...]:
    width, height = incident["frame_px"] or (0, 0)
    lines = []
    for seen in incident["seen"]:
        if seen["class"] != label or not (width and height):
            continue
        x1, y1, x2, y2 = seen["box_px"]
        left, right = (min(max(x / width, 0.0), 1.0) for x in (x1, x2))
        top, bottom = (min(max(y / height, 0.0), 1.0) for y in (y1, y2))
        if right > left and bottom > top:
            middle = (left + right) / 2, (top + bottom) / 2
            sides = right - left, bottom - top
            lines.append(" ".join([str(class_id), *(f"{v:.6f}" for v in (*middle, *sides))]))
    if not lines:
        raise LeftOutError("no box of its class lies in the picture")
    return tuple(lines)
