"""The rules of the trade as data, and the steps of their level (domain.md B.9)."""

from __future__ import annotations

import pytest

from events.rules import Level
from events.rules.presets import PRESETS, UNDECIDED, Circumstances, level_of


@pytest.mark.parametrize(
    ("preset", "at", "level"),
    [
        ("PIPE-01", Circumstances(), "red"),
        ("PIPE-01", Circumstances(hca="III"), "red"),
        ("PIPE-01", Circumstances(hca="none"), "red"),
        ("PIPE-01", Circumstances(permit="works"), "red"),
        ("PIPE-01", Circumstances(permit="crossing"), "orange"),
        ("PIPE-01", Circumstances(in_band=0.7), "orange"),
        ("PIPE-02", Circumstances(hca="III"), "red"),
        ("PIPE-02", Circumstances(hca="none", permit="works"), "blue"),
        ("PIPE-02", Circumstances(hca="III", permit="works"), "orange"),
        ("PIPE-06", Circumstances(hca="none", permit="works", in_band=0.5), "blue"),
        ("PIPE-08", Circumstances(hca="none", permit="crossing"), "orange"),
        ("PIPE-10", Circumstances(hca="III"), "red"),
        ("PIPE-15", Circumstances(), "blue"),
        ("PIPE-15", Circumstances(works_ago_s=1700), "orange"),
        ("PIPE-15", Circumstances(works_ago_s=1900), "blue"),
        ("PIPE-05", Circumstances(works_ago_s=10), "yellow"),
    ],
)
def test_the_level_goes_by_the_steps_of_the_table(
    preset: str, at: Circumstances, level: Level
) -> None:
    assert level_of(PRESETS[preset], at)[0] == level


def test_every_step_that_was_taken_is_named() -> None:
    _, steps = level_of(PRESETS["PIPE-02"], Circumstances("III", "works", 0.5))
    assert len(steps) == 3


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_every_preset_says_its_basis_and_whom_it_tells(preset: object) -> None:
    for name in ("zh", "en", "basis", "to", "settings", "activity"):
        assert getattr(preset, name)


def test_every_rule_of_the_table_is_decided_or_says_why_not() -> None:
    table = {f"PIPE-{n:02}" for n in range(1, 16)} | {f"FIF-{n:02}" for n in range(1, 13)}
    assert PRESETS.keys() | UNDECIDED.keys() == table
    assert not PRESETS.keys() & UNDECIDED.keys()
