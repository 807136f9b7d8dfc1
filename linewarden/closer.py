"""What a camera's detector is asked beyond the whole picture: tiles, and second looks.

Tiles are looked at where a zone waits for something too small for the whole picture; a second look
is taken at what a rule is about to believe. A picture costs at most `MOST_CALLS` calls more than
one; without a zone that asks for it, and without a candidate, none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from events.rules import Rule, Transition
from events.rules.words import chinese
from vision import Detections, Detector, Picture, Size, Track
from vision.merge import Part, merge
from vision.second_look import LEAST_HEIGHT_PX, Trial, region_of, score_of
from vision.tiles import MOST_A_LOOK, Need, Tile, due, plan
from vision.tracker import FAMILIES
from vision.types import Crop, Region

MOST_CALLS = MOST_A_LOOK
"""Calls of the detector for one picture besides the one for the whole of it."""
MOST_KEPT_FOR_LOOKS = 2
"""Of these, so many are kept from the tiles while candidates wait."""
Key = tuple[str, int]
"""Rule and track."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A candidate that a second look has not confirmed: it opens nothing for now, and why."""

    rule_id: str
    track: Track
    why_zh: str
    why_en: str


class Closer:
    """One camera's closer looks; it remembers when each tile was seen and what each look said.

    `input_px`: side of the detector's input. `lowest`: scores by class id from which a box counts
    at all. `enough`: the score by class of the candidate from which a second look confirms; a class
    without one needs none. What the rule takes too and is easily mistaken for it confirms as well.
    """

    def __init__(
        self,
        detector: Detector,
        lowest: Sequence[float],
        needs: Sequence[Need] = (),
        enough: Mapping[str, float] | None = None,
        *,
        input_px: int = 416,
    ) -> None:
        self._detector, self._lowest, self._input_px = detector, lowest, input_px
        self._needs, self._enough = tuple(needs), dict(enough or {})
        self._tiles: tuple[Tile, ...] = ()
        self._planned_px: Size | None = None
        self._looked_s: dict[Tile, float] = {}
        self._trials: dict[Key, Trial] = {}
        self._calls = 0

    def see(self, picture: Picture, crop: Crop | None, frame_px: Size, now_s: float) -> Detections:
        """What is in the whole picture and in the tiles whose turn it is, in pixels of the frame.

        Without `crop` the tiles wait: nothing moves, and an idle camera pays nothing.
        """
        self._plan(frame_px)
        parts = [Part((0, 0, *frame_px), self._detector.detect(picture, self._lowest))]
        waiting = sum(trial.verdict(now_s) == "waiting" for trial in self._trials.values())
        free = MOST_CALLS - min(waiting, MOST_KEPT_FOR_LOOKS)
        turn = due(self._tiles, self._looked_s, now_s, free) if crop is not None else ()
        if crop is not None:
            parts += [Part(tile.region, self._detect(crop(tile.region))) for tile in turn]
        self._looked_s.update(dict.fromkeys(turn, now_s))
        self._calls = len(turn)
        return merge(parts, frame_px)

    def there(self, tracks: Sequence[Track], now_s: float) -> tuple[Track, ...]:
        """The tracks; one that was seen when its tile last had its turn counts as seen now."""
        return tuple(
            replace(track, seen_now=True)
            if not track.seen_now and self._waits(track, now_s)
            else track
            for track in tracks
        )

    def believed(self, rule: Rule, tracks: Sequence[Track], now_s: float) -> tuple[Track, ...]:
        """The tracks without those that were refuted for this rule."""
        return tuple(
            track for track in tracks if self._trial(rule, track).verdict(now_s) != "refuted"
        )

    def may_open(self, rule: Rule, said: Transition) -> bool:
        """Whether an opening may happen now: what waits for a second look holds it back."""
        needed = said.kind == "opened" and said.label in self._enough
        verdict = self._trials.get((rule.id, said.track_id), Trial()).verdict(said.at_s)
        return not needed or not said.track_id or verdict != "waiting"

    def explained(self, rule: Rule, said: Transition) -> Transition:
        """An opening with what the second look said."""
        trial = self._trials.get((rule.id, said.track_id))
        if trial is None or said.kind != "opened":
            return said
        zh, en = _far_words(trial) if trial.verdict(said.at_s) == "too far" else _words(trial)
        return replace(said, why_zh=f"{said.why_zh};{zh}", why_en=f"{said.why_en}; {en}")

    def look_again(
        self,
        asked: Sequence[tuple[Rule, Track]],
        crop: Crop | None,
        frame_px: Size,
        now_s: float,
    ) -> tuple[Doubt, ...]:
        """Look at the candidates that are due, as far as the calls reach; who is refuted by it.

        `asked`: what rules that are not open see, in their order.
        """
        wanted = [(rule, track) for rule, track in asked if self._wants(rule, track, now_s)]
        seen: dict[int, tuple[Region, Detections]] = {}
        doubts = []
        for rule, track in wanted:
            if track.box_px[3] - track.box_px[1] < LEAST_HEIGHT_PX:
                self._trials[rule.id, track.id] = self._trial(rule, track).too_far(_height(track))
                continue
            if crop is None or (track.id not in seen and self._calls >= MOST_CALLS):
                continue
            if track.id not in seen:
                region = region_of(track.box_px, frame_px, self._input_px)
                seen[track.id] = region, self._detect(crop(region))
                self._calls += 1
            doubts += self._judge(rule, track, *seen[track.id], now_s)
        return tuple(doubts)

    def forget(self, tracks: Sequence[Track]) -> None:
        """Keep the trials of these tracks only."""
        known = {track.id for track in tracks}
        self._trials = {key: t for key, t in self._trials.items() if key[1] in known}

    def _plan(self, frame_px: Size) -> None:
        if self._planned_px != frame_px:
            self._tiles = plan(self._needs, frame_px, self._input_px)
            self._planned_px, self._looked_s = frame_px, {}

    def _detect(self, picture: Picture) -> Detections:
        return self._detector.detect(picture, self._lowest)

    def _waits(self, track: Track, now_s: float) -> bool:
        x, y = track.foot_px
        return any(
            looked_s == track.last_seen_s < now_s and _holds(tile, x, y)
            for tile, looked_s in self._looked_s.items()
        )

    def _wants(self, rule: Rule, track: Track, now_s: float) -> bool:
        known = track.label in self._enough and track.label in rule.classes
        return track.seen_now and known and self._trial(rule, track).is_due(now_s)

    def _trial(self, rule: Rule, track: Track) -> Trial:
        return self._trials.get((rule.id, track.id), Trial())

    def _judge(
        self, rule: Rule, track: Track, region: Region, found: Detections, now_s: float
    ) -> list[Doubt]:
        enough = self._enough[track.label]
        wanted = {name: enough for name in rule.classes if _is_kin(name, track.label)}
        score, passed = score_of(found, region, track.box_px, wanted)
        trial = self._trial(rule, track).looked(score, passed=passed, now_s=now_s)
        self._trials[rule.id, track.id] = trial
        if trial.verdict(now_s) != "refuted":
            return []
        return [Doubt(rule.id, track, *_refusal(track, trial, enough))]


def _is_kin(name: str, label: str) -> bool:
    return name == label or any(name in family and label in family for family in FAMILIES)


def _holds(tile: Tile, x: float, y: float) -> bool:
    x1, y1, x2, y2 = tile.region
    return x1 <= x <= x2 and y1 <= y <= y2


def _height(track: Track) -> float:
    return track.box_px[3] - track.box_px[1]


def _words(trial: Trial) -> tuple[str, str]:
    looks = trial.hits + trial.misses
    return (
        f"复看 {looks} 次中 {trial.hits} 次确认(最高置信度 {trial.best:.2f})",
        f"second look: {trial.hits} of {looks} confirmed (best score {trial.best:.2f})",
    )


def _far_words(trial: Trial) -> tuple[str, str]:
    height_px, least_px = trial.far_px or 0.0, LEAST_HEIGHT_PX
    return (
        f"目标过远,未经复看(高 {height_px:.0f} 像素,至少需 {least_px:.0f} 像素)",
        f"too far for a second look ({height_px:.0f} px high, {least_px:.0f} are needed)",
    )


def _refusal(track: Track, trial: Trial, enough: float) -> tuple[str, str]:
    looks = trial.hits + trial.misses
    return (
        f"复看未确认{chinese(track.label)}:{looks} 次中 {trial.hits} 次"
        f"(最高置信度 {trial.best:.2f},至少需 {enough:.2f}),{trial.again_s:.0f} 秒后再看",
        f"second look does not confirm {track.label}: {trial.hits} of {looks} "
        f"(best score {trial.best:.2f}, {enough:.2f} is needed); again in {trial.again_s:.0f} s",
    )
