from __future__ import annotations

from collections.abc import Iterable

from events.rules import Plume, PlumeState, Suspicion, Transition, step_plume

RULE = Plume("smoke", 1, "yard", ("smoke",), after_s=10, clear_s=8, level="orange")
SMOKE = Suspicion("smoke", is_plume=True)
FOG = Suspicion("smoke", is_plume=False)
TOO_SOON = Suspicion("smoke", is_plume=None)
NOTHING = Suspicion(None, is_plume=None)


def play(looks: Iterable[Suspicion], fps: float = 4) -> list[Transition]:
    state, said = PlumeState(), []
    for i, seen in enumerate(looks):
        state, news = step_plume(RULE, state, seen, i / fps)
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
