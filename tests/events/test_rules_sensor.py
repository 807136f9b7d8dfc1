"""Readings of a sensor: what is refused, what alarms, what ends it, and what is only unknown."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules import LEVELS, Level, RuleError, Transition, whole
from events.rules.presets.sensors import SENSOR_KINDS, SENSOR_PRESETS
from events.rules.sensor import Reading, Sensor, SensorState, alarms, step


def sensor(kind: str = "gas", **changes: object) -> Sensor:
    """A sensor of a kind, as its data says."""
    row = SENSOR_KINDS[kind]
    rule = Sensor("s-1", row, row.levels, row.clear_below, row.clear_s, row.silent_s)
    return replace(rule, **changes)  # type: ignore[arg-type] # fields of Sensor


def play(
    rule: Sensor, values: list[tuple[float, float | None]], state: SensorState | None = None
) -> tuple[SensorState, list[Transition]]:
    """Readings in good time (None: only the time passes), and what is said of them."""
    state, told = state or SensorState(), []
    for at_s, value in values:
        said = None if value is None else Reading(value, rule.kind.unit, at_s)
        state, new = step(rule, state, said, at_s)
        told += new
    return state, told


def kinds(told: list[Transition]) -> list[tuple[str, str]]:
    """Kind and level of each."""
    return [(one.kind, one.level) for one in told]


@pytest.mark.parametrize(
    ("value", "level"), [(9.9, None), (10, "yellow"), (25, "orange"), (50, "red"), (100, "red")]
)
def test_gas_opens_at_the_level_that_it_reaches(value: float, level: Level | None) -> None:
    _, told = play(sensor(), [(1.0, value)])
    assert kinds(told) == ([] if level is None else [("opened", level)])


def test_rising_gas_is_one_incident_that_is_raised_and_never_lowered() -> None:
    _, told = play(sensor(), [(t, v) for t, v in enumerate([0, 12, 30, 60, 30, 12, 60])])
    assert kinds(told) == [("opened", "yellow"), ("raised", "orange"), ("raised", "red")]


def test_it_ends_once_it_was_below_its_lower_limit_for_long_enough() -> None:
    state, told = play(sensor(), [(0, 12), (10, 9), (20, 7), (79, 7.5), (80, 7)])
    assert kinds(told) == [("opened", "yellow"), ("ended", "yellow")]
    assert told[-1].at_s == 80
    assert not state.is_open


def test_between_the_two_limits_it_neither_ends_nor_opens_again() -> None:
    values = [(0.0, 12.0), *((float(t), 8 + t % 2 * 4) for t in range(10, 500, 10))]
    state, told = play(sensor(), values)
    assert kinds(told) == [("opened", "yellow")]
    assert state.is_open


def test_the_last_value_holds_while_only_time_passes() -> None:
    _, told = play(sensor("smoke"), [(0, 1), (10, 0), (69, None), (71, None)])
    assert kinds(told) == [("opened", "orange"), ("ended", "orange")]


def test_a_bell_is_red_at_once_and_ends_by_itself() -> None:
    state, told = play(sensor("bell"), [(5, 1), (300, 1), (899, None), (901, None)])
    assert kinds(told) == [("opened", "red"), ("ended", "red")]
    assert told[0].at_s == 5
    assert not alarms(sensor("bell"), state)


def test_a_silent_sensor_is_unknown_and_ends_nothing() -> None:
    state, told = play(sensor(), [(0, 30), (5, 0), (700, None), (5000, None)])
    assert kinds(told) == [("opened", "orange")]
    assert state.is_silent
    assert state.is_open
    assert not alarms(sensor(), state)


def test_after_a_silence_the_quiet_time_begins_anew() -> None:
    _, told = play(sensor(), [(0, 30), (5, 0), (700, None), (710, 0), (769, 0), (770, 0)])
    assert [one.at_s for one in told] == [0, 770]


def test_a_sensor_that_never_spoke_becomes_silent() -> None:
    state, _ = play(sensor(), [(0, None), (601, None)])
    assert state.is_silent


def test_a_value_that_stays_the_same_for_hours_is_stuck_and_is_no_evidence() -> None:
    hours = [(t * 300.0, 12.0) for t in range(73)]
    state, told = play(sensor(), hours)
    assert kinds(told) == [("opened", "yellow")]
    assert state.is_stuck
    assert not alarms(sensor(), state)
    moved, _ = play(sensor(), [(22_000, 13.0)], state)
    assert not moved.is_stuck


def test_a_sensor_at_rest_is_not_stuck() -> None:
    state, _ = play(sensor(), [(t * 300.0, 0.0) for t in range(100)])
    assert not state.is_stuck


def test_a_jump_alarms_and_says_that_somebody_should_check() -> None:
    state, told = play(sensor(), [(0, 1), (2, 60)])
    assert kinds(told) == [("opened", "red")]
    assert "jump of +59 %LEL" in told[0].why_en
    assert "跳变" in told[0].why_zh
    assert state.jumps == 1


NONSENSE = {
    "unit": Reading(30, "ppm", 10),
    "range": Reading(101, "%LEL", 10),
    "quality": Reading(30, "%LEL", 10, "uncertain"),
    "future": Reading(30, "%LEL", 16),
    "old": Reading(30, "%LEL", -601),
    "repeated": Reading(30, "%LEL", 5),
}


@pytest.mark.parametrize("why", NONSENSE)
def test_nonsense_is_counted_by_its_reason_and_changes_nothing_else(why: str) -> None:
    before, _ = play(sensor(), [(5, 2)])
    after, told = step(sensor(), before, NONSENSE[why], 10)
    assert told == ()
    assert after == replace(before, refused={why: 1})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1])
def test_what_is_no_number_or_out_of_range_is_refused(value: float) -> None:
    state, told = play(sensor(), [(1, value)])
    assert (told, dict(state.refused)) == ([], {"range": 1})


readings = st.builds(
    Reading,
    st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 100),
    st.sampled_from(["%LEL", "%LEL", "ppm", ""]),
    st.floats(allow_nan=True, allow_infinity=True) | st.floats(-1000, 5000),
    st.sampled_from(["good", "good", "bad"]),
)
arrivals = st.lists(st.tuples(st.floats(0, 300), st.none() | readings), max_size=40)


@given(arrivals)
def test_whatever_comes_incidents_open_rise_and_end_in_order(
    come: list[tuple[float, Reading | None]],
) -> None:
    rule, state, now, level = sensor(), SensorState(), 0.0, None
    for gap_s, said in come:
        now += gap_s
        before = state
        state, told = step(rule, state, said, now)
        if state.refused_total > before.refused_total:
            assert told == ()
            assert replace(state, refused=before.refused) == before
        for one in told:
            assert (one.kind == "opened") == (level is None)
            if one.kind == "raised":
                assert level is not None
                assert LEVELS.index(one.level) > LEVELS.index(level)
            level = None if one.kind == "ended" else one.level
            assert one.why_zh
            assert one.why_en
            assert whole(one.numbers)
        assert state.level == level
        assert (
            state.reading_s is None
            or before.reading_s is None
            or (state.reading_s >= before.reading_s)
        )


@given(arrivals, st.floats(-1e6, 1e6))
def test_a_state_survives_as_json_and_on_another_clock(
    come: list[tuple[float, Reading | None]], by_s: float
) -> None:
    rule, state, now = sensor(), SensorState(), 0.0
    for gap_s, said in come:
        now += gap_s
        state, _ = step(rule, state, said, now)
    assert SensorState.from_json(json.loads(json.dumps(state.to_json()))) == state
    moved = state.shifted(by_s)
    assert (moved.value, moved.level, moved.refused) == (state.value, state.level, state.refused)


def test_a_process_that_starts_anew_ends_what_another_opened() -> None:
    state, _ = play(sensor(), [(0, 12)])
    again = SensorState.from_json(json.loads(json.dumps(state.to_json()))).shifted(1000)
    _, told = play(sensor(), [(1010, 0), (1071, None)], again)
    assert kinds(told) == [("ended", "yellow")]
    assert told[0].numbers["lasted_s"] == 71


@pytest.mark.parametrize("kind", SENSOR_KINDS)
def test_every_kind_has_levels_inside_its_range_and_a_basis(kind: str) -> None:
    rule = sensor(kind)
    assert rule.levels
    assert rule.kind.basis
    _, told = play(rule, [(1.0, rule.levels[-1][1])])
    assert kinds(told) == [("opened", rule.levels[-1][0])]


@pytest.mark.parametrize("preset", SENSOR_PRESETS.values(), ids=lambda preset: preset.id)
def test_every_sensor_preset_says_its_basis_and_whom_it_tells(preset: object) -> None:
    for name in ("zh", "en", "basis", "to", "version"):
        assert getattr(preset, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"levels": ()},
        {"levels": (("yellow", 25.0), ("orange", 10.0))},
        {"levels": (("red", 101.0),)},
        {"clear_below": 11.0},
        {"clear_below": 0.0},
    ],
)
def test_levels_that_cannot_work_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        sensor(**changes)
