"""One camera's process: watch, analyse, record. Nothing that the network does can stall it."""

from __future__ import annotations

import structlog

from cameras import Back, Camera, ClockStep, Frame, Lost
from events.outbox import Outbox
from linewarden.analysis import Analysis, pipeline_of
from linewarden.box import Box, BoxClock, hold
from linewarden.clips import ClipDesk
from linewarden.drafts import health, instant, sentences
from linewarden.errors import CommandError, line_of
from linewarden.floor_files import folder_of
from linewarden.floor_keeper import FloorKeeper, floors_of
from linewarden.health import Absence, due, lost
from linewarden.log import configure_log
from linewarden.placing import Placer
from linewarden.recorder import Recorder
from linewarden.settings import CameraSettings
from linewarden.settings_sensors import fusion_sources
from linewarden.status import CameraStatus, write_status
from linewarden.streams import camera_of
from linewarden.supervisor import Stop, leave
from linewarden.view import is_accepted
from linewarden.whereabouts import network_of

STATUS_S = 2.0
CLIPS_AT_STOP_S = 5.0
_log = structlog.get_logger()


def camera_main(box: Box, camera_id: str) -> None:
    """Run until told to stop; what the supervisor starts. Never returns."""
    configure_log()
    stop = Stop()
    settings = next(camera for camera in box.settings.cameras if camera.id == camera_id)
    try:
        hold(
            box.settings.spool_folder / f"camera-{camera_id}.lock",
            10.0,
            CommandError(f"camera {camera_id} is watched by another process", "stop that one"),
        )
        with box.open_outbox() as outbox:
            CameraProcess(box, settings, outbox).run(stop)
    except Exception as error:
        line = line_of(error)
        if line is None:
            raise
        _log.error("camera process cannot go on", camera=camera_id, reason=line)
        leave(1)
    leave(0)


class CameraProcess:
    """What one camera shows, and what is made of it."""

    def __init__(self, box: Box, settings: CameraSettings, outbox: Outbox) -> None:
        self._box, self._settings, self._outbox = box, settings, outbox
        self._now = BoxClock(box.settings)
        self._camera: Camera = camera_of(settings, box.settings.clip)
        clip = box.settings.clip
        self._clips = ClipDesk(
            self._camera, outbox, self._now, before_s=clip.before_s, after_s=clip.after_s
        )
        self._recorder = Recorder(
            self._camera,
            outbox,
            self._clips,
            box.provenance(),
            self._now,
            fusion_sources(box.settings),
        )
        manifest = box.engine.manifest(box.settings.model)
        detector = box.engine.detector(manifest)
        self._keeper = FloorKeeper(
            folder_of(box.settings.spool_folder, settings.id), floors_of(settings)
        )
        pipeline = pipeline_of(
            settings,
            manifest,
            detector,
            box.settings.calendar,
            network_of(box.settings.network),
            self._keeper.begin(),
        )
        self._analysis = Analysis(
            pipeline, Placer(settings, manifest.input_px), self._camera, self._recorder
        )
        self._analysis.resume(outbox, settings.id, self._now())
        self._absence = Absence()
        self._last_frame_s: float | None = None
        self._status_s = float("-inf")

    def run(self, stop: Stop) -> None:
        """Take what comes until stopped; then settle what is owed."""
        self._clips.start()
        for happening in self._camera.watch():
            match happening:
                case Frame():
                    self._note_first(happening)
                    self._analysis.look(happening)
                case Lost():
                    self._absence = lost(self._absence, happening.mono_s, happening.reason)
                case Back():
                    self._back(happening)
                case ClockStep():
                    self._clock_jumped(happening)
            self._chores()
            if stop.event.is_set():
                break
        if not stop.orphaned:
            self._clips.stop(CLIPS_AT_STOP_S)
        self._keep_floors(last=True)
        self._report("unknown", "the edge was stopped")

    def _note_first(self, frame: Frame) -> None:
        if self._last_frame_s is None:
            captured = instant(frame.captured_s, self._box.settings.tz)
            _log.info("first frame", camera=self._settings.id, captured=captured)
        self._last_frame_s = frame.mono_s

    def _chores(self) -> None:
        now_s = self._now().mono_s
        lost_now = self._camera.lost
        if lost_now is not None:
            self._absence = lost(self._absence, lost_now.mono_s, lost_now.reason)
        frozen = self._absence.reason.startswith("frozen")
        if due(self._absence, now_s, frozen=frozen):
            self._tell_dead(now_s)
        if now_s - self._status_s >= STATUS_S:
            self._status_s = now_s
            self._recorder.try_again()
            self._keep_floors()
            if is_accepted(self._box.settings.spool_folder, self._settings.id):
                self._analysis.accept_view()
                _log.info("view accepted", camera=self._settings.id)
            away = self._absence.since_s is not None
            if away:
                self._report("dead", self._absence.reason)
            elif self._analysis.suspended:
                self._report("unknown", self._analysis.suspended)
            else:
                self._report("ok", self._absence.reason or self._analysis.remarks)

    def _keep_floors(self, *, last: bool = False) -> None:
        now = self._now()
        moment = instant(now.utc_s, now.tz)
        self._keeper.step(self._analysis.floors, now.mono_s, moment, last=last)

    def _report(self, state: str, reason: str) -> None:
        status = CameraStatus(state, self._last_frame_s, reason, self._now().mono_s)
        write_status(self._box.status_folder, self._settings.id, status)

    def _tell_dead(self, now_s: float) -> None:
        away_s = now_s - (self._absence.since_s or now_s)
        reason = self._absence.reason
        zh = f"摄像机无画面已 {away_s:.0f} 秒：{reason}。"
        en = f"no picture for {away_s:.0f} s: {reason}"
        if self._tell("camera_dead", zh, en):
            self._absence = Absence(self._absence.since_s, reason, told=True)

    def _back(self, back: Back) -> None:
        if self._absence.told:
            away_s = back.away_s
            zh, en = f"摄像机恢复，中断 {away_s:.0f} 秒。", f"picture again after {away_s:.0f} s"
            self._tell("camera_back", zh, en)
        self._absence = Absence()

    def _clock_jumped(self, step: ClockStep) -> None:
        zh = f"本机时钟被调整 {step.by_s:+.1f} 秒。"
        en = f"the clock of the box was set by {step.by_s:+.1f} s"
        self._tell("clock_jump", zh, en)

    def _tell(self, kind: str, zh: str, en: str) -> bool:
        """Record an event about the camera, at the time of telling; False without room."""
        now = self._now()
        when = now.when(now.utc_s)
        draft = health(
            kind,  # type: ignore[arg-type] # one of the three kinds above
            self._settings.id,
            when,
            sentences(zh, en),
            self._box.provenance(),
        )
        _log.info(kind.replace("_", " "), camera=self._settings.id, reason=en)
        return self._outbox.append(draft) is not None
