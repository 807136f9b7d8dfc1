"""One activity, one case at the store: what the duty person sees, decides and takes apart."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.db.tables import Audit, EventRow
from tests.api.conftest import Scene
from tests.api.device import START, FakeDevice
from tests.api.test_incidents import LOST, decide, ids
from tests.api.test_live import Page

HERE = (118.9653, 32.1284)
NEAR = (118.9653, 32.12842)
ELSEWHERE = (118.9653, 32.1294)


def opens(box: FakeDevice, **changes: Any) -> str:
    """An incident without media."""
    return str(box.send(box.draft(media_lost=LOST, **changes)).incident_id)


def follows(box: FakeDevice, kind: str, incident_id: str, **changes: Any) -> None:
    box.send(box.draft(kind, incident_id=incident_id, **changes))


def two_cameras(scene: Scene, **changes: Any) -> tuple[FakeDevice, FakeDevice, str, str]:
    """Two boxes whose cameras look at the same machine, the second ten seconds later."""
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north)
    south.place, south.now = NEAR, north.now + timedelta(seconds=10)
    scene.clock.pass_s(10)
    return north, south, lead, opens(south, **changes)


def shown(http: httpx.Client, incident_id: str) -> Any:
    answer = http.get(f"/v1/incidents/{incident_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def cases(http: httpx.Client, **params: Any) -> list[str]:
    return ids(http.get("/v1/incidents", params={"cases": True, **params}))


def split(http: httpx.Client, incident_id: str, reason: str = "另一台挖掘机") -> httpx.Response:
    return http.post(f"/v1/incidents/{incident_id}/split", json={"reason": reason})


def test_two_cameras_that_see_the_same_thing_are_one_row_with_both_beneath(scene: Scene) -> None:
    _, _, lead, member = two_cameras(scene)
    http = scene.person()
    assert cases(http) == [lead]
    assert sorted(ids(http.get("/v1/incidents"))) == sorted([lead, member])
    activity = shown(http, member)["activity"]
    assert activity == shown(http, lead)["activity"]
    assert (activity["activity_id"], activity["undecided"]) == (lead, 2)
    first, second = activity["members"]
    assert (first["incident_id"], first["why"]) == (lead, None)
    assert second["incident_id"] == member
    assert second["why"] == {
        "zh": "相距 2.2 m（两者误差允许 5.0 m），时间重叠",
        "en": "2.2 m apart (both errors allow 5.0 m), at the same time",
    }


def test_an_incident_that_stands_alone_has_no_case(scene: Scene) -> None:
    alone = opens(scene.box())
    http = scene.person()
    assert shown(http, alone)["activity"] is None
    assert cases(http) == [alone]


@pytest.mark.parametrize(
    "place",
    [None, {"crs": "EPSG:4326", "method": "camera_position", "lon_e7": 1189653000,
            "lat_e7": 321284000, "cov_cm2": [9_000_000, 0, 9_000_000]}],
    ids=["nowhere", "somewhere before the camera"],
)  # fmt: skip
def test_what_is_not_placed_is_never_merged(scene: Scene, place: dict[str, Any] | None) -> None:
    made = []
    for name in ("north", "south"):
        box = scene.box(name)
        box.place = None
        made.append(opens(box, **({"place": place} if place else {})))
    assert sorted(cases(scene.person())) == sorted(made)


def test_simulated_and_real_are_never_one_case(scene: Scene) -> None:
    *_, lead, real = two_cameras(scene, simulated=False)
    assert sorted(cases(scene.person())) == sorted([lead, real])


def test_events_are_kept_as_they_came(scene: Scene) -> None:
    north, south, *_ = two_cameras(scene)
    with scene.store.db.read() as session:
        kept = session.scalars(select(EventRow.envelope)).all()
    assert sorted(kept) == sorted(envelope for box in (north, south) for _, envelope in box.sent)


def test_the_row_has_the_level_of_the_gravest_and_is_found_by_any_of_its_members(
    scene: Scene,
) -> None:
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north, level="orange")
    south.place = NEAR
    south.now += timedelta(seconds=10)
    opens(south, level="red", camera_id="yard-2")
    http = scene.person()
    assert shown(http, lead)["activity"]["level"] == "red"
    assert cases(http, level="red") == cases(http, camera="yard-2") == [lead]
    assert cases(http, level="blue") == []


def test_a_verdict_on_one_covers_all_with_who_and_when_on_each(scene: Scene) -> None:
    *_, lead, member = two_cameras(scene)
    http = scene.person()
    scene.clock.pass_s(30)
    assert decide(http, member, "dismissed").status_code == 200
    own, covered = shown(http, member)["verdict"], shown(http, lead)["verdict"]
    assert own["via"] is None
    assert covered == own | {"via": member}
    assert (covered["by"], covered["at"]) == ("wang", "2026-11-21T01:14:53.480Z")
    assert cases(http, verdict="none") == []
    with scene.store.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action == "dismissed")).all()
        assert {(row.object, row.actor) for row in rows} == {(lead, "wang"), (member, "wang")}


def test_a_verdict_that_stood_before_is_not_overwritten(scene: Scene) -> None:
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north)
    http = scene.person()
    decide(http, lead, "dismissed")
    south.place = NEAR
    south.now += timedelta(seconds=10)
    member = opens(south)
    assert shown(http, member)["verdict"] is None
    assert cases(http, verdict="none") == [lead]
    decide(http, member, "confirmed")
    assert shown(http, lead)["verdict"]["verdict"] == "dismissed"


@pytest.mark.parametrize(("level", "verdict"), [("red", "confirmed"), ("orange", "confirmed")])
def test_who_joins_a_confirmed_case_and_is_no_graver_is_confirmed_with_it(
    scene: Scene, level: str, verdict: str
) -> None:
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north)
    http = scene.person()
    decide(http, lead, "confirmed")
    south.place = NEAR
    south.now += timedelta(seconds=10)
    found = shown(http, opens(south, level=level))["verdict"]
    assert (found["verdict"], found["by"], found["via"]) == (verdict, "wang", lead)


def test_who_is_graver_than_what_was_confirmed_waits_for_a_decision_of_its_own(
    scene: Scene,
) -> None:
    north, south = scene.box("north"), scene.box("south")
    lead = opens(north, level="orange")
    http = scene.person()
    decide(http, lead, "confirmed")
    south.place = NEAR
    south.now += timedelta(seconds=10)
    member = opens(south, level="orange")
    assert shown(http, member)["verdict"]["via"] == lead
    follows(south, "raised", member, level="red")
    assert shown(http, member)["verdict"] is None
    activity = shown(http, lead)["activity"]
    assert (activity["level"], activity["undecided"]) == ("red", 1)
    with scene.store.db.read() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "verdict_withdrawn")).all()
        assert (row.actor, row.object, row.detail["by"]) == ("store", member, "wang")


def test_a_split_separates_for_good_says_who_and_why_and_is_in_the_audit_trail(
    scene: Scene,
) -> None:
    _, south, lead, member = two_cameras(scene)
    http = scene.person()
    found = split(http, member).json()
    assert found["activity"] is None
    assert found["split"] == {
        "by": "wang",
        "at": "2026-11-21T01:14:23.480Z",
        "reason": "另一台挖掘机",
    }
    south.now += timedelta(seconds=20)
    follows(south, "ended", member)
    assert sorted(cases(http)) == sorted([lead, member])
    with scene.store.db.read() as session:
        [row] = session.scalars(select(Audit).where(Audit.action == "split")).all()
        assert (row.actor, row.object) == ("wang", member)
        assert row.detail == {"reason": "另一台挖掘机", "lead": lead}


def test_a_split_takes_back_the_verdict_that_was_given_on_the_other(scene: Scene) -> None:
    *_, lead, member = two_cameras(scene)
    http = scene.person()
    decide(http, lead, "dismissed")
    split(http, member)
    assert shown(http, member)["verdict"] is None
    assert shown(http, lead)["verdict"]["verdict"] == "dismissed"


def test_without_its_lead_a_case_has_another(scene: Scene) -> None:
    north, south = scene.box("north"), scene.box("south")
    third = scene.box("west")
    made = []
    for n, box in enumerate((north, south, third)):
        box.now += timedelta(seconds=n)
        made.append(opens(box))
    http = scene.person()
    split(http, made[0])
    assert sorted(cases(http)) == sorted(made[:2])
    assert shown(http, made[2])["activity"]["activity_id"] == made[1]


@pytest.mark.parametrize("what", ["alone", "unknown"])
def test_what_stands_alone_cannot_be_split(scene: Scene, what: str) -> None:
    known = opens(scene.box())
    answer = split(scene.person(), known if what == "alone" else "no-such")
    wanted = (409, "not_merged") if what == "alone" else (404, "not_found")
    assert (answer.status_code, answer.json()["error"]) == wanted


def test_a_page_is_told_of_everyone_who_moved(scene: Scene) -> None:
    north, south = scene.box("north"), scene.box("south")
    south.place, south.now = NEAR, north.now + timedelta(seconds=10)
    late = opens(south)
    page = Page(scene.person())
    early = opens(north)
    told = [page.next(), page.next()]
    assert told == [("incident", {"incident_id": i}) for i in (early, late)]


def test_the_package_of_the_lead_tells_of_the_others_and_that_of_another_of_the_lead(
    scene: Scene,
) -> None:
    *_, lead, member = two_cameras(scene)
    http = scene.person()
    for incident_id in (lead, member):
        answer = http.get(f"/v1/incidents/{incident_id}/evidence.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            found = json.loads(archive.read("package.json"))["activity"]
        assert found["activity_id"] == lead
        assert [m["incident_id"] for m in found["members"]] == [lead, member]
        digests = [[e["payload_sha256"] for e in m["events"]] for m in found["members"]]
        assert digests == [[shown(http, i)["proof"]["payload_sha256"]] for i in (lead, member)]


Deed = tuple[int, str, int, tuple[float, float]]
"""Of which box, opened or ended, at which second, where."""


def play(scene: Scene, deeds: Sequence[Deed], order: Sequence[int]) -> dict[str, list[str]]:
    """Each box keeps its own order, as its chain wants; `order` says whose turn it is."""
    boxes = [scene.box(f"box-{n}") for n in range(3)]
    names: dict[int, str] = {}
    queues = {n: [d for d in deeds if d[0] == n] for n in range(3)}
    for n in order:
        _, kind, at_s, place = queues[n].pop(0)
        box = boxes[n]
        box.now, box.place = START + timedelta(seconds=at_s), place
        if kind == "opened":
            names[n] = opens(box)
        elif n in names:
            follows(box, kind, names.pop(n))
    http = scene.http
    found: dict[str, list[str]] = {}
    for incident_id in ids(http.get("/v1/incidents", params={"limit": 200})):
        one = shown(http, incident_id)
        members = one["activity"]["members"] if one["activity"] else [one]
        found[_name(boxes, one)] = [_name(boxes, m) for m in members]
    return found


def _name(boxes: Sequence[FakeDevice], one: Any) -> str:
    at = datetime.fromisoformat(one["opened_at"])
    box = next(n for n, box in enumerate(boxes) if box.device_id == one["device_id"])
    return f"{box}@{(at - START).total_seconds():.0f}"


STORY: list[Deed] = [
    (0, "opened", 0, HERE),
    (0, "ended", 100, HERE),
    (0, "opened", 300, HERE),
    (1, "opened", 20, NEAR),
    (1, "ended", 90, NEAR),
    (1, "opened", 130, NEAR),
    (2, "opened", 10, ELSEWHERE),
    (2, "ended", 200, ELSEWHERE),
    (2, "opened", 230, HERE),
]
CASES = {
    "0@0": ["0@0", "1@20"],
    "1@20": ["0@0", "1@20"],
    "1@130": ["1@130", "2@230", "0@300"],
    "2@230": ["1@130", "2@230", "0@300"],
    "0@300": ["1@130", "2@230", "0@300"],
    "2@10": ["2@10"],
}


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_gives_the_same_cases_at_the_store(scene: Scene, seed: int) -> None:
    scene.person()
    order = [n for n, *_ in STORY]
    Random(seed).shuffle(order)
    assert play(scene, STORY, order) == CASES


@pytest.mark.services
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_boxes_that_deliver_at_once_end_in_the_same_cases(scene: Scene) -> None:
    boxes = [scene.box(f"box-{n}") for n in range(4)]
    for n, box in enumerate(boxes):
        box.now += timedelta(seconds=n)
    rounds = 6
    with ThreadPoolExecutor(4) as pool:
        for n in range(rounds):
            for box in boxes:
                box.place = (118.9 + n / 1000, 32.1)
            made = list(pool.map(opens, boxes))
            list(
                pool.map(
                    lambda one: follows(one[0], "ended", one[1]), zip(boxes, made, strict=True)
                )
            )
            for box in boxes:
                box.now += timedelta(seconds=10)
    http = scene.person()
    found = http.get("/v1/incidents", params={"cases": True}).json()["items"]
    assert [len(one["activity"]["members"]) for one in found] == [4] * rounds
