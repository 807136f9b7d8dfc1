"""Two of several sources within a minute are red, once, in any order."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from events.rules import Level
from events.rules.fusion import WITHIN_S, Alarm, FusionState, Told, step, words

KEPT = TypeAdapter(FusionState)
LABELS = {"k12/smoke": "smoke", "k12/fire": "fire", "gas-1": "gas", "smoke-2": "smoke"}
LEVEL: dict[str, Level] = {
    "k12/smoke": "orange",
    "k12/fire": "orange",
    "gas-1": "yellow",
    "smoke-2": "orange",
}


def alarm(source: str, kind: str, at_s: float, level: Level | None = None, name: str = "") -> Alarm:
    """What a source says; its own incident is called by the source and the time."""
    return Alarm(
        source,
        source.split("/")[0],
        LABELS[source],
        kind,  # type: ignore[arg-type] # one of the kinds
        at_s,
        level or LEVEL[source],
        name or f"{source}@{at_s:g}",
    )


def play(*said: Alarm, state: FusionState | None = None) -> tuple[FusionState, list[Told]]:
    """All that is told of it, in order."""
    state, told = state or FusionState(), []
    for one in said:
        state, new = step(state, one)
        if new is not None:
            told.append(new)
    return state, told


def blip(source: str, at_s: float) -> list[Alarm]:
    """An alarm that lasts for a moment; its incident stays open."""
    return [alarm(source, "opened", at_s), alarm(source, "quiet", at_s)]


def shape(told: list[Told]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.incident_id, one.level) for one in told]


@pytest.mark.parametrize("pair", [("k12/smoke", "gas-1"), ("gas-1", "k12/smoke")])
def test_the_second_source_raises_the_incident_of_the_first_to_red(pair: tuple[str, str]) -> None:
    first, second = pair
    _, told = play(alarm(first, "opened", 100), alarm(second, "opened", 123))
    assert shape(told) == [
        ("opened", f"{first}@100", LEVEL[first]),
        ("raised", f"{first}@100", "red"),
    ]
    zh, en, numbers = words(told[1], 123)
    assert first in zh
    assert "2 independent sources" in en
    assert numbers == {"gap_s": 0.0, "sources_count": 2.0}


sources = st.permutations(["k12/smoke", "gas-1", "smoke-2"]).map(lambda names: names[:2])


@given(sources, st.floats(0, WITHIN_S), st.booleans())
def test_any_gap_within_a_minute_fuses_once_whatever_is_heard_first(
    pair: list[str], gap_s: float, late: bool
) -> None:
    times = [1000.0 + gap_s, 1000.0] if late else [1000.0, 1000.0 + gap_s]
    state, told = play(*blip(pair[0], times[0]), *blip(pair[1], times[1]))
    assert [one.kind for one in told] == ["opened", "raised"]
    assert len({one.incident_id for one in told}) == 1
    assert [one.level for one in told].count("red") == 1
    again, more = play(
        alarm(pair[0], "again", 1000 + gap_s + 1),
        alarm(pair[0], "quiet", 1000 + gap_s + 2),
        alarm(pair[1], "again", 1000 + gap_s + 3),
        state=state,
    )
    assert more == []
    _, ended = play(alarm(pair[0], "ended", 2000), alarm(pair[1], "ended", 2000), state=again)
    assert shape(ended) == [("ended", told[0].incident_id, "red")]


@given(sources, st.floats(WITHIN_S + 0.001, 1e5), st.booleans())
def test_a_gap_of_more_than_a_minute_does_not(pair: list[str], gap_s: float, late: bool) -> None:
    times = [1000.0 + gap_s, 1000.0] if late else [1000.0, 1000.0 + gap_s]
    _, told = play(*blip(pair[0], times[0]), *blip(pair[1], times[1]))
    assert [one.kind for one in told] == ["opened", "opened"]
    assert all(one.level != "red" for one in told)


def test_a_source_that_still_alarms_is_evidence_however_long_ago_it_began() -> None:
    _, told = play(alarm("k12/smoke", "opened", 0), alarm("gas-1", "opened", 5000))
    assert shape(told)[1] == ("raised", "k12/smoke@0", "red")


def test_two_rules_of_one_camera_are_not_independent() -> None:
    _, told = play(alarm("k12/smoke", "opened", 0), alarm("k12/fire", "opened", 1))
    assert [one.kind for one in told] == ["opened", "opened"]


def test_the_second_of_an_incident_that_is_over_opens_red() -> None:
    _, told = play(
        alarm("smoke-2", "opened", 0), alarm("smoke-2", "ended", 10), alarm("gas-1", "opened", 40)
    )
    assert shape(told)[-1] == ("opened", "gas-1@40", "red")


def test_it_ends_with_the_last_of_its_sources() -> None:
    first, second = alarm("k12/smoke", "opened", 0), alarm("gas-1", "opened", 1)
    state, _ = play(first, second)
    state, told = play(alarm("k12/smoke", "ended", 100), state=state)
    assert told == []
    _, told = play(alarm("gas-1", "ended", 200), state=state)
    assert shape(told) == [("ended", "k12/smoke@0", "red")]


def test_what_is_red_by_fusion_is_neither_raised_nor_lowered_by_one_source() -> None:
    state, _ = play(alarm("k12/smoke", "opened", 0), alarm("gas-1", "opened", 1))
    _, told = play(
        alarm("gas-1", "raised", 2, "red"),
        alarm("gas-1", "raised", 2, "orange"),
        alarm("k12/smoke", "lowered", 3, "blue"),
        state=state,
    )
    assert told == []


def test_alone_a_source_is_raised_and_lowered_as_it_says() -> None:
    _, told = play(
        alarm("gas-1", "opened", 0),
        alarm("gas-1", "raised", 1, "orange"),
        alarm("gas-1", "lowered", 2, "yellow"),
        alarm("gas-1", "ended", 3),
    )
    assert [(one.kind, one.level) for one in told] == [
        ("opened", "yellow"),
        ("raised", "orange"),
        ("lowered", "yellow"),
        ("ended", "yellow"),
    ]


def test_two_that_opened_apart_and_alarm_together_later_raise_one() -> None:
    state, told = play(*blip("gas-1", 0), alarm("k12/smoke", "opened", 100))
    assert [one.kind for one in told] == ["opened", "opened"]
    state, told = play(alarm("gas-1", "again", 120), state=state)
    assert shape(told) == [("raised", "gas-1@0", "red")]
    _, told = play(alarm("gas-1", "again", 121), alarm("k12/smoke", "again", 122), state=state)
    assert told == []


def test_a_third_source_joins() -> None:
    _, told = play(
        alarm("k12/smoke", "opened", 0),
        alarm("gas-1", "opened", 1),
        alarm("smoke-2", "opened", 2),
    )
    assert len({one.incident_id for one in told}) == 1
    assert words(told[2], 2)[2]["sources_count"] == 3


def test_what_the_settings_no_longer_name_holds_nothing_open() -> None:
    state, _ = play(alarm("k12/smoke", "opened", 0), alarm("gas-1", "opened", 1))
    state = state.only(frozenset({"gas-1"}))
    _, told = play(alarm("gas-1", "ended", 9), state=state)
    assert shape(told) == [("ended", "k12/smoke@0", "red")]


moves = st.lists(
    st.tuples(
        st.sampled_from(sorted(LABELS)),
        st.sampled_from(["opened", "raised", "lowered", "quiet", "again", "ended"]),
        st.floats(-100, 100),
        st.sampled_from(["yellow", "orange", "red"]),
    ),
    max_size=40,
)


@given(moves)
def test_whatever_is_said_an_incident_opens_once_turns_red_once_and_ends_once(
    said: list[tuple[str, str, float, Level]],
) -> None:
    state, now, seen = FusionState(), 1000.0, dict[str, Level | None]()
    for number, (source, kind, gap_s, level) in enumerate(said):
        now += gap_s
        member = state.of(source)
        if (kind == "opened") == (member is not None and member.is_open):
            continue  # a rule opens what is not open, and nothing else
        state, told = step(state, alarm(source, kind, now, level, f"i{number}"))
        state = KEPT.validate_json(json.dumps(state.to_json()))
        if told is None:
            continue
        if told.kind == "opened":
            assert told.incident_id not in seen
        else:
            assert seen[told.incident_id] is not None
        if told.partners:
            assert told.level == "red"
        seen[told.incident_id] = None if told.kind == "ended" else told.level
        assert (told.incident_id in state.levels) == (told.kind != "ended")


def test_a_source_that_nobody_knows_is_told_as_it_is() -> None:
    _, told = play(replace(alarm("gas-1", "ended", 1), incident_id="left-open"))
    assert shape(told) == [("ended", "left-open", "yellow")]
