from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from events.rules import Plume, PlumeState, Suspicion, Transition, step_plume

RULE = Plume("smoke", 1, "yard", ("smoke",), after_s=10, clear_s=8, level="orange")
SMOKE = Suspicion("smoke", is_plume=True)
FOG = Suspicion("smoke", is_plume=False)
TOO_SOON = Suspicion("smoke", is_plume=None)
NOTHING = Suspicion(None, is_plume=None)


def play(looks: Iterable[Suspicion], fps: float = 4, rule: Plume = RULE) -> list[Transition]:
    state, said = PlumeState(), []
    for i, seen in enumerate(looks):
        state, news = step_plume(rule, state, seen, i / fps)
        said += news
    return said


def test_what_is_suspected_in_every_look_but_does_not_move_like_smoke_opens_nothing() -> None:
    assert play([FOG] * 400) == []


def test_what_nobody_could_judge_yet_opens_nothing() -> None:
    assert play([TOO_SOON] * 400) == []


def test_smoke_that_is_suspected_in_two_looks_of_three_opens() -> None:
    (opened,) = play([SMOKE, SMOKE, NOTHING] * 30)
    assert opened.kind == "opened"


def test_a_suspicion_in_one_look_of_three_opens_nothing() -> None:
    assert play([SMOKE, NOTHING, NOTHING] * 100) == []


def test_puffs_with_a_pause_longer_than_four_seconds_between_them_do_not_add_up() -> None:
    puff = [SMOKE] * (4 * 7) + [NOTHING] * (4 * 5)
    assert play(puff * 10) == []


def test_an_incident_ends_when_what_is_left_no_longer_moves_like_smoke() -> None:
    opened, ended = play([SMOKE] * 60 + [FOG] * 60)
    assert (opened.kind, ended.kind) == ("opened", "ended")
    assert ended.numbers["quiet_s"] >= RULE.clear_s


def test_the_sentence_of_an_opening_gives_the_shares_that_it_goes_by() -> None:
    (opened,) = play([SMOKE] * 60)
    assert "seen in 100% of looks" in opened.why_en
    assert opened.numbers["plume_share"] == 1


def test_smoke_that_is_known_for_smoke_after_six_seconds_opens_when_it_is_due() -> None:
    (opened,) = play([FOG] * (4 * 6) + [SMOKE] * (4 * 10))
    assert RULE.after_s <= opened.at_s <= RULE.after_s + 0.5


def test_a_look_that_misses_it_does_not_take_back_what_was_suspected_before() -> None:
    (opened,) = play(([FOG] * 3 + [NOTHING]) * 8 + [SMOKE] * (4 * 10))
    assert opened.at_s <= 8 + RULE.after_s - 4


def test_of_a_long_suspicion_only_six_seconds_count_when_smoke_begins_there() -> None:
    (opened,) = play([FOG] * (4 * 600) + [SMOKE] * (4 * 10))
    assert opened.at_s >= 600 + RULE.after_s - 6


def test_a_mistake_of_long_ago_does_not_hold_back_smoke_that_begins_at_the_same_place() -> None:
    looks = [SMOKE] * 8 + [FOG] * (4 * 600) + [SMOKE] * (4 * 10)
    (opened,) = play(looks)
    assert 602 < opened.at_s <= 602 + RULE.after_s


def test_a_long_suspicion_that_moves_like_smoke_for_under_three_seconds_opens_nothing() -> None:
    short = replace(RULE, after_s=5.0)
    assert play(([FOG] * 40 + [SMOKE] * 10) * 5, rule=short) == []
