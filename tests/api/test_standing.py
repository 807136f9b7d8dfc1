"""Shelved, stale, suppressed: how an open incident stands, why, and until when."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.db.tables import Audit
from api.rounds import Rounds
from tests.api.conftest import Scene
from tests.api.device import FakeDevice
from tests.api.test_cases import NEAR, cases, follows, opens, shown, split, two_cameras
from tests.api.test_incidents import decide, ids
from tests.api.test_live import Page

HOUR = 3600
WHY = "检修队在现场,等许可单"


@pytest.fixture(autouse=True)
def _only_our_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own would tell pages the same a second time."""
    monkeypatch.setattr("api.rounds.EVERY_S", 1e6)


def shelve(http: httpx.Client, incident_id: str, for_s: int = HOUR) -> httpx.Response:
    body = {"reason": WHY, "for_s": for_s}
    return http.post(f"/v1/incidents/{incident_id}/shelve", json=body)


def audit(scene: Scene, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    with scene.store.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.id))
        return [(row.actor, row.object, row.detail) for row in rows]


def heard(box: FakeDevice, state: str = "ok", age_s: float | None = 0.4) -> None:
    camera = {"id": box.camera_id, "state": state, "last_frame_age_s": age_s, "reason": None}
    assert box.status(cameras=[camera]).status_code == 200


def test_a_shelf_says_who_put_it_away_why_and_until_when(scene: Scene) -> None:
    incident_id = opens(scene.box())
    http = scene.person()
    wanted = {
        "by": "wang",
        "at": "2026-11-21T01:14:13.480Z",
        "reason": WHY,
        "until": "2026-11-21T02:14:13.480Z",
        "level": "red",
    }
    assert shelve(http, incident_id).json()["shelved"] == wanted
    assert shown(http, incident_id)["shelved"] == wanted
    [(actor, about, detail)] = audit(scene, "shelved")
    assert (actor, about) == ("wang", incident_id)
    assert detail == {"reason": WHY, "until": wanted["until"], "level": "red"}


def test_the_list_is_asked_for_what_is_shelved_or_for_the_rest(scene: Scene) -> None:
    box = scene.box()
    away, here = opens(box), opens(box)
    http = scene.person()
    shelve(http, away)
    assert cases(http, shelved=True) == [away]
    assert cases(http, shelved=False) == [here]
    assert ids(http.get("/v1/incidents", params={"shelved": True})) == [away]
    assert sorted(cases(http)) == sorted([away, here])


def test_it_comes_back_by_itself_and_pages_are_told(scene: Scene) -> None:
    incident_id = opens(scene.box())
    http = scene.person()
    shelve(http, incident_id, for_s=600)
    page, rounds = Page(http), Rounds(scene.store)
    scene.clock.pass_s(599)
    rounds.go()
    assert shown(http, incident_id)["shelved"] is not None
    scene.clock.pass_s(1)
    assert shown(http, incident_id)["shelved"] is None
    assert cases(http, shelved=False) == [incident_id]
    rounds.go()
    assert page.next() == ("incident", {"incident_id": incident_id})
    assert audit(scene, "unshelved") == [("store", incident_id, {"why": "time", "by": "wang"})]


def test_it_comes_back_at_once_when_its_level_rises_and_stays_back(scene: Scene) -> None:
    box = scene.box()
    incident_id = opens(box, level="orange")
    http = scene.person()
    shelve(http, incident_id)
    follows(box, "lowered", incident_id, level="yellow")
    follows(box, "raised", incident_id, level="orange")
    assert shown(http, incident_id)["shelved"] is not None
    follows(box, "raised", incident_id, level="red")
    assert shown(http, incident_id)["shelved"] is None
    follows(box, "lowered", incident_id, level="orange")
    assert shown(http, incident_id)["shelved"] is None
    assert audit(scene, "unshelved") == [("store", incident_id, {"why": "level", "by": "wang"})]


def test_a_person_brings_it_back_before_its_time(scene: Scene) -> None:
    incident_id = opens(scene.box())
    http = scene.person()
    shelve(http, incident_id)
    answer = http.post(f"/v1/incidents/{incident_id}/unshelve")
    assert answer.json()["shelved"] is None
    assert audit(scene, "unshelved") == [("wang", incident_id, {"why": "person", "by": "wang"})]
    again = http.post(f"/v1/incidents/{incident_id}/unshelve")
    assert (again.status_code, again.json()["error"]) == (409, "not_shelved")


def test_a_whole_case_is_shelved_and_who_is_no_graver_joins_it_there(scene: Scene) -> None:
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north, level="orange")
    http = scene.person()
    shelve(http, lead)
    south.place = NEAR
    member = opens(south, level="orange")
    assert shown(http, member)["shelved"] == shown(http, lead)["shelved"] != None  # noqa: E711
    follows(south, "raised", member, level="red")
    assert (shown(http, member)["shelved"], shown(http, lead)["shelved"]) == (None, None)


def test_what_is_separated_from_a_shelved_case_comes_back(scene: Scene) -> None:
    *_, lead, member = two_cameras(scene)
    http = scene.person()
    shelve(http, lead)
    assert split(http, member).json()["shelved"] is None
    assert shown(http, lead)["shelved"] is not None


def test_a_verdict_ends_a_shelf(scene: Scene) -> None:
    incident_id = opens(scene.box())
    http = scene.person()
    shelve(http, incident_id)
    assert decide(http, incident_id, "confirmed").json()["shelved"] is None
    assert cases(http, shelved=True) == []


@pytest.mark.parametrize("for_s", [0, 59, 8 * HOUR + 1])
def test_a_shelf_without_end_or_beyond_the_longest_is_refused(scene: Scene, for_s: int) -> None:
    http = scene.person()
    answer = shelve(http, opens(scene.box()), for_s)
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_time")
    assert answer.json()["detail"] == f"shelve for 60 to 28800 s, not {for_s}"
    assert http.get("/v1/me").json()["shelve_max_s"] == 8 * HOUR


def test_a_shelf_needs_a_reason_and_something_open_that_nobody_decided(scene: Scene) -> None:
    box = scene.box()
    over, decided = opens(box), opens(box)
    follows(box, "ended", over)
    http = scene.person()
    decide(http, decided, "confirmed")
    for incident_id in (over, decided):
        assert shelve(http, incident_id).json()["error"] == "not_open"
    body = {"reason": "", "for_s": HOUR}
    assert http.post(f"/v1/incidents/{over}/shelve", json=body).status_code == 422
    assert shelve(http, "no-such").status_code == 404


def test_an_open_incident_of_a_silent_box_is_stale_and_recovers_by_itself(scene: Scene) -> None:
    box = scene.box()
    incident_id = opens(box)
    http = scene.person()
    heard(box)
    scene.clock.pass_s(90)
    assert shown(http, incident_id)["stale"] is None
    scene.clock.pass_s(1)
    assert shown(http, incident_id)["stale"] == {
        "what": "box",
        "last_heard": "2026-11-21T01:14:13.480Z",
        "after_s": 90.0,
    }
    heard(box)
    assert shown(http, incident_id)["stale"] is None


@pytest.mark.parametrize(
    ("age_s", "last"), [(120.0, "2026-11-21T01:12:13.480Z"), (None, None), (30.0, "not yet")]
)
def test_a_camera_that_is_not_heard_of_makes_its_own_incidents_stale(
    scene: Scene, age_s: float | None, last: str | None
) -> None:
    box = scene.box()
    own, other = opens(box), opens(box, camera_id="yard-2")
    http = scene.person()
    heard(box, "dead", age_s)
    found = shown(http, own)["stale"]
    wanted = {"what": "camera", "last_heard": last, "after_s": 90.0}
    assert found == (None if last == "not yet" else wanted)
    assert shown(http, other)["stale"] is None


def test_what_has_ended_is_never_stale_nor_what_a_box_without_states_opened(scene: Scene) -> None:
    box = scene.box()
    over, silent = opens(box), opens(scene.box("mute"))
    follows(box, "ended", over)
    heard(box)
    scene.clock.pass_s(1000)
    http = scene.person()
    assert (shown(http, over)["stale"], shown(http, silent)["stale"]) == (None, None)


def test_a_case_is_stale_only_when_nobody_who_sees_it_is_heard_of(scene: Scene) -> None:
    north, south, lead, _ = two_cameras(scene)
    http = scene.person()
    heard(north)
    heard(south)
    scene.clock.pass_s(91)
    heard(south)
    assert shown(http, lead)["activity"]["stale"] is False
    scene.clock.pass_s(91)
    assert shown(http, lead)["activity"]["stale"] is True


def test_pages_are_told_when_a_box_falls_silent_and_when_it_is_back(scene: Scene) -> None:
    box = scene.box()
    incident_id = opens(box)
    heard(box)
    rounds = Rounds(scene.store)
    rounds.go()
    page = Page(scene.person())
    scene.clock.pass_s(91)
    rounds.go()
    rounds.go()
    heard(box)
    rounds.go()
    told = [page.next(), page.next(), page.next()]
    about = ("incident", {"incident_id": incident_id})
    assert [told[0], told[2]] == [about, about]
    assert told[1] is not None
    assert told[1][0] == "status"


def test_how_long_a_box_held_it_back_is_shown_with_the_end(scene: Scene) -> None:
    box = scene.box()
    held = opens(box, numbers={"held_back_ms": 540_000})
    http = scene.person()
    assert shown(http, held)["suppressed"] == {
        "held_back_ms": 540_000,
        "until": "2026-11-21T09:14:13.480+08:00",
    }
    assert shown(http, opens(box))["suppressed"] is None
