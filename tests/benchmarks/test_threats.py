"""The threat list: every number once, and the cheap ones among them go as they must."""

from __future__ import annotations

import pytest

from benchmarks.staging.threat_list import THREATS
from benchmarks.staging.threats import hear

CHEAP = (1, 18, 26, 37, 44, 60, 62)


def test_every_number_of_the_list_is_there_once() -> None:
    assert [threat.number for threat in THREATS] == list(range(1, 65))


def test_every_threat_is_staged_or_names_the_test_that_holds_it() -> None:
    for threat in THREATS:
        staged = threat.stage is not None and threat.expected is not None
        assert staged != bool(threat.held_by), threat.number


@pytest.mark.parametrize("number", CHEAP)
def test_a_staged_threat_leads_to_what_it_must(number: int) -> None:
    threat = THREATS[number - 1]
    assert threat.stage is not None
    assert threat.expected is not None
    heard = hear(threat, threat.stage())
    assert threat.expected.holds(heard), f"{threat.expected.words}; got {heard.told()}"
