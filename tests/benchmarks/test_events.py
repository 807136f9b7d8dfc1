"""The scorer of event lists: the figures of vision.md G.7, and the reference scorer's answers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.events import ALPHAS, NOTHING, Score, Window, main, score
from benchmarks.statistics import poisson_upper, quantile, wilson
from tests.conftest import data_folder

TRUTH = [{"camera": "k12", "rule": "works", "zone": "band5", "start_s": "100", "end_s": "160"}]


def said(*times_s: float, **changes: str) -> list[dict[str, Any]]:
    row = {"camera": "k12", "rule": "works", "zone": "band5", "kind": "opened"}
    return [{**row, "time_s": time_s, **changes} for time_s in times_s]


@pytest.mark.parametrize(
    ("time_s", "hits", "false"), [(98.9, 0, 1), (99, 1, 0), (110, 1, 0), (110.1, 0, 1)]
)
def test_an_alarm_counts_from_a_second_before_to_ten_after(
    time_s: float, hits: int, false: int
) -> None:
    got = score(TRUTH, said(time_s))["works"]
    assert (got.hits, got.false) == (hits, false)


def test_a_second_alarm_while_the_event_lasts_is_a_repeat_and_one_after_it_false() -> None:
    got = score(TRUTH, said(101, 150, 161))["works"]
    assert (got.hits, got.repeats, got.false, got.delays_s) == (1, 1, 1, (1.0,))


def test_only_openings_are_alarms() -> None:
    lines = [*said(101), *said(130, kind="raised"), *said(170, kind="ended")]
    got = score(TRUTH, lines)["works"]
    assert (got.hits, got.repeats, got.false) == (1, 0, 0)


def test_a_stretch_to_be_ignored_swallows_alarms_of_any_rule() -> None:
    truth = [{"camera": "k12", "rule": "*", "zone": "", "start_s": 0, "end_s": 50}]
    assert score(truth, said(20))["works"] == Score(0, 0, 0, 0, 1, ())


@pytest.mark.parametrize(("count", "bound"), [(0, 3.00), (1, 4.74), (3, 7.75), (10, 16.96)])
def test_the_bound_of_a_rate_is_exact(count: int, bound: float) -> None:
    assert poisson_upper(count) == pytest.approx(bound, abs=0.005)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(190, 200, 0.910, 0.973), (8, 10, 0.490, 0.943)]
)
def test_the_interval_of_a_share_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.0006)


def test_a_row_without_a_time_is_refused_in_one_line(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("camera,rule,zone,start_s\nk12,works,band5,soon\n")
    (tmp_path / "events.jsonl").write_text("")
    assert main([str(truth), str(tmp_path / "events.jsonl")]) == 2


def test_the_table_says_what_the_alarms_of_a_day_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth, events, lasted = (tmp_path / name for name in ("t.csv", "e.csv", "d.csv"))
    truth.write_text("clip,rule,zone,start_s,end_s\na,works,z,10,20\n")
    events.write_text("clip,rule,zone,time_s\na,works,z,11.5\n")
    lasted.write_text("clip,duration_s\na,43200\nb,43200\n")
    assert main([str(truth), str(events), "--durations", str(lasted)]) == 0
    line = capsys.readouterr().out.splitlines()[-1].split()
    assert line[:5] == ["all", "1", "1", "0", "0"]
    assert line[-4:] == ["1.50", "1.50", "0.00", "3.00"]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The reference scorer; skips with a reason where it is absent."""
    file = data_folder().parent / "tools" / "score_events.py"
    if not file.is_file():
        pytest.skip(f"no reference scorer at {file}; set LINEWARDEN_DATA")
    spec = importlib.util.spec_from_file_location("score_events", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


names = st.fixed_dictionaries(
    {
        "camera": st.sampled_from(["a", "b"]),
        "rule": st.sampled_from(["works", "smoke"]),
        "zone": st.sampled_from(["z", ""]),
    }
)
truths = st.builds(
    lambda name, start_s, lasts_s, ignore: {
        **name, "start_s": start_s, "end_s": start_s + lasts_s, "ignore": ignore,
    },
    names, st.integers(0, 60), st.integers(0, 30), st.sampled_from(["", "", "", "1"]),
)  # fmt: skip
alarms = st.builds(lambda name, time_s: {**name, "time_s": time_s}, names, st.integers(0, 80))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(truth=st.lists(truths, max_size=8), lines=st.lists(alarms, max_size=12))
def test_the_reference_scorer_gives_the_same_answers(
    reference: ModuleType, truth: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    theirs = reference.score(truth, lines, alphas=ALPHAS, seconds=86_400 * 3)
    ours = score(truth, lines, Window())
    assert set(ours) == set(theirs["rules"])
    total = sum(ours.values(), NOTHING)
    for got, wanted in [(total, theirs["all"]), *((ours[r], theirs["rules"][r]) for r in ours)]:
        for name in ("events", "hits", "false", "repeats", "ignored", "recall", "precision"):
            assert getattr(got, name) == pytest.approx(wanted[name]), name
        for alpha in ALPHAS:
            assert got.f(alpha) == pytest.approx(wanted["F"][str(alpha)])
        if got.delays_s:
            delay = wanted["delay_s"]
            assert quantile(got.delays_s, 0.5) == pytest.approx(delay["median"])
            assert quantile(got.delays_s, 0.95) == pytest.approx(delay["p95"])
        upper = wanted["false_per_camera_day_upper95"]
        assert poisson_upper(got.false) / 3 == pytest.approx(upper, rel=1e-6)
