"""The list, its filters and its pages; the verdict that is given once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.clock import rfc3339
from api.db.tables import Audit
from tests.api.conftest import PASSWORD, Scene
from tests.api.device import instant

LOST = [{"role": "snapshot", "reason": "disk_full"}]


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["incident_id"] for item in answer.json()["items"]]


def quick(box: Any, **changes: Any) -> str:
    """An incident without media."""
    event = box.send(box.draft(media_lost=LOST, **changes))
    return str(event.incident_id)


def test_the_newest_arrival_comes_first(scene: Scene) -> None:
    box = scene.box()
    made = []
    for _ in range(3):
        made.append(quick(box))
        scene.clock.pass_s(1)
    assert ids(scene.person().get("/v1/incidents")) == made[::-1]


def test_what_a_box_delivers_late_still_comes_to_the_top(scene: Scene) -> None:
    box = scene.box()
    fresh = quick(box)
    scene.clock.pass_s(5)
    box.now -= box.now - box.now.replace(hour=0)
    late = quick(box)
    assert ids(scene.person().get("/v1/incidents")) == [late, fresh]


def test_pages_neither_skip_nor_repeat_while_new_incidents_arrive(scene: Scene) -> None:
    box = scene.box()
    known = [quick(box) for _ in range(7)]
    http = scene.person()
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = http.get("/v1/incidents", params={"limit": 2, "cursor": cursor}).json()
        seen += [item["incident_id"] for item in page["items"]]
        cursor = page["next"]
        scene.clock.pass_s(1)
        quick(box)
    assert sorted(seen) == sorted(known)


def test_a_cursor_of_ones_own_making_is_refused(scene: Scene) -> None:
    http = scene.person()
    for cursor in ("x", "MjAyNi0xMS0yMSB4", "%27%20OR%201=1"):
        assert http.get("/v1/incidents", params={"cursor": cursor}).status_code == 422


def test_filters_narrow_the_list(scene: Scene) -> None:
    one, two = scene.box("one"), scene.box("two")
    two.place = None  # not a second look at the same machine
    red = quick(one, level="red")
    blue = quick(two, level="blue", camera_id="yard-2")
    one.send(one.draft("ended", incident_id=red))
    http = scene.person()
    http.post(f"/v1/incidents/{red}/verdict", json={"verdict": "dismissed", "reason": "test"})
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"level": "red"}, [red]),
        ({"level": ["red", "blue"], "device": two.device_id}, [blue]),
        ({"state": "open"}, [blue]),
        ({"verdict": "none"}, [blue]),
        ({"verdict": ["dismissed"]}, [red]),
        ({"camera": "yard-2"}, [blue]),
        ({"camera": "' OR '1'='1"}, []),
        ({"since": instant(one.now)}, sorted([red, blue])),
        ({"until": instant(one.now)}, []),
    ]
    for params, wanted in cases:
        assert sorted(ids(http.get("/v1/incidents", params=params))) == wanted, params


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 10_000}, {"level": "pink"}, {"since": "2026-11-21T00:00:00"}]
)
def test_filters_out_of_bounds_are_refused(scene: Scene, params: dict[str, str]) -> None:
    answer = scene.person().get("/v1/incidents", params=params)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")


def decide(http: httpx.Client, incident_id: str, verdict: str) -> httpx.Response:
    body = {"verdict": verdict, "reason": "施工未报备", "note": "电话核实"}
    return http.post(f"/v1/incidents/{incident_id}/verdict", json=body)


def test_a_verdict_says_who_when_and_why(scene: Scene) -> None:
    incident_id = quick(scene.box())
    http = scene.person()
    scene.clock.pass_s(30)
    shown = decide(http, incident_id, "confirmed").json()
    assert shown["verdict"] == {
        "verdict": "confirmed",
        "reason": "施工未报备",
        "note": "电话核实",
        "by": "wang",
        "at": "2026-11-21T01:14:43.480Z",
        "made_at": None,
        "via": None,
    }
    with scene.store.db.read() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "confirmed")).all()
        assert (row.actor, row.object) == ("wang", incident_id)


@pytest.mark.parametrize(("made_s", "kept"), [(-1500, "2026-11-21T00:49:13.480Z"), (60, None)])
def test_a_verdict_that_waited_says_when_it_was_made_unless_its_clock_is_ahead(
    scene: Scene, made_s: int, kept: str | None
) -> None:
    incident_id = quick(scene.box())
    made_at = rfc3339(scene.clock() + timedelta(seconds=made_s))
    body = {"verdict": "confirmed", "reason": "x", "made_at": made_at}
    shown = scene.person().post(f"/v1/incidents/{incident_id}/verdict", json=body).json()
    assert shown["verdict"]["made_at"] == kept
    assert shown["verdict"]["at"] == "2026-11-21T01:14:13.480Z"


def test_a_second_verdict_is_refused_unless_it_is_the_same(scene: Scene) -> None:
    incident_id = quick(scene.box())
    http = scene.person()
    first = decide(http, incident_id, "confirmed").json()["verdict"]
    scene.clock.pass_s(60)
    again = decide(http, incident_id, "confirmed")
    assert (again.status_code, again.json()["verdict"]) == (200, first)
    other = decide(http, incident_id, "dismissed")
    assert (other.status_code, other.json()["error"]) == (409, "verdict_stands")
    assert http.get(f"/v1/incidents/{incident_id}").json()["verdict"] == first


def test_of_two_people_who_decide_at_once_one_is_told_that_it_is_decided(scene: Scene) -> None:
    incident_id = quick(scene.box())
    http = scene.person()
    verdicts = ["confirmed", "dismissed"] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda v: decide(http, incident_id, v), verdicts))
    standing = http.get(f"/v1/incidents/{incident_id}").json()["verdict"]["verdict"]
    for verdict, answer in zip(verdicts, answers, strict=True):
        assert answer.status_code == (200 if verdict == standing else 409)


def test_a_verdict_needs_a_reason_and_an_incident(scene: Scene) -> None:
    incident_id = quick(scene.box())
    http = scene.person()
    url = f"/v1/incidents/{incident_id}/verdict"
    whole = {"verdict": "confirmed", "reason": "x"}
    for change in ({"reason": ""}, {"verdict": "perhaps"}, {"by": "li"}):
        assert http.post(url, json=whole | change).status_code == 422
    assert decide(http, "01a1fbab-0c68-7c41-9a55-3d2f60b1e8a4", "confirmed").status_code == 404


def test_texts_come_back_as_they_were_and_as_data(scene: Scene) -> None:
    text = "<script>alert(1)</script>\r\nX: y"
    box = scene.box()
    incident_id = quick(box, explain=[{"lang": "zh", "text": text}])
    answer = scene.person().get(f"/v1/incidents/{incident_id}")
    assert answer.json()["explain"] == {"zh": text, "en": None}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_event_is_readable_with_its_payload_and_its_checks(scene: Scene) -> None:
    box = scene.box()
    event = box.send(box.draft(media_lost=LOST))
    http = scene.person()
    found = http.get(f"/v1/events/{event.event_id}").json()
    assert found["payload"]["prev"] == event.prev
    assert found["checks"] == {
        "signature": "pass",
        "chain": "pass",
        "media": "pass",
        "clock_suspect": False,
    }
    assert [e["seq"] for e in http.get("/v1/events").json()["items"]] == [1]
    assert http.get("/v1/events/none").status_code == 404


def test_a_clock_that_runs_ahead_is_flagged_and_nothing_is_dated_anew(scene: Scene) -> None:
    box = scene.box()
    box.now = box.now.replace(hour=3)
    incident_id = quick(box)
    found = scene.person().get(f"/v1/incidents/{incident_id}").json()
    assert found["proof"]["clock"]["suspect"] is True
    assert found["opened_at"] == "2026-11-21T03:14:13.480Z"


def test_people_see_their_own_password_nowhere(scene: Scene) -> None:
    http = scene.person()
    for path in ("/v1/me", "/v1/devices", "/metrics", "/health"):
        assert PASSWORD not in http.get(path).text
