"""All sensors of a box: readings in, signed events out, and how each of them is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import structlog
from pydantic import TypeAdapter

from events.outbox import Outbox, Settled
from events.record import Draft, Event, Place, PresetRef, RuleRef, SensorRef
from events.rules import Transition, whole
from events.rules.presets.sensors import SENSOR_PRESETS
from events.rules.sensor import AHEAD_S, Reading, Sensor, SensorState, alarms, step
from events.seal import uuid7
from linewarden.drafts import Instants, Provenance, sentences
from linewarden.fusing import Fusing
from linewarden.kept import restored
from linewarden.readings import read_payload
from linewarden.settings import EdgeSettings
from linewarden.settings_sensors import SensorPart, fusion_sources
from linewarden.status import CameraStatus

KEEP_S = 60.0
KEPT = "sensors"
_KEPT, _STATE = TypeAdapter(dict[str, Any]), TypeAdapter(SensorState)
_log = structlog.get_logger()


class SensorDesk:
    """Takes readings from any thread, one after the other."""

    def __init__(
        self,
        settings: EdgeSettings,
        outbox: Outbox,
        source: Provenance,
        instants: Callable[[], Instants],
    ) -> None:
        self._outbox, self._source, self._instants = outbox, source, instants
        self._fusing = Fusing(outbox, fusion_sources(settings))
        self._parts = {part.id: part for part in settings.sensors}
        self._rules = {part.id: part.rule() for part in settings.sensors}
        self._refs = {part.id: _rule_ref(part, self._rules[part.id]) for part in settings.sensors}
        self._turn = threading.Lock()
        self._open: dict[str, Event] = {}
        self._waiting: dict[str, Reading] = {}
        self.refused: dict[str, Counter[str]] = {part.id: Counter() for part in settings.sensors}
        self._kept_s = float("-inf")
        self._states = self._left()

    def take(self, sensor_id: str, data: bytes, *, is_old: bool = False) -> str | None:
        """Take what a sensor sent; the reason where it is refused, None once it is taken.

        `is_old`: nobody knows when it was sent, as of a message that a broker had kept. `no_room`
        means that it is kept in memory and tried again.
        """
        said = read_payload(data)
        with self._turn:
            if isinstance(said, str):
                return self._refuse(sensor_id, said)
            if is_old and said.utc_s is None:
                return self._refuse(sensor_id, "retained_without_time")
            now = self._instants()
            utc_s = now.utc_s if said.utc_s is None else said.utc_s
            unit = self._rules[sensor_id].kind.unit if said.unit is None else said.unit
            at_s = now.mono_s - (now.utc_s - utc_s)
            if at_s <= now.mono_s + AHEAD_S:  # clocks differ: it was measured before it came
                at_s = min(at_s, now.mono_s)
            return self._step(sensor_id, Reading(said.value, unit, at_s, said.quality), now)

    def tick(self) -> None:
        """Time has passed: silences, ends, and what found no room before."""
        with self._turn:
            now = self._instants()
            for sensor_id in self._rules:
                self._step(sensor_id, self._waiting.pop(sensor_id, None), now)
            if now.mono_s - self._kept_s >= KEEP_S:
                self._keep(now)

    def status(self, sensor_id: str, why_deaf: str | None) -> CameraStatus:
        """How a sensor is; `why_deaf`: why nothing can be heard of it."""
        with self._turn:
            state, now_s = self._states[sensor_id], self._instants().mono_s
            refused = self.refused[sensor_id].total() + state.refused_total
        said, reason = "ok", f"{refused} readings refused" if refused else ""
        if state.is_stuck:
            said, reason = "unknown", "stuck: the same value for hours"
        if state.is_silent or state.reading_s is None:
            said, reason = "unknown", "silent: no reading" + (f"; {reason}" if reason else "")
        if why_deaf is not None:
            said, reason = "unknown", why_deaf
        return CameraStatus(said, state.reading_s, reason[:200], now_s)

    def close(self) -> None:
        """Keep what is known for the next process."""
        with self._turn:
            self._keep(self._instants())

    def _refuse(self, sensor_id: str, why: str) -> str:
        self.refused[sensor_id][why] += 1
        return why

    def _step(self, sensor_id: str, said: Reading | None, now: Instants) -> str | None:
        rule, before = self._rules[sensor_id], self._states[sensor_id]
        after, told = step(rule, before, said, now.mono_s)
        if after.refused_total > before.refused_total:
            self._states[sensor_id] = after
            return next(w for w, n in after.refused.items() if n > before.refused.get(w, 0))
        for one in told:
            if self._tell(sensor_id, one, now) is None:  # it has not happened yet
                if said is not None:
                    self._waiting[sensor_id] = said
                return "no_room"
        self._states[sensor_id] = after
        self._note_evidence(sensor_id, before, after, told, now)
        if told:
            self._keep(now)
        return None

    def _tell(self, sensor_id: str, said: Transition, now: Instants) -> Settled | None:
        opened = self._open.get(sensor_id)
        draft = self._draft(sensor_id, said, now, opened)
        settled = self._fusing.tell(draft, opened)
        if settled is None:
            _log.warning("no room for an event", sensor=sensor_id)
            return None
        if said.kind == "opened" and settled.event is not None:
            self._open[sensor_id] = settled.event
        if said.kind == "ended":
            self._open.pop(sensor_id, None)
        incident = settled.event.incident_id if settled.event else None
        _log.info(f"incident {said.kind}", sensor=sensor_id, incident=incident, why=said.why_en)
        return settled

    def _note_evidence(
        self,
        sensor_id: str,
        before: SensorState,
        after: SensorState,
        told: tuple[Transition, ...],
        now: Instants,
    ) -> None:
        """Tell the place where an open incident's cause goes and comes again."""
        opened, rule = self._open.get(sensor_id), self._rules[sensor_id]
        if opened is None or after.alarm_s is None:
            return
        was = alarms(rule, before) or any(one.kind == "opened" for one in told)
        pressed = rule.kind.momentary and after.alarm_s != before.alarm_s
        steps: list[Any] = []
        if (pressed and not told) or (alarms(rule, after) and not was):
            steps.append("again")
        if pressed or (was and not alarms(rule, after)):
            steps.append("quiet")
        for kind in steps:
            at_s = now.utc_s - (now.mono_s - after.alarm_s)
            said = sentences(f"{sensor_id} 再次报警", f"{sensor_id} alarms again")
            self._fusing.tell(
                opened.follow("raised", time=now.when(at_s), explain=said), opened, kind
            )

    def _draft(
        self, sensor_id: str, said: Transition, now: Instants, opened: Event | None
    ) -> Draft:
        when = now.when(now.utc_s - (now.mono_s - said.at_s))
        explain, numbers = sentences(said.why_zh, said.why_en), whole(said.numbers)
        if said.kind != "opened" and opened is not None:
            draft = opened.follow(said.kind, time=when, explain=explain)
            return draft.model_copy(update={"level": said.level, "numbers": numbers})
        part, kind = self._parts[sensor_id], self._rules[sensor_id].kind
        return Draft(
            kind=said.kind,
            incident_id=uuid7(now.utc_s),
            sensor=SensorRef(id=sensor_id, kind=kind.kind, unit=kind.unit),
            rule=self._refs[sensor_id],
            label=said.label,
            level=said.level,
            time=when,
            place=_place(part),
            explain=explain,
            numbers=numbers,
            config_sha256=self._source.config_sha256,
            software=self._source.software,
            simulated=self._source.simulated,
        )

    def _keep(self, now: Instants) -> None:
        """Times as Unix seconds: the monotone clock begins anew at each boot."""
        by_s = now.utc_s - now.mono_s
        plain = {name: state.shifted(by_s).to_json() for name, state in self._states.items()}
        self._outbox.keep(KEPT, cast(Any, plain))
        self._kept_s = now.mono_s

    def _left(self) -> dict[str, SensorState]:
        """What the process before knew; which incidents are open, the outbox knows best."""
        now, plain = self._instants(), self._outbox.kept(KEPT) or {}
        kept = restored(_KEPT, plain, sensor="all") or {}
        states = {}
        for sensor_id in self._rules:
            state = SensorState()
            if sensor_id in kept:
                state = _kept(sensor_id, kept[sensor_id], now)
            states[sensor_id] = state
        for incident in self._outbox.open_incidents():
            opened = incident.opened
            if opened.sensor is not None and incident.source_id in states:
                self._open[incident.source_id] = opened
        return {name: _matched(state, self._open.get(name), now) for name, state in states.items()}


def _kept(sensor_id: str, plain: Any, now: Instants) -> SensorState:
    """What was kept of a sensor, on this process's clock."""
    state = restored(_STATE, plain, sensor=sensor_id)
    return SensorState() if state is None else state.shifted(now.mono_s - now.utc_s)


def _matched(state: SensorState, opened: Event | None, now: Instants) -> SensorState:
    """The state with its incident open exactly if the outbox has it open."""
    plain = state.to_json()
    if opened is None:
        return SensorState.from_json({**plain, "level": None, "opened_s": None})
    if state.is_open:
        return state
    return SensorState.from_json({**plain, "level": opened.level, "opened_s": now.mono_s})


def _rule_ref(part: SensorPart, rule: Sensor) -> RuleRef:
    preset = SENSOR_PRESETS[part.preset]
    basis = [*preset.basis, *rule.kind.basis]
    ref = PresetRef(
        id=preset.id,
        version=preset.version,
        basis=basis,
        verified=preset.verified,
        to=list(preset.to),
    )
    clear_ms = round(rule.clear_s * 1000)
    name = f"{part.kind}.{part.id}"[:64]
    return RuleRef(id=name, version=rule.version, after_ms=0, clear_ms=clear_ms, preset=ref)


def _place(part: SensorPart) -> Place | None:
    if part.site is None:
        return None
    variance_cm2 = max(1, round((part.site.sigma_m * 100) ** 2))
    return Place(
        crs="EPSG:4326",
        method="sensor_position",
        point="sensor",
        lon_e7=round(part.site.lon * 1e7),
        lat_e7=round(part.site.lat * 1e7),
        cov_cm2=(variance_cm2, 0, variance_cm2),
    )
