"""What a track does: it passes, it is stopped, or it works.

A machine works while it stands or creeps, something inside its box stirs, and what stirs wanders
as an arm or a swing does. Parked it does not; on a low-loader it is a load. Method: vision.md G.4.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Literal

import cv2
import numpy as np

from vision.alignment import Affine, Grey, SceneMotion
from vision.loads import Loads
from vision.nms import shared
from vision.pace import FAST, Pace
from vision.stir import stir
from vision.stir_looks import LAG_S, LEAST_ACTIVE_S, StirLook, Stirring, stirring
from vision.types import Box, Picture, Point, Size, Track
from vision.under_way import under_way

Kind = Literal["passing", "stopped", "working"]

MACHINES = frozenset({"excavator", "machine"})
"""The classes that can work."""
VEHICLES = frozenset({"car", "truck", "bus"})
WALKERS = frozenset({"person"})
"""Whose activity is not measured: they count as passing."""
MOST_LAG_S = 2.0
"""A picture is compared with none that is older; `LAG_S` is the least."""
EVERY_S = 0.5
"""A box is compared no oftener than this."""
WINDOW_S = 15
BEGIN_SHARE, GO_ON_SHARE = 0.4, 0.3
"""Share of the seconds in the window that are active: to begin to work, and to go on."""
WANDER, GO_ON_WANDER = 0.15, 0.10
"""Heights by which the middle of what stirs must wander about: to begin to work, and to go on."""
MOVER_PAD = 0.12
"""Boxes of persons and lorries are taken wider by so many of their heights: limbs, and a box that
is not exact."""
LOST_S = 2.0
"""So long a mover that is not found any more counts as one that is hidden."""
WITHIN = 0.8
"""Share of a new box that must lie within a machine's to be of that machine."""
REGAINED = 0.4
"""Share of the lesser box that a machine's lost box and its new one have in common."""
PAUSE_S = 4.0
"""A machine that did not work for so long begins anew; it may drive a little to and fro between."""
LATEST_S = 6.0
"""Who was not looked at for so long, since it drives, does not work."""
DOUBTFUL = 0.45
"""A vehicle that was never seen to move stands only if its mean score is above this: a skip or a
wall that looks a little like a lorry stands for ever."""
FORGET_S = 20.0
ALIGN_PX = 320


@dataclass(frozen=True, slots=True)
class Activity:
    """What a track does, and since when (capture time, found by looking back).

    `speed_hps` in its own heights a second (0 while unknown); `stir_share` the newest share of its
    box that stirs; `active_share` how much of the window was active; `wander_h` in heights.
    `stands_px` is where a machine that does not drive stands: the median of its feet, for an arm
    that reaches towards the camera lowers the box's edge, not the machine. None for all others.
    """

    kind: Kind
    since_s: float
    speed_hps: float = 0.0
    stir_share: float = 0.0
    active_share: float = 0.0
    wander_h: float = 0.0
    stands_px: Point | None = None


@dataclass(frozen=True, slots=True)
class _Past:
    """An earlier picture, and what moved about in it: boxes in its own pixels."""

    at_s: float
    grey: Grey
    movers_px: tuple[Box, ...]


@dataclass(slots=True)
class _Followed:
    first_s: float
    pace: Pace = field(default_factory=Pace)
    measured: deque[StirLook] = field(default_factory=deque)
    stirring: Stirring | None = None
    """What those of `measured` at which it did not drive say together; None: to be asked anew."""
    working_s: float | None = None
    worked_s: float = float("-inf")
    """When it last worked."""
    drove_s: float = float("-inf")
    """When it was last too fast to be measured."""
    seen_s: float = 0.0
    looks: int = 0
    scores: float = 0.0

    def creeps(self) -> bool:
        """Whether it stays about where it is, or may: an arm alone moves a box that is cut."""
        return self.pace.is_cut or self.pace.speed is None or self.pace.speed < FAST

    def is_due(self, now_s: float) -> bool:
        """Whether what stirs in it is to be measured now."""
        is_new = not self.measured or now_s - self.measured[-1].at_s >= EVERY_S - 1e-6
        return is_new and self.creeps()

    def remember(self, look: StirLook) -> None:
        """Take one more look, and leave out those of before the window."""
        self.measured.append(look)
        while look.at_s - self.measured[0].at_s > WINDOW_S:
            self.measured.popleft()
        self.stirring = None

    def is_doubtful(self, label: str) -> bool:
        """Whether what is called by `label` may be a thing that always stands there."""
        unsure = self.scores < DOUBTFUL * self.looks
        return unsure and label in VEHICLES and not self.pace.has_moved


class ActivityMeter:
    """Follows what the tracks of one camera do. Times come in rising order."""

    def __init__(self) -> None:
        self._followed: dict[int, _Followed] = {}
        self._past: deque[_Past] = deque()
        self._loads = Loads()
        self._scene = SceneMotion()
        self._now_s: float | None = None
        self._answer: dict[int, Activity] = {}

    def step(
        self, picture: Picture, frame_px: Size, tracks: Sequence[Track], now_s: float
    ) -> Mapping[int, Activity]:
        """What each track that is seen now does, by track id; the same picture costs nothing twice.

        `picture` is BGR; the tracks' boxes are in pixels of `frame_px`. Asked again about the same
        moment, it adds the tracks that it was not told of before.
        """
        if now_s != self._now_s:
            self._now_s, self._answer = now_s, {}
        seen = [track for track in tracks if track.seen_now and track.id not in self._answer]
        if not seen:
            return self._answer
        for track in seen:
            if track.label in WALKERS:
                continue
            if track.id not in self._followed:
                self._followed[track.id] = self._begun(track, tracks, now_s)
            one = self._followed[track.id]
            one.pace.see(track, frame_px, now_s)
            if not one.creeps():
                one.drove_s = now_s
            one.seen_s = now_s
            one.looks, one.scores = one.looks + 1, one.scores + track.confidence
        paces = {number: one.pace for number, one in self._followed.items()}
        loads = self._loads.step(seen, paces, now_s)
        self._measure(picture, frame_px, tracks, now_s)
        for track in seen:
            if track.label in WALKERS:
                self._answer[track.id] = Activity("passing", track.first_seen_s)
            else:
                self._answer[track.id] = self._judge(track, frame_px, now_s, track.id in loads)
        self._forget(now_s)
        return self._answer

    def _begun(self, track: Track, tracks: Sequence[Track], now_s: float) -> _Followed:
        """A box that appears within a machine's is its part, or the machine boxed anew.

        It goes on with what was measured there: work does not begin again with each new box.
        """
        for other in tracks if track.label in MACHINES else ():
            known = self._followed.get(other.id) if other.label in MACHINES else None
            if known is not None and _is_same(track, other):
                begun = _Followed(now_s, measured=deque(known.measured))
                begun.working_s, begun.worked_s = known.working_s, known.worked_s
                return begun
        return _Followed(now_s)

    def _measure(
        self, picture: Picture, frame_px: Size, tracks: Sequence[Track], now_s: float
    ) -> None:
        seen = [track for track in tracks if track.seen_now]
        machines = [track for track in seen if track.label in MACHINES]
        if not machines:
            return
        due = [t for t in machines if self._followed[t.id].is_due(now_s)]
        is_kept = not self._past or now_s - self._past[-1].at_s >= EVERY_S / 2
        if not due and not is_kept:
            return
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        scale = (grey.shape[1] / frame_px[0], grey.shape[0] / frame_px[1])
        movers = tuple(_scaled(box, scale) for box in self._movers(tracks, now_s))
        motions: dict[float, Affine] = {}
        for track in due:
            one = self._followed[track.id]
            before = self._before(grey, now_s, one.drove_s)
            if before is None:
                continue
            if before.at_s not in motions:
                boxes = [_scaled(t.box_px, scale) for t in seen]
                motions[before.at_s] = self._motion(before.grey, grey, boxes, now_s)
            motion, hidden = motions[before.at_s], (*movers, *before.movers_px)
            found = stir(before.grey, grey, motion, _scaled(track.box_px, scale), hidden)
            if found is not None:
                centre_px = _up(found.centre_px, scale)
                look = StirLook(now_s, found.share, centre_px, track.box_px, before.at_s)
                one.remember(look)
        if is_kept:
            self._past.append(_Past(now_s, grey, movers))

    def _motion(self, before: Grey, after: Grey, boxes_px: Sequence[Box], now_s: float) -> Affine:
        """The scene's motion, found on small pictures."""
        factor = min(1.0, ALIGN_PX / after.shape[1])
        small = [_shrunk(picture, factor) for picture in (before, after)]
        boxes = [_scaled(box, (factor, factor)) for box in boxes_px]
        motion = self._scene.between(small[0], small[1], boxes, now_s).copy()
        motion[:, 2] /= factor
        return motion

    def _before(self, grey: Grey, now_s: float, drove_s: float) -> _Past | None:
        """The picture to compare with: the oldest since the machine stands; None where none is.

        One that drove when the earlier picture was taken stirs all over, and is at rest.
        """
        for past in self._past:
            if past.at_s > drove_s and LAG_S <= now_s - past.at_s <= MOST_LAG_S:
                return past if past.grey.shape == grey.shape else None
        return None

    def _movers(self, tracks: Iterable[Track], now_s: float) -> list[Box]:
        """Boxes of what moves in front or behind: persons, and vehicles that drive; a little wider.

        Whom a machine hides for a moment is still there, and has gone on.
        """
        return [
            _wider(_gone_on(track, self._velocity(track), now_s - track.last_seen_s))
            for track in tracks
            if track.seen_now or now_s - track.last_seen_s <= LOST_S
            if track.label in WALKERS or self._drives(track)
        ]

    def _velocity(self, track: Track) -> Point:
        """In heights a second; nobody follows where persons go."""
        one = self._followed.get(track.id)
        return (one.pace.velocity if one is not None else None) or (0.0, 0.0)

    def _drives(self, track: Track) -> bool:
        return track.label in VEHICLES and hypot(*self._velocity(track)) > FAST

    def _judge(self, track: Track, frame_px: Size, now_s: float, is_load: bool) -> Activity:
        one = self._followed[track.id]
        speed = one.pace.speed or 0.0
        share = one.measured[-1].share if one.measured else 0.0
        stopped_s = None if one.pace.is_away else one.pace.stopped_s
        if one.stirring is None:
            one.stirring = stirring(_at_rest(one.measured, frame_px))
        stirs = one.stirring
        wander = stirs.wander_px / max(1.0, track.box_px[3] - track.box_px[1])
        begins = one.working_s is None
        works = (
            not is_load
            and one.creeps()
            and stirs.active_seconds >= LEAST_ACTIVE_S
            and now_s - stirs.last_s <= LATEST_S
            and stirs.active_share >= (BEGIN_SHARE if begins else GO_ON_SHARE)
            and wander > (WANDER if begins else GO_ON_WANDER)
        )
        if works:
            # What lies further back may come to count later.
            one.working_s = min(one.working_s or now_s, stirs.onset_s)
            one.worked_s = now_s
        elif now_s - one.worked_s > PAUSE_S:
            one.working_s = None
        measured = (speed, share, stirs.active_share, wander, stirs.stands_px)
        if works and one.working_s is not None:
            return Activity("working", one.working_s, *measured)
        if stopped_s is not None and not is_load and not one.is_doubtful(track.label):
            return Activity("stopped", stopped_s, *measured)
        return Activity("passing", one.first_s, *measured[:-1])

    def _forget(self, now_s: float) -> None:
        gone = [n for n, one in self._followed.items() if now_s - one.seen_s > FORGET_S]
        for number in gone:
            del self._followed[number]
        while self._past and now_s - self._past[0].at_s > MOST_LAG_S:
            self._past.popleft()


def _at_rest(looks: Sequence[StirLook], frame_px: Size) -> list[StirLook]:
    """Those at which a machine did not drive, nor when the earlier picture was taken."""
    rest: list[StirLook] = []
    drove_s = float("-inf")
    for look, drove in zip(looks, under_way([one.box_px for one in looks], frame_px), strict=True):
        if drove:
            drove_s = look.at_s
        elif look.before_s > drove_s:
            rest.append(look)
    return rest


def _shrunk(grey: Grey, factor: float) -> Grey:
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _is_same(new: Track, known: Track) -> bool:
    """Whether a new box is of the machine that is known.

    It lies within its box; or that is not seen now, and a good part of the lesser is common to
    both: the body, while the arm that made the one box now makes the other.
    """
    a, b = np.array([new.box_px], np.float32), np.array([known.box_px], np.float32)
    common, (mine, its) = float(shared(a, b)[0, 0]), (_area(new.box_px), _area(known.box_px))
    is_lost = not known.seen_now and common >= REGAINED * min(mine, its)
    return is_lost or common >= WITHIN * mine


def _area(box: Box) -> float:
    return max(1.0, (box[2] - box[0]) * (box[3] - box[1]))


def _scaled(box: Box, by: tuple[float, float]) -> Box:
    return box[0] * by[0], box[1] * by[1], box[2] * by[0], box[3] * by[1]


def _wider(box: Box) -> Box:
    pad = MOVER_PAD * (box[3] - box[1])
    return box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad


def _gone_on(track: Track, velocity: Point, lost_s: float) -> Box:
    """From where a track was seen last to where it is now, `velocity` in its heights a second."""
    if track.seen_now:
        return track.box_px
    x1, y1, x2, y2 = track.box_px
    dx, dy = (side * (y2 - y1) * lost_s for side in velocity)
    return x1 + min(dx, 0.0), y1 + min(dy, 0.0), x2 + max(dx, 0.0), y2 + max(dy, 0.0)


def _up(point: Point | None, scale: tuple[float, float]) -> Point | None:
    return None if point is None else (point[0] / scale[0], point[1] / scale[1])
