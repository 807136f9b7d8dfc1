"""What a box writes down: times, places and sentences put into the record's form. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from events.record import (
    Clock,
    Draft,
    HealthKind,
    ModelRef,
    Sentence,
    Software,
    When,
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What every event of a box says about the box: model, settings, software, simulated or not."""

    model: ModelRef
    config_sha256: str
    software: Software
    simulated: bool


@dataclass(frozen=True, slots=True)
class Instants:
    """The clocks of the box at the moment of signing. Seconds; `boot_id` names the boot."""

    utc_s: float
    mono_s: float
    boot_id: str
    clock: Clock
    tz: tzinfo

    def when(self, captured_s: float, camera_clock_offset_ms: int | None = None) -> When:
        """The times of an event whose picture was taken at `captured_s` (UTC, Unix seconds)."""
        return self.when_text(instant(captured_s, self.tz), camera_clock_offset_ms)

    def when_text(self, captured: str, camera_clock_offset_ms: int | None = None) -> When:
        """The same for a capture time that is already written."""
        return When(
            captured=captured,
            signed=instant(self.utc_s, self.tz),
            boot_id=self.boot_id,
            monotonic_ms=max(0, int(self.mono_s * 1000)),
            clock=self.clock,
            camera_clock_offset_ms=camera_clock_offset_ms,
        )


def instant(unix_s: float, tz: tzinfo) -> str:
    """RFC 3339 with milliseconds and the zone's offset (`Z` for UTC)."""
    moment = datetime.fromtimestamp(round(unix_s, 3), UTC).astimezone(tz)
    text = moment.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def sentences(zh: str, en: str) -> list[Sentence]:
    """Both languages, Chinese first, cut to what the record takes."""
    return [Sentence(lang="zh", text=zh[:1000]), Sentence(lang="en", text=en[:1000])]


def health(
    kind: HealthKind, camera_id: str, when: When, said: Sequence[Sentence], source: Provenance
) -> Draft:
    """An event about the box itself."""
    return Draft(
        kind=kind,
        camera_id=camera_id,
        time=when,
        explain=list(said),
        config_sha256=source.config_sha256,
        software=source.software,
        simulated=source.simulated,
    )
