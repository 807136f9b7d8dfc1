"""Fusion at work: what a source says goes through its place's state, in the event's transaction.

The state is kept in the outbox's database, which all processes of the box share: whoever records
decides, alone, by what all others have recorded. There is no other word between the processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from pydantic import TypeAdapter

from events.outbox import Decision, Outbox, Settled
from events.record import Draft, Event, Level, Sentence
from events.rules import whole
from events.rules.fusion import Alarm, AlarmKind, FusionState, Told, step, words
from events.seal import Json
from linewarden.drafts import Instants, sentences
from linewarden.kept import restored
from linewarden.settings import EdgeSettings
from linewarden.settings_sensors import fusion_sources

_STATE = TypeAdapter(FusionState)


def saved(draft: Draft) -> dict[str, Json]:
    """What is kept with an open incident, so that another process can go on at its level."""
    return {} if draft.level is None else {"level": draft.level}


class Fusing:
    """Records what sources say. `places`: the fusion of each source that belongs to one."""

    def __init__(self, outbox: Outbox, places: Mapping[str, str]) -> None:
        self._outbox, self._places = outbox, places

    def tell(
        self, draft: Draft, opened: Event | None = None, kind: AlarmKind | None = None
    ) -> Settled | None:
        """Record a transition, as its place makes of it; None: refused for lack of room.

        `opened`: the source's first event of the incident. `kind`: `quiet` or `again`, of which
        the draft is what would be told.
        """
        source = source_of(draft)
        place = self._places.get(source)
        if place is None:
            if kind is not None:
                return Settled(None)
            if draft.kind == "ended" and opened is not None:
                return self._outbox.end(draft, opened)  # it may have been of a place before
            event = self._outbox.append(draft, state=saved(draft))
            return None if event is None else Settled(event)
        alarm = _alarm(source, draft, kind or cast(AlarmKind, draft.kind))
        known = frozenset(name for name, of in self._places.items() if of == place)

        def decide(kept: Json | None) -> Decision:
            after, told = step(_kept(place, kept).only(known), alarm)
            if told is None:
                closes = opened if alarm.kind == "ended" else None
                return Decision(after.to_json(), closes=closes)
            whole_draft = _as_told(draft, told, alarm.at_s)
            holds = alarm.kind == "opened" or told.incident_id == alarm.incident_id
            return Decision(after.to_json(), whole_draft, saved(whole_draft) if holds else None)

        return self._outbox.settle(f"fusion/{place}", decide)


def _kept(place: str, plain: Json | None) -> FusionState:
    """What was kept of a place."""
    state = None if plain is None else restored(_STATE, plain, fusion=place)
    return state or FusionState()


def source_of(draft: Draft) -> str:
    """A sensor by its id, a camera's rule as CAMERA/RULE."""
    rule_id = draft.rule.id if draft.rule else ""
    return draft.sensor.id if draft.sensor else f"{draft.camera_id}/{rule_id}"


def _alarm(source: str, draft: Draft, kind: AlarmKind) -> Alarm:
    at_s = datetime.fromisoformat(draft.time.captured).timestamp()
    if kind == "ended" and draft.sensor is None and draft.rule is not None:
        at_s -= draft.rule.clear_ms / 1000  # it has been gone for so long
    level: Level = draft.level or "red"
    label = draft.label or "object"
    return Alarm(source, draft.source_id or "", label, kind, at_s, level, draft.incident_id or "")


def _as_told(draft: Draft, told: Told, at_s: float) -> Draft:
    changed: dict[str, object] = {
        "kind": told.kind,
        "incident_id": told.incident_id,
        "level": told.level,
    }
    if told.partners:
        zh, en, numbers = words(told, at_s)
        added = {"zh": zh, "en": en}
        changed["explain"] = [
            Sentence(lang=s.lang, text=(s.text[: 999 - len(added[s.lang])] + added[s.lang])[:1000])
            for s in draft.explain
        ]
        changed["numbers"] = {**(draft.numbers or {}), **whole(numbers)}
    return draft.model_copy(update=changed)


def end_gone(settings: EdgeSettings, outbox: Outbox, now: Instants) -> None:
    """End what cameras and sensors left open that the settings no longer have: nobody else does."""
    there = {camera.id for camera in settings.cameras} | {s.id for s in settings.sensors}
    fusing = Fusing(outbox, fusion_sources(settings))
    zh = "摄像机或传感器已从配置中删除，事件由此结束。"
    en = "ended: the settings no longer have its camera or sensor"
    for incident in outbox.open_incidents():
        if incident.source_id not in there:
            when = now.when(now.utc_s)
            draft = incident.opened.follow("ended", time=when, explain=sentences(zh, en))
            fusing.tell(draft, incident.opened)
