"""One activity, one case: what joins whom, whatever came first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.activity import (
    CALIBRATION_M2,
    CHI2_95,
    GAP,
    M_PER_DEG,
    WITHIN_M,
    Case,
    Sighting,
    apart,
    kind_of,
    lead_for,
    settle,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGMA_M = 1.5
BARELY_M = (CHI2_95 * (2 * SIGMA_M**2 + CALIBRATION_M2)) ** 0.5
"""As far as two sightings of this error may be apart."""


def seen(
    name: str,
    source: str,
    *,
    north_m: float = 0.0,
    from_s: float = 0,
    to_s: float = 300,
    sigma_m: float = SIGMA_M,
    kind: str = "works",
) -> Sighting:
    variance = sigma_m**2
    return Sighting(
        incident_id=name,
        kind=kind,
        source=source,
        lon=118.9,
        lat=32.1 + north_m / M_PER_DEG,
        cov_m2=(variance, 0.0, variance),
        since=NOON + timedelta(seconds=from_s),
        until=NOON + timedelta(seconds=to_s),
    )


class Table:
    """The board in memory: everything is looked through each time."""

    def __init__(self) -> None:
        self.known: dict[str, Sighting] = {}
        self.leads: dict[str, str | None] = {}

    def lead_of(self, incident_id: str) -> str | None:
        return self.leads.get(incident_id)

    def put(self, incident_id: str, lead_id: str | None) -> None:
        self.leads[incident_id] = lead_id

    def sighting(self, incident_id: str) -> Sighting | None:
        return self.known.get(incident_id)

    def cases_before(self, new: Sighting) -> Sequence[Case]:
        leads = [s for s in self.known.values() if self.leads.get(s.incident_id) is None]
        return [
            Case(lead, frozenset(m.source for m in self._members(lead) if m.order < new.order))
            for lead in leads
            if lead.order < new.order and new.meets(lead)
        ]

    def met_after(self, one: Sighting, order: tuple[datetime, str]) -> Sequence[Sighting]:
        return [s for s in self.known.values() if s.order > order and one.meets(s)]

    def tell(self, new: Sighting) -> None:
        old = self.known.get(new.incident_id)
        self.known[new.incident_id] = new
        self.leads.setdefault(new.incident_id)
        settle(self, old, new)

    def forget(self, incident_id: str) -> None:
        old = self.known.pop(incident_id)
        settle(self, old, None)
        del self.leads[incident_id]

    def _members(self, lead: Sighting) -> list[Sighting]:
        return [s for s in self.known.values() if self.leads.get(s.incident_id) == lead.incident_id]


def grouped(sightings: Sequence[Sighting]) -> dict[str, str | None]:
    """What the docstring of the module says, all at once."""
    cases: list[Case] = []
    found: dict[str, str | None] = {}
    for one in sorted(sightings, key=lambda s: s.order):
        lead_id = found[one.incident_id] = lead_for(one, cases)
        if lead_id is None:
            cases.append(Case(one, frozenset()))
        cases = [
            replace(case, sources=case.sources | {one.source})
            if case.lead.incident_id == lead_id
            else case
            for case in cases
        ]
    return found


def test_two_cameras_that_see_the_same_machine_are_one_case() -> None:
    found = grouped([seen("a", "north"), seen("b", "south", north_m=3, from_s=20)])
    assert found == {"a": None, "b": "a"}


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("another kind", seen("b", "south", kind="vehicle")),
        ("the same camera", seen("b", "north")),
        ("too far for both errors", seen("b", "south", north_m=BARELY_M + 0.1)),
        ("too long after", seen("b", "south", from_s=300 + GAP.total_seconds() + 1, to_s=900)),
    ],
)
def test_what_is_no_second_look_at_it_stands_alone(what: str, other: Sighting) -> None:
    assert grouped([seen("a", "north"), other]) == {"a": None, "b": None}, what


def test_the_errors_of_both_decide_how_far_apart_is_one_place() -> None:
    found = grouped([seen("a", "north"), seen("b", "south", north_m=BARELY_M - 0.1)])
    assert found["b"] == "a"
    assert apart(seen("a", "north"), seen("b", "south", north_m=2)) == pytest.approx(
        (2, BARELY_M), rel=1e-6
    )


def test_however_large_the_errors_there_is_a_limit_in_metres() -> None:
    near = seen("b", "south", north_m=WITHIN_M - 0.1, sigma_m=50)
    far = seen("c", "west", north_m=WITHIN_M + 0.1, sigma_m=50)
    found = grouped([seen("a", "north", sigma_m=50), near, far])
    assert (found["b"], found["c"]) == ("a", None)


def test_a_chain_of_neighbours_does_not_swallow_the_corridor() -> None:
    step_m = 0.7 * BARELY_M
    chain = [seen(f"{i}", f"cam-{i}", north_m=i * step_m, from_s=i) for i in range(6)]
    assert grouped(chain) == {"0": None, "1": "0", "2": None, "3": "2", "4": None, "5": "4"}


def test_the_next_lorry_at_the_same_gate_is_another_case() -> None:
    first = [seen("a1", "north", to_s=30), seen("b1", "south", from_s=10, to_s=40)]
    second = [
        seen("b2", "south", from_s=60, to_s=90),
        seen("a2", "north", from_s=65, to_s=95),
    ]
    assert grouped([*first, *second]) == {"a1": None, "b1": "a1", "b2": None, "a2": "b2"}


def test_a_camera_that_loses_and_finds_it_again_stays_in_the_case() -> None:
    flicker = [seen("b1", "south", from_s=10, to_s=40), seen("b2", "south", from_s=60, to_s=90)]
    assert grouped([seen("a", "north"), *flicker]) == {"a": None, "b1": "a", "b2": "a"}


def test_of_two_cases_the_nearer_is_joined() -> None:
    leads = [seen("a", "north"), seen("c", "west", north_m=12, from_s=1)]
    assert grouped([*leads, seen("b", "south", north_m=8, from_s=2, sigma_m=4)])["b"] == "c"


@pytest.mark.parametrize(
    ("label", "preset", "kind"),
    [
        ("excavator", None, "works"),
        ("machine", "PIPE-01", "works"),
        ("truck", None, "vehicle"),
        ("truck", "PIPE-05", "vehicle"),
        ("fire", "PIPE-10", "fire"),
        ("smoke", None, "fire"),
        ("person", None, "person"),
        ("camera", "PIPE-15", None),
        (None, None, None),
    ],
)
def test_a_kind_of_activity_comes_from_the_preset_else_from_the_class(
    label: str | None, preset: str | None, kind: str | None
) -> None:
    assert kind_of(label, preset) == kind


one_sighting = st.builds(
    lambda source, north_m, from_s, lasts_s, kind: seen(
        "", source, north_m=north_m, from_s=from_s, to_s=from_s + lasts_s, kind=kind
    ),
    st.sampled_from(["north", "south", "west"]),
    st.sampled_from([0.0, 2.0, 4.0, 6.0, 9.0, 13.0]),
    st.integers(0, 12).map(lambda n: 30.0 * n),
    st.sampled_from([0.0, 20.0, 90.0, 600.0]),
    st.sampled_from(["works", "works", "works", "vehicle"]),
)
scenes = st.lists(one_sighting, max_size=9).map(
    lambda found: [replace(s, incident_id=f"{n:02}") for n, s in enumerate(found)]
)


@settings(max_examples=300, deadline=None)
@given(scenes.flatmap(lambda s: st.tuples(st.just(s), st.permutations(s))))
def test_any_order_of_arrival_gives_the_same_cases(
    pair: tuple[list[Sighting], list[Sighting]],
) -> None:
    scene, arrivals = pair
    table = Table()
    for one in arrivals:
        table.tell(one)
    assert table.leads == grouped(scene)


@settings(max_examples=300, deadline=None)
@given(scenes, st.lists(st.tuples(st.integers(0, 8), one_sighting | st.none()), max_size=9))
def test_what_changes_or_goes_leaves_the_cases_as_if_it_had_always_been_so(
    scene: list[Sighting], changes: list[tuple[int, Sighting | None]]
) -> None:
    table = Table()
    for one in scene:
        table.tell(one)
    for n, other in changes:
        name = f"{n:02}"
        if other is not None:
            table.tell(replace(other, incident_id=name))
        elif name in table.known:
            table.forget(name)
    assert table.leads == grouped(list(table.known.values()))
