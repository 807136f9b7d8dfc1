"""From a transition to a signed event with its snapshot: what is written down, in which order.

Contract in one sentence: when `record` returns, the event is durable in the outbox, or refused for
lack of room, counted there, and tried again while the incident lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import cv2
import structlog

from cameras import Camera, Frame, Snapshot, SourceError
from events.outbox import OpenIncident, Outbox
from events.record import (
    Draft,
    Event,
    Level,
    LostMedium,
    Medium,
    Place,
    RuleRef,
    Seen,
    ZoneRef,
)
from events.rules import LEVELS
from events.seal import uuid7
from linewarden.clips import ClipDesk
from linewarden.drafts import Instants, Provenance, instant, sentences
from linewarden.fusing import Fusing
from vision import Size, Track

AGAIN_S = 10.0
JPEG_QUALITY = 90
_log = structlog.get_logger()
Key = tuple[str, str]
"""Zone id and rule id: at most one incident of a camera is open for each."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a rule said about one frame; boxes of `seen` in pixels of its native size.

    `numbers` are whole, with their unit in the name.
    """

    kind: Literal["opened", "raised", "lowered", "ended"]
    rule: RuleRef
    zone: ZoneRef
    level: Level
    label: str
    why_zh: str
    why_en: str
    seen: tuple[Track, ...]
    place: Place | None
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Which incident it is about."""
        return self.zone.id, self.rule.id


@dataclass(frozen=True, slots=True)
class _Refused:
    """An `opened` that found no room: kept in memory and tried again."""

    draft: Draft
    snapshot: Snapshot | None
    around_mono_s: float
    due_mono_s: float


class Recorder:
    """Writes the events of one camera's incidents."""

    def __init__(
        self,
        camera: Camera,
        outbox: Outbox,
        clips: ClipDesk,
        source: Provenance,
        instants: Callable[[], Instants],
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._camera, self._outbox, self._clips = camera, outbox, clips
        self._fusing = Fusing(outbox, places or {})
        self._source, self._instants = source, instants
        self._open: dict[Key, Event] = {}
        self._refused: dict[Key, _Refused] = {}
        for incident in outbox.open_incidents(camera.id):
            self._open[incident.zone_id, incident.rule_id] = incident.opened

    def record(self, fact: Fact, frame: Frame) -> Event | None:
        """Write one transition; None where there was no room for it (or for its opening)."""
        if fact.kind == "opened":
            return self._opened(fact, frame)
        opened = self._open.get(fact.key)
        if fact.kind == "ended":
            self._open.pop(fact.key, None)
            self._refused.pop(fact.key, None)
        return None if opened is None else self._followed(opened, fact, frame)

    def leave(self, left: OpenIncident, now: Instants) -> None:
        """End an incident of an earlier process whose rule the settings no longer have."""
        self._open.pop((left.zone_id, left.rule_id), None)
        zh = "规则已从配置中删除，事件由此结束。"
        en = "ended because the settings no longer have its rule"
        when = now.when(now.utc_s)
        draft = left.opened.follow("ended", time=when, explain=sentences(zh, en))
        self._fusing.tell(draft, left.opened)

    def try_again(self) -> None:
        """Write openings that found no room, if there may be room by now."""
        now = self._instants()
        for key, refused in list(self._refused.items()):
            if refused.due_mono_s > now.mono_s:
                continue
            media = self._keep(refused.snapshot, now)
            draft = _with_media(refused.draft, media)
            if self._append_opened(key, draft, refused.around_mono_s) is None:
                self._refused[key] = replace(refused, due_mono_s=now.mono_s + AGAIN_S)

    def _opened(self, fact: Fact, frame: Frame) -> Event | None:
        now = self._instants()
        snapshot = self._snapshot(frame)
        draft = self._draft(fact, frame, snapshot, now)
        whole = _with_media(draft, self._keep(snapshot, now))
        event = self._append_opened(fact.key, whole, frame.mono_s)
        if event is None:
            due_s = now.mono_s + AGAIN_S
            self._refused[fact.key] = _Refused(draft, snapshot, frame.mono_s, due_s)
        return event

    def _append_opened(self, key: Key, draft: Draft, mono_s: float) -> Event | None:
        settled = self._fusing.tell(draft)
        event = None if settled is None else settled.event
        if event is None:
            _log.warning("no room for an event", camera=self._camera.id, zone=key[0])
            return None
        self._refused.pop(key, None)
        self._open[key] = event
        self._clips.owe(event, mono_s)
        _log.info(
            "incident opened", camera=self._camera.id, zone=key[0], incident=event.incident_id
        )
        return event

    def _followed(self, opened: Event, fact: Fact, frame: Frame) -> Event | None:
        now = self._instants()
        when = now.when(frame.captured_s, frame.camera_clock_offset_ms)
        explain = sentences(fact.why_zh, fact.why_en)
        draft = opened.follow(fact.kind, time=when, explain=explain)
        changed = {"level": fact.level, "numbers": dict(fact.numbers) or None}
        draft = draft.model_copy(update=changed)
        _log.info("incident " + fact.kind, camera=self._camera.id, incident=opened.incident_id)
        settled = self._fusing.tell(draft, opened)
        return None if settled is None else settled.event

    def _draft(self, fact: Fact, frame: Frame, snapshot: Snapshot | None, now: Instants) -> Draft:
        """The `opened` event without its media; it lacks what the snapshot will add."""
        size_px = snapshot.size_px if snapshot else frame.native_px
        return Draft(
            kind="opened",
            incident_id=uuid7(now.utc_s),
            camera_id=self._camera.id,
            rule=fact.rule,
            zone=fact.zone,
            label=fact.label,
            level=fact.level,
            frame_px=size_px,
            seen=seen(fact.seen, frame.native_px, size_px),
            time=now.when(frame.captured_s, frame.camera_clock_offset_ms),
            place=fact.place,
            media_lost=[LostMedium(role="snapshot", reason="not_yet_kept")],
            explain=sentences(fact.why_zh, fact.why_en),
            numbers=dict(fact.numbers) or None,
            model=self._source.model,
            config_sha256=self._source.config_sha256,
            software=self._source.software,
            simulated=self._source.simulated,
        )

    def _snapshot(self, frame: Frame) -> Snapshot | None:
        """At native resolution, else at the size that was analysed, else none."""
        try:
            return self._camera.snapshot(frame)
        except SourceError as error:
            _log.warning("snapshot at analysis size", camera=self._camera.id, reason=str(error))
        ok, data = cv2.imencode(".jpg", frame.picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        height, width = frame.picture.shape[:2]
        jpeg = data.tobytes()
        return Snapshot(jpeg, (width, height), frame.captured_s, frame.index) if ok else None

    def _keep(self, snapshot: Snapshot | None, now: Instants) -> Medium | LostMedium:
        if snapshot is None:
            return LostMedium(role="snapshot", reason="not_encoded")
        return self._outbox.put_medium(
            snapshot.jpeg,
            role="snapshot",
            media_type="image/jpeg",
            captured=instant(snapshot.captured_s, now.tz),
            frame=snapshot.index,
        )


def level_of(incident: OpenIncident) -> Level:
    """The level at which an incident was left open."""
    kept = incident.state.get("level") if isinstance(incident.state, dict) else None
    return next((level for level in LEVELS if level == kept), incident.opened.level or "red")


def seen(tracks: Sequence[Track], from_px: Size, to_px: Size) -> list[Seen]:
    """Tracks in the pixels of the snapshot, best first, as many as the record takes."""
    fx, fy = to_px[0] / from_px[0], to_px[1] / from_px[1]
    best = sorted(tracks, key=lambda track: -track.confidence)[:200]
    return [
        Seen(
            label=track.label,
            score_permille=round(track.confidence * 1000),
            box_px=(
                round(track.box_px[0] * fx),
                round(track.box_px[1] * fy),
                round(track.box_px[2] * fx),
                round(track.box_px[3] * fy),
            ),
            track_id=track.id,
        )
        for track in best
    ]


def _with_media(draft: Draft, kept: Medium | LostMedium) -> Draft:
    if isinstance(kept, Medium):
        return draft.model_copy(update={"media": [kept], "media_lost": []})
    return draft.model_copy(update={"media": [], "media_lost": [kept]})
