"""Clips that are owed: each incident's clip becomes an event of its own, some seconds later.

A thread of its own, because cutting and storing megabytes must not stall the analysis.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from cameras import Camera, Clip, SourceError
from events.outbox import Outbox
from events.record import Draft, Event, LostMedium, Medium
from linewarden.drafts import Instants, instant, sentences

LOOK_S = 0.5
AGAIN_S = 30.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Owed:
    """An incident whose clip is to be cut: its event and the moment, monotone seconds."""

    opened: Event
    around_mono_s: float
    due_mono_s: float
    lost: tuple[str, str] | None = None
    """Short code and words, where it is known that there will be no clip."""


class ClipDesk:
    """Cuts each clip when its last second has come in."""

    def __init__(
        self,
        camera: Camera,
        outbox: Outbox,
        instants: Callable[[], Instants],
        *,
        before_s: float,
        after_s: float,
    ) -> None:
        self._camera, self._outbox, self._instants = camera, outbox, instants
        self._before_s, self._after_s = before_s, after_s
        lost = ("edge_restarted", "the edge was restarted before the clip was whole")
        self._owed = [Owed(old, 0.0, 0.0, lost) for old in outbox.pending_clips(camera.id)]
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        """Begin to work; what an earlier process still owed is settled first, as lost."""
        self._thread.start()

    def owe(self, opened: Event, around_mono_s: float) -> None:
        """An incident was recorded: cut its clip later."""
        due_s = around_mono_s + self._after_s
        with self._changed:
            self._owed.append(Owed(opened, around_mono_s, due_s))
            self._changed.notify()

    def stop(self, within_s: float) -> None:
        """Cut what is owed now, as long as it is; returns within that time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(within_s)

    def _run(self) -> None:
        while (owed := self._next()) is not None:
            if not self._stopping and owed.lost is None and not self._is_whole(owed):
                self._put_back(replace(owed, due_mono_s=self._instants().mono_s + LOOK_S))
            elif not self._settle(owed):
                again_s = self._instants().mono_s + AGAIN_S
                lost = owed.lost or ("no_room", "there was no room for it on the box")
                self._put_back(replace(owed, due_mono_s=again_s, lost=lost))

    def _put_back(self, owed: Owed) -> None:
        """Later; what is refused while stopping is settled by the next start."""
        with self._changed:
            if not (self._stopping and owed.lost is not None):
                self._owed.append(owed)

    def _is_whole(self, owed: Owed) -> bool:
        return self._camera.clip_ready(owed.around_mono_s, self._after_s)

    def _next(self) -> Owed | None:
        """Wait for the next one that is due; None once stopped and nothing is owed."""
        with self._changed:
            while True:
                if self._stopping and not self._owed:
                    return None
                first = min(self._owed, key=lambda owed: owed.due_mono_s, default=None)
                wait_s = None if first is None else first.due_mono_s - self._instants().mono_s
                if first is not None and (self._stopping or (wait_s or 0.0) <= 0):
                    self._owed.remove(first)
                    return first
                self._changed.wait(wait_s)

    def _settle(self, owed: Owed) -> bool:
        """Append the clip event; False if the outbox took nothing."""
        now = self._instants()
        medium, zh, en = self._medium(owed, now)
        draft = _clip_draft(owed.opened, medium, now, zh, en)
        return self._outbox.append(draft) is not None

    def _medium(self, owed: Owed, now: Instants) -> tuple[Medium | LostMedium, str, str]:
        if owed.lost is not None:
            return _lost(*owed.lost)
        try:
            clip = self._camera.clip(owed.around_mono_s, self._before_s, self._after_s)
        except SourceError as error:
            _log.warning("clip lost", incident=owed.opened.incident_id, reason=str(error))
            return _lost("not_cut", str(error))
        return self._keep(clip, now)

    def _keep(self, clip: Clip, now: Instants) -> tuple[Medium | LostMedium, str, str]:
        kept = self._outbox.put_medium(
            clip.mp4,
            role="clip",
            media_type="video/mp4",
            captured=instant(clip.captured_s, now.tz),
            frame=clip.index,
            duration_ms=round(clip.duration_s * 1000),
        )
        why = f" ({clip.truncated_reason})" if clip.truncated_reason else ""
        zh = f"{clip.duration_s:.1f} 秒录像，摄像机原始码流{why}。"
        en = f"clip of {clip.duration_s:.1f} s, the camera's own packets{why}"
        return kept, zh, en


def _lost(code: str, words: str) -> tuple[LostMedium, str, str]:
    return LostMedium(role="clip", reason=code), f"没有录像：{words}。", f"no clip: {words}"


def _clip_draft(
    opened: Event, medium: Medium | LostMedium, now: Instants, zh: str, en: str
) -> Draft:
    captured = opened.time.captured
    kept = [medium] if isinstance(medium, Medium) else []
    lost = [medium] if isinstance(medium, LostMedium) else []
    when = now.when_text(captured, opened.time.camera_clock_offset_ms)
    return opened.follow("clip", time=when, explain=sentences(zh, en), media=kept, media_lost=lost)
