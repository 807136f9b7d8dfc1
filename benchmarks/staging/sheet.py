"""A contact sheet of a take: what the rules saw, to find out who is wrong."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.staging.take import Take, steps
from linewarden.pipeline import Step
from vision import Picture, Zone

COLUMNS, ROWS = 4, 4
THUMB_PX = (400, 225)


def contact_sheet(take: Take) -> Picture:
    """Sixteen pictures over the take, and one for each transition, with zones and tracks."""
    looks = list(steps(take))
    wanted = set(np.linspace(0, len(looks) - 1, COLUMNS * ROWS - 2).astype(int).tolist())
    wanted |= {i for i, (_, _, step) in enumerate(looks) if step.transitions}
    chosen = sorted(wanted)[: COLUMNS * ROWS + 8]
    thumbs = [_drawn(take.zones, *looks[i]) for i in chosen]
    blank = np.zeros_like(thumbs[0])
    thumbs += [blank] * (-len(thumbs) % COLUMNS)
    rows = [np.hstack(thumbs[k : k + COLUMNS]) for k in range(0, len(thumbs), COLUMNS)]
    return np.vstack(rows)


def _drawn(zones: tuple[Zone, ...], t: float, picture: Picture, step: Step) -> Picture:
    out = picture.copy()
    for zone in zones:
        cv2.polylines(
            out, [np.array(zone.polygon, np.int32)], isClosed=True, color=(0, 255, 255), thickness=1
        )
    for track in step.tracks:
        x1, y1, x2, y2 = (round(v) for v in track.box_px)
        colour = (0, 255, 0) if track.seen_now else (120, 120, 120)
        cv2.rectangle(out, (x1, y1), (x2, y2), colour, 1)
        cv2.putText(out, f"{track.id} {track.label}", (x1, y1 - 2), 0, 0.4, colour, 1)
    for sight in step.sights.values():
        for outline in sight.outlines:
            cv2.polylines(
                out, [np.array(outline, np.int32)], isClosed=True, color=(0, 0, 255), thickness=2
            )
    words = " ".join(
        f"{one.kind} {rule}" for rule, news in step.transitions.items() for one in news
    )
    cv2.putText(out, f"{t:.1f} {words}", (6, 20), 0, 0.6, (0, 0, 255), 2)
    return np.asarray(cv2.resize(out, THUMB_PX, interpolation=cv2.INTER_AREA), np.uint8)
