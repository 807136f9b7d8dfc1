"""One camera's analysis: which frames are looked at, and what is recorded of what the rules say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import structlog

from cameras import Camera, Frame
from events.outbox import OpenIncident, Outbox
from events.record import PresetRef, RuleRef, ZoneRef
from events.rules import Rule, Transition, whole
from events.rules.presets import Preset
from events.rules.schedule import Calendar
from linewarden.drafts import Instants
from linewarden.gaze import Gaze
from linewarden.needs import needs_of
from linewarden.pipeline import Pipeline, Step
from linewarden.placing import Placer, calibration
from linewarden.recorder import Fact, Recorder, level_of
from linewarden.settings import CameraSettings
from linewarden.whereabouts import Whereabouts
from models import Manifest
from vision import Detector, FreeSpace, Kept, Track

if TYPE_CHECKING:
    from events.place import Network

ATTEND_S = 3.0
"""While a rule times something, the camera gives every frame for so long."""
_log = structlog.get_logger()


def pipeline_of(
    settings: CameraSettings,
    manifest: Manifest,
    detector: Detector,
    calendar: Calendar | None = None,
    network: Network | None = None,
    floors: Mapping[str, Kept] | None = None,
) -> Pipeline:
    """The camera's pipeline, rules narrowed to the classes that the model knows.

    `calendar`: the clock by which schedules go; UTC without holidays unless given.
    `network`: pipelines that tell how far off a thing is. `floors`: what was kept of floors.
    """
    settled = {rule.name: rule for rule in settings.rules}
    _, ground = calibration(settings)
    placer = Placer(settings, manifest.input_px)
    return Pipeline(
        detector,
        manifest.thresholds,
        [zone.zone() for zone in settings.zones],
        [rule.rule(manifest.classes) for rule in settings.rules],
        ground=ground,
        where=None if network is None else Whereabouts(placer, network),
        settings=settled,
        calendar=calendar,
        needs=needs_of(settings, manifest.classes, ground),
        second_look=manifest.second_look,
        input_px=manifest.input_px,
        floors=floors,
    )


class Analysis:
    """Looks at frames, and writes down what follows."""

    def __init__(
        self,
        pipeline: Pipeline,
        placer: Placer,
        camera: Camera,
        recorder: Recorder,
    ) -> None:
        self._pipeline, self._placer = pipeline, placer
        self._camera, self._recorder, self._gaze = camera, recorder, Gaze()
        self._rules = {rule.id: rule for rule in pipeline.rules}
        self._busy = False
        self._held: dict[str, str] = {}
        self._remarks: dict[str, str] = {}
        self.suspended = ""
        """Why the camera's pictures decide nothing now, in both languages; else empty."""

    @property
    def floors(self) -> FreeSpace:
        """What is known of the camera's floors."""
        return self._pipeline.floors

    @property
    def remarks(self) -> str:
        """What a person should see to, in both languages; empty where nothing."""
        return " | ".join(dict.fromkeys(self._remarks.values()))

    def look(self, frame: Frame) -> None:
        """Take one frame of the camera."""
        wanted = self._gaze.wants(frame.mono_s, moving=frame.moving, busy=self._busy)
        step = self._pipeline.step(
            frame.picture,
            frame.native_px,
            frame.mono_s,
            utc_s=frame.captured_s,
            detect=wanted,
            # What stands still in an idle picture has been seen as well as it can be.
            crop=frame.crop if frame.moving or self._busy else None,
        )
        self._tell_held(step)
        if step.detections is None and not step.sights:
            return
        self._note(step)
        for doubt in step.doubts:
            _log.info("not confirmed", camera=self._camera.id, rule=doubt.rule_id, why=doubt.why_en)
        self._busy = step.busy
        if step.timing:
            self._camera.attend(frame.mono_s + ATTEND_S)
        for rule_id, said in step.transitions.items():
            for transition in said:
                self._recorder.record(self._fact(rule_id, transition, step, frame), frame)

    def _note(self, step: Step) -> None:
        """Keep what the rules remark; a picture that was passed over has no word about it."""
        for rule_id, sight in step.sights.items():
            if sight.remark is not None:
                self._remarks[rule_id] = " · ".join(sight.remark)
            elif sight.observation is not None:
                self._remarks.pop(rule_id, None)

    def accept_view(self) -> None:
        """The camera's view from now on is right, as somebody has said who looked."""
        self._pipeline.accept_view()

    def _tell_held(self, step: Step) -> None:
        """Log when a rule is held back, and when it may speak again."""
        if step.detections is None and not step.held:
            return
        suspended = step.suspended
        self.suspended = "" if suspended is None else f"{suspended.why_zh} · {suspended.why_en}"
        held = {rule_id: why.why_en for rule_id, why in step.held.items()}
        for rule_id in sorted(held.keys() ^ self._held.keys()):
            why = held.get(rule_id, "no longer")
            _log.info("rule held back", camera=self._camera.id, rule=rule_id, why=why)
        self._held = held

    def resume(self, outbox: Outbox, camera_id: str, now: Instants) -> None:
        """Go on with incidents that an earlier process left open; end those nobody watches."""
        for incident in outbox.open_incidents(camera_id):
            if self._is_watched(incident):
                ago_s = max(0.0, now.utc_s - incident.opened_s)
                label = incident.opened.label or "object"
                self._pipeline.resume(
                    incident.rule_id, now.mono_s - ago_s, now.mono_s, label, level_of(incident)
                )
                self._busy = True
            else:
                self._recorder.leave(incident, now)
            _log.info("incident taken over", camera=camera_id, incident=incident.incident_id)

    def _is_watched(self, incident: OpenIncident) -> bool:
        rule = self._rules.get(incident.rule_id)
        return rule is not None and rule.zone_id == incident.zone_id

    def _fact(self, rule_id: str, said: Transition, step: Step, frame: Frame) -> Fact:
        rule = self._rules[rule_id]
        tracks: Sequence[Track] = [t for t in step.tracks if t.seen_now]
        culprit = next((t for t in tracks if t.id == said.track_id), None)
        return Fact(
            kind=said.kind,
            rule=_rule_ref(rule, self._pipeline.preset(rule_id)),
            zone=self._zone_ref(rule),
            level=said.level,
            label=said.label,
            why_zh=said.why_zh,
            why_en=said.why_en,
            numbers=whole(said.numbers),
            seen=tuple(tracks),
            place=self._placer.place(culprit, frame.native_px),
        )

    def _zone_ref(self, rule: Rule) -> ZoneRef:
        zone = self._pipeline.zones[rule.zone_id]
        corners = [(round(x), round(y)) for x, y in zone.polygon]
        return ZoneRef(id=zone.id, polygon_px=corners, frame_px=zone.frame_px)


def _rule_ref(rule: Rule, preset: Preset | None) -> RuleRef:
    basis = None
    if preset is not None:
        basis = PresetRef(
            id=preset.id,
            version=preset.version,
            basis=list(preset.basis),
            verified=preset.verified,
            to=list(preset.to),
        )
    return RuleRef(
        id=rule.id,
        version=rule.version,
        after_ms=round(rule.after_s * 1000),
        clear_ms=round(rule.clear_s * 1000),
        preset=basis,
    )
