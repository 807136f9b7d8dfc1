"""Following objects: detections of many pictures become tracks, with every duration in seconds.

After ByteTrack (ECCV 2022: sure boxes first, unsure ones only to keep what is known) and SORT
(constant velocity), with the true time between pictures, so that a lost picture is a longer step.

Long gaps. A camera on which nothing moves is looked at every 2 to 10 s only. So (1) what was not
looked at does not age: a step ages an unseen track by at most `LOOK_S`; (2) something that stood
still is expected exactly where it was, however long ago, and a vehicle nowhere else; (3) something
that moved is extrapolated for at most `COAST_S`; (4) two hits at one place count as a birth even
when the second look comes late. After `FORGET_S` without a look everything is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.nms import iou, overlaps, suppress
from vision.path import COAST_S, Path, distances
from vision.types import Box, Detections, Track

Families = Sequence[frozenset[str]]
FAMILIES: Families = (
    frozenset({"car", "truck", "bus", "van", "excavator", "machine", "forklift"}),
    frozenset({"smoke", "fire"}),
)
"""Classes that a detector takes for each other: one object, whatever it is called at the moment."""

SURE = 0.4
"""Confidence from which a box may begin a track, where no threshold is given for its class."""
BIRTH_S = 1.5
DEATH_S = 3.0
DEATH_STOPPED_S = 8.0
LOOK_S = 2.0
FORGET_S = 60.0
LABEL_MEMORY_S = 10.0
"""Half-life of a label's votes."""
SAME_OBJECT_IOU = 0.7
SAME_PLACE_IOU = 0.5
GATE = 9.21
"""Squared Mahalanobis distance of the foot, 99 % of two degrees of freedom."""
OTHER_LABEL_COST = 0.05


class Tracker:
    """Detections in, tracks out. `thresholds`: confidence by class from which a box is sure."""

    def __init__(
        self, thresholds: Mapping[str, float] | None = None, *, families: Families = FAMILIES
    ) -> None:
        self._thresholds = dict(thresholds or {})
        self._families = tuple(families)
        self._tracks: list[_Followed] = []
        self._next_id = 1
        self._last_s: float | None = None

    def step(self, detections: Detections, now_s: float) -> tuple[Track, ...]:
        """Take what was seen at `now_s` and give every track that is known by now.

        Tracks not seen now are given as remembered, where they were last seen. A time that does
        not advance changes nothing.
        """
        if self._last_s is not None and now_s <= self._last_s:
            return self._told(born=True)
        blind_s = 0.0 if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        if blind_s > FORGET_S:
            self._tracks = []
        for track in self._tracks:
            track.path.predict(blind_s)
            track.matched = False
        self._associate(_Seen.of(detections, self._families, self._thresholds), now_s)
        for track in self._tracks:
            track.unseen_s = 0.0 if track.matched else track.unseen_s + min(blind_s, LOOK_S)
        self._tracks = _without_twins([t for t in self._tracks if not t.is_dead()])
        return self._told(born=True)

    @property
    def candidates(self) -> tuple[Track, ...]:
        """What was seen once, and needs another look to be believed."""
        return self._told(born=False)

    def _told(self, *, born: bool) -> tuple[Track, ...]:
        return tuple(t.told() for t in self._tracks if t.is_born == born)

    def _associate(self, seen: _Seen, now_s: float) -> None:
        sure, unsure = np.flatnonzero(seen.is_sure), np.flatnonzero(~seen.is_sure)
        left = self._match([t for t in self._tracks if t.is_born], seen, sure, now_s)
        # What was seen once may be a doubled box: it takes no box from what is known.
        candidates = [t for t in self._tracks if not t.is_born]
        left = self._match(candidates, seen, np.array(left, np.intp), now_s)
        waiting = [t for t in self._tracks if not t.matched and t.is_born]
        self._match(waiting, seen, unsure, now_s)
        for i in left:
            self._tracks.append(_Followed(self._next_id, seen, int(i), now_s))
            self._next_id += 1

    def _match(
        self, tracks: Sequence[_Followed], seen: _Seen, rows: NDArray[np.intp], now_s: float
    ) -> list[int]:
        """Give each of `rows` to the track it fits best; return the rows that fit none."""
        if not tracks or not len(rows):
            return [int(i) for i in rows]
        taken = set()
        for t, r in _assign(_costs(tracks, seen, rows)):
            tracks[t].see(seen, int(rows[r]), now_s)
            taken.add(r)
        return [int(row) for r, row in enumerate(rows) if r not in taken]


class _Seen:
    """One picture's boxes, one per object, with what the association asks of them."""

    def __init__(
        self,
        boxes_px: NDArray[np.float32],
        confidences: NDArray[np.float32],
        labels: list[str],
        families: list[str],
        is_sure: NDArray[np.bool_],
    ) -> None:
        self.boxes_px, self.confidences = boxes_px, confidences
        self.labels, self.families = np.array(labels, object), np.array(families, object)
        self.is_sure = is_sure

    @classmethod
    def of(
        cls, detections: Detections, families: Families, thresholds: Mapping[str, float]
    ) -> _Seen:
        """Keep the best of the boxes by which one object is called two things."""
        labels = [detections.label(i) for i in range(len(detections))]
        kin = [next((min(f) for f in families if label in f), label) for label in labels]
        keep: list[int] = []
        for family in dict.fromkeys(kin):
            rows = np.array([i for i, k in enumerate(kin) if k == family], np.intp)
            boxes, scores = detections.boxes_px[rows], detections.confidences[rows]
            keep += [int(rows[i]) for i in suppress(boxes, scores, SAME_OBJECT_IOU)]
        keep.sort()
        sure = [detections.confidences[i] >= thresholds.get(labels[i], SURE) for i in keep]
        return cls(
            detections.boxes_px[keep],
            detections.confidences[keep],
            [labels[i] for i in keep],
            [kin[i] for i in keep],
            np.array(sure, bool),
        )


class _Followed:
    """One track while it is followed."""

    def __init__(self, number: int, seen: _Seen, row: int, now_s: float) -> None:
        self.id, self.family = number, str(seen.families[row])
        self.path = Path(_box(seen, row), is_slow=self.family == "person")
        self.first_s = self.last_s = now_s
        self.unseen_s, self.is_born, self.matched = 0.0, False, True
        self.box_px, self.confidence = _box(seen, row), float(seen.confidences[row])
        self._votes = {str(seen.labels[row]): self.confidence}

    @property
    def label(self) -> str:
        """The name that most of the confidence was given to."""
        return max(self._votes, key=lambda name: self._votes[name])

    def see(self, seen: _Seen, row: int, now_s: float) -> None:
        """Take a box as this object at `now_s`."""
        box, dt = _box(seen, row), now_s - self.last_s
        self.is_born = self.is_born or self._is_believed(box, dt)
        self.path.see(box)
        self.box_px, self.confidence = box, float(seen.confidences[row])
        fade = 0.5 ** (dt / LABEL_MEMORY_S)
        self._votes = {name: vote * fade for name, vote in self._votes.items()}
        label = str(seen.labels[row])
        self._votes[label] = self._votes.get(label, 0.0) + self.confidence
        self.last_s, self.matched = now_s, True

    def _is_believed(self, box: Box, since_s: float) -> bool:
        """Whether a look so long after the last makes a track: soon, or at the same place.

        Since the look before, not the first: that may have been long ago.
        """
        if since_s <= BIRTH_S:
            return True
        return float(overlaps(*np.array([self.box_px, box], np.float32))) > SAME_PLACE_IOU

    def inherit(self, twin: _Followed) -> None:
        """Go on as the twin, where that was known longer."""
        if twin.is_born and twin.first_s < self.first_s:
            self.id, self.first_s, self.is_born = twin.id, twin.first_s, True

    def is_dead(self) -> bool:
        """Whether it was looked for in vain for too long."""
        if not self.is_born:
            return self.unseen_s > BIRTH_S
        return self.unseen_s > (DEATH_STOPPED_S if self.path.is_stopped else DEATH_S)

    def told(self) -> Track:
        """The track as the other rooms know it."""
        return Track(
            self.id,
            self.label,
            self.confidence,
            self.box_px,
            self.first_s,
            self.last_s,
            self.matched,
        )


def _without_twins(tracks: Sequence[_Followed]) -> list[_Followed]:
    """One track an object: of two that lie on each other only one of which is seen, the elder.

    A box that was doubled once would else leave a second track, which takes the object's boxes in
    turn with the first, and every clock of the rules begins anew each time. Two that are both seen
    are two (as in ByteTrack, which drops duplicates of lost tracks).
    """
    seen, unseen = ([t for t in tracks if t.matched == matched] for matched in (True, False))
    if not seen or not unseen:
        return list(tracks)
    boxes = (np.array([t.box_px for t in those], np.float32) for those in (unseen, seen))
    gone = set()
    for u, s in np.argwhere(iou(*boxes) > SAME_OBJECT_IOU).tolist():
        if unseen[u].family == seen[s].family and u not in gone:
            seen[s].inherit(unseen[u])
            gone.add(u)
    return [*seen, *(t for u, t in enumerate(unseen) if u not in gone)]


def _box(seen: _Seen, row: int) -> Box:
    x1, y1, x2, y2 = (float(v) for v in seen.boxes_px[row])
    return x1, y1, x2, y2


def _costs(tracks: Sequence[_Followed], seen: _Seen, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Cost 0..1 of giving each track each of `rows`; infinite where that cannot be."""
    paths = [t.path for t in tracks]
    room = np.array([[-p.room_px, -p.room_px, p.room_px, p.room_px] for p in paths], np.float32)
    room = room[:, None]
    boxes = seen.boxes_px[rows]
    expected = np.array([p.box_px for p in paths], np.float32)[:, None]
    overlap = overlaps(expected + room, boxes + room)
    still = iou(np.array([t.box_px for t in tracks], np.float32), boxes)
    distance = distances(paths, boxes)
    cost = 1 - (0.6 * np.maximum(overlap, still) + 0.4 * np.exp(-distance / 2))
    labels, families = (
        np.array(names, object)[:, None]
        for names in ([t.label for t in tracks], [t.family for t in tracks])
    )
    cost = cost + OTHER_LABEL_COST * (seen.labels[rows] != labels)
    parked = np.array([p.is_parked for p in paths])[:, None]
    reachable = (distance < GATE) & ~(parked & (overlap <= 0)) | (still > SAME_PLACE_IOU)
    return np.where(reachable & (seen.families[rows] == families), cost, np.inf)


def _assign(costs: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The pairs (row, column) of least total cost, without those of infinite cost."""
    import lap  # not at the top: the store imports this room's types and has no need of it

    possible = np.isfinite(costs)
    filled = np.where(possible, costs, 1e3)
    _, columns, _ = lap.lapjv(filled, extend_cost=True, cost_limit=2.0)
    return [(r, int(c)) for r, c in enumerate(columns) if c >= 0 and possible[r, c]]


__all__ = ["COAST_S", "FAMILIES", "Tracker"]
