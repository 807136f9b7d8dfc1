"""When a rule speaks, and how gravely: schedule, suppression, works permit, preset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from events.record import Name, Text
from events.rules.gate import Held
from events.rules.presets import PRESETS, UNDECIDED
from events.rules.schedule import Calendar, Schedule, Window
from linewarden.settings_parts import Part
from linewarden.yamlfile import Finding

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: object) -> object:
    """`mon-fri`, `sat`, or a list of either, as numbers from Monday, 0."""
    texts = value if isinstance(value, list) else [value]
    found: set[int] = set()
    for text in texts:
        ends = str(text).lower().split("-")
        if not 1 <= len(ends) <= 2 or any(end not in DAYS for end in ends):
            raise Finding(f"is {text!r}", f"write mon-fri, sat or a list; days: {', '.join(DAYS)}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found |= {(first + i) % 7 for i in range((last - first) % 7 + 1)}
    return frozenset(found)


def _minute(value: object) -> object:
    """`22:00` as minutes after midnight; those minutes themselves are taken too."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
        return value
    hours, _, minutes = str(value).partition(":")
    if hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60:
        whole = int(hours) * 60 + int(minutes)
        if whole <= 1440:
            return whole
    raise Finding(f"is {value!r}", "write a time of day as 07:00, the end of a day as 24:00")


class WindowPart(Part):
    """A window of the week in which a rule holds, on the clock of `timezone`."""

    days: Annotated[frozenset[int], BeforeValidator(_days)] = frozenset(range(7))
    begins_min: Annotated[int, BeforeValidator(_minute)] = Field(alias="from")
    ends_min: Annotated[int, BeforeValidator(_minute)] = Field(alias="until")
    holidays: Literal["only", "never"] | None = None

    @model_validator(mode="after")
    def _is_a_window(self) -> WindowPart:
        try:
            self.window()
        except ValueError as error:
            raise Finding(f"cannot be used: {error}", "correct from and until") from None
        return self

    def window(self) -> Window:
        """The window as the schedule knows it."""
        return Window(self.days, self.begins_min, self.ends_min, self.holidays)


class SpanPart(Part):
    """From one moment to another, with their UTC offsets."""

    begins: AwareDatetime = Field(alias="from")
    ends: AwareDatetime = Field(alias="until")

    @model_validator(mode="after")
    def _goes_forward(self) -> SpanPart:
        if self.ends <= self.begins:
            raise Finding("ends before it begins", "put the later moment into until")
        return self

    def holds(self, utc_s: float) -> bool:
        """Whether a moment, Unix seconds, lies inside."""
        return self.begins.timestamp() <= utc_s < self.ends.timestamp()


class SuppressionPart(SpanPart):
    """A time in which the rule is held back, and why."""

    reason: Text


class PermitPart(SpanPart):
    """A works permit for the zone: its kind, its number, and the machines that it covers."""

    kind: Literal["works", "crossing"]
    number: Name
    classes: tuple[str, ...] | None = None


def held_back(
    windows: Sequence[WindowPart],
    suppressed: Sequence[SuppressionPart],
    calendar: Calendar,
    utc_s: float | None,
) -> Held | None:
    """Why a rule is held back at a moment; None where it is not, or nobody knows the time."""
    if utc_s is None:
        return None
    for span in suppressed:
        if span.holds(utc_s):
            return Held(span.reason, span.reason, span.ends.timestamp())
    schedule = Schedule(tuple(part.window() for part in windows), calendar)
    if schedule.is_on(utc_s):
        return None
    return Held("不在规则的时间表内", "outside of the rule's schedule", schedule.changes_at(utc_s))


def permit_at(permits: Sequence[PermitPart], label: str, utc_s: float | None) -> PermitPart | None:
    """The permit that covers a machine of a class at a moment."""
    covering = (
        permit
        for permit in permits
        if utc_s is not None
        and permit.holds(utc_s)
        and (permit.classes is None or label in permit.classes)
    )
    return max(covering, key=lambda permit: permit.kind == "crossing", default=None)


def with_preset(value: Any) -> Any:  # whatever stands in the file
    """A rule that uses a preset by its id, with the preset's settings where it has none itself."""
    use = str(value.get("use")) if isinstance(value, Mapping) else ""
    if use in UNDECIDED:
        raise Finding(f"uses {use}, which no camera decides: {UNDECIDED[use]}", "leave it out")
    preset = PRESETS.get(use)
    if preset is None:
        return value
    return {**preset.settings, **value, "use": preset.settings["use"], "preset": preset.id}
