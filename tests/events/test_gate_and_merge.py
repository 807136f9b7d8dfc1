"""What of a rule's words is told: held back for a reason, and one incident for one activity."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules import Transition
from events.rules.gate import Gate, Held, pass_through
from events.rules.merge import Shared, Spot, merge

SHIFT = Held("交接班", "shift change", 1795478400.0)


def said(kind: str, at_s: float = 1.0, level: str = "orange", track_id: int = 1) -> Transition:
    return Transition(cast(Any, kind), at_s, cast(Any, level), "原因", "why", track_id, "excavator")


def test_what_opens_and_ends_while_held_back_is_never_told() -> None:
    gate, told = pass_through(Gate(), [said("opened")], SHIFT, 1.0)
    assert told == ()
    gate, told = pass_through(gate, [said("ended")], SHIFT, 5.0)
    assert (gate, told) == (Gate(), ())


def test_what_is_still_open_when_the_reason_ends_is_told_then_and_says_why_so_late() -> None:
    gate, _ = pass_through(Gate(), [said("opened")], SHIFT, 1.0)
    gate, _ = pass_through(gate, [said("raised", 3.0, "red")], SHIFT, 3.0)
    gate, (late,) = pass_through(gate, [], None, 61.0)
    assert (late.kind, late.at_s, late.level) == ("opened", 61.0, "red")
    assert "held back for 60 s: shift change" in late.why_en
    assert "交接班" in late.why_zh
    assert late.numbers["held_back_s"] == 60
    assert pass_through(gate, [said("ended")], None, 70.0) == (Gate(), (said("ended"),))


def test_what_was_open_before_it_was_held_back_ends_as_usual() -> None:
    gate, _ = pass_through(Gate(), [said("opened")], None, 1.0)
    gate, told = pass_through(gate, [said("ended", 9.0)], SHIFT, 9.0)
    assert [one.kind for one in told] == ["ended"]


HERE, NEAR, FAR = Spot(0, 0, 1), Spot(3, 0, 1), Spot(40, 0, 1)
Step = tuple[str, Transition, Spot | None]


def play(*steps: Step, group: str = "works") -> list[tuple[str, str, str]]:
    """(rule, kind, level) of everything that is told."""
    shared: tuple[Shared, ...] = ()
    told: list[tuple[str, str, str]] = []
    for rule_id, one, spot in steps:
        shared, news = merge(shared, rule_id, group, one, spot)
        told += [(name, new.kind, new.level) for name, new in news]
    return told


def test_two_rules_that_see_one_digger_alarm_once_and_end_when_both_have() -> None:
    told = play(
        ("PIPE-01", said("opened", level="red"), HERE),
        ("PIPE-02", said("opened", level="orange", track_id=7), NEAR),
        ("PIPE-01", said("ended", level="red"), HERE),
        ("PIPE-02", said("ended", level="orange"), None),
    )
    assert told == [("PIPE-01", "opened", "red"), ("PIPE-01", "ended", "red")]


def test_the_graver_rule_raises_the_incident_that_is_open() -> None:
    told = play(
        ("PIPE-02", said("opened", level="orange"), HERE),
        ("PIPE-01", said("opened", level="red"), NEAR),
    )
    assert told == [("PIPE-02", "opened", "orange"), ("PIPE-02", "raised", "red")]


def test_the_same_track_is_one_activity_wherever_it_has_gone() -> None:
    told = play(("a", said("opened"), HERE), ("b", said("opened"), FAR))
    assert told == [("a", "opened", "orange")]


def test_two_diggers_far_apart_are_two_incidents() -> None:
    told = play(("a", said("opened"), HERE), ("b", said("opened", track_id=2), FAR))
    assert [name for name, *_ in told] == ["a", "b"]


def test_after_a_restart_the_open_incident_takes_what_its_group_says() -> None:
    left = (Shared("works", "a", frozenset({"a"}), "red", 0, None),)
    assert merge(left, "b", "works", said("opened"), HERE)[1] == ()
    assert len(merge(left, "c", "smoke", said("opened"), HERE)[1]) == 1


@pytest.mark.parametrize("level", ["blue", "yellow", "orange"])
def test_an_alarm_is_told_again_only_when_its_level_rises(level: str) -> None:
    told = play(
        ("a", said("opened", level="orange"), HERE), ("b", said("opened", level=level), HERE)
    )
    assert len(told) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([HERE, NEAR, FAR])), max_size=40))
def test_every_incident_that_is_told_opens_once_and_ends_at_most_once(
    moves: list[tuple[str, Spot]],
) -> None:
    shared: tuple[Shared, ...] = ()
    running: set[str] = set()
    told_open: set[str] = set()
    for rule_id, spot in moves:
        kind = "ended" if rule_id in running else "opened"
        running ^= {rule_id}
        number = 1 + int(spot is FAR)
        shared, news = merge(shared, rule_id, "works", said(kind, track_id=number), spot)
        for name, new in news:
            assert (name in told_open) is (new.kind != "opened")
            told_open = told_open - {name} if new.kind == "ended" else told_open | {name}
    assert bool(told_open) is bool(running)
