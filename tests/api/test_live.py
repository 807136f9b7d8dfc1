"""Live updates: what happens reaches every open page, on every server, until logout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from api.app import create_app
from tests.api.conftest import PASSWORD, Scene
from tests.api.serving import serve

LOST = [{"role": "snapshot", "reason": "disk_full"}]
PATIENCE_S = 20


class Page:
    """An open stream, read in a thread. The end of the stream is None."""

    def __init__(self, http: httpx.Client, address: str | None = None) -> None:
        self._found: Queue[tuple[str, Any] | None] = Queue()
        self._opened = Event()
        self._url = (address or str(http.base_url).rstrip("/")) + "/v1/live"
        self._cookies = dict(http.cookies)
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self._opened.wait(PATIENCE_S), "the stream did not open"

    def next(self) -> tuple[str, Any] | None:
        return self._found.get(timeout=PATIENCE_S)

    def _read(self) -> None:
        kind = ""
        with (
            httpx.Client(trust_env=False, timeout=60, cookies=self._cookies) as http,
            http.stream("GET", self._url) as answer,
        ):
            assert answer.status_code == 200
            for line in answer.iter_lines():
                if line.startswith(": connected"):
                    self._opened.set()
                elif line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._found.put((kind, json.loads(line.removeprefix("data: "))))
        self._found.put(None)


def test_an_incident_its_verdict_and_a_status_reach_an_open_page(scene: Scene) -> None:
    box = scene.box()
    http = scene.person()
    page = Page(http)
    event = box.send(box.draft(media_lost=LOST))
    about = {"incident_id": event.incident_id}
    assert page.next() == ("incident", about)
    body = {"verdict": "confirmed", "reason": "x"}
    http.post(f"/v1/incidents/{event.incident_id}/verdict", json=body)
    assert page.next() == ("incident", about)
    box.status(queued=3)
    told = page.next()
    assert told is not None
    assert (told[0], told[1]["queued"]) == ("status", 3)
    assert told[1] == http.get("/v1/devices").json()["items"][0]


def test_an_event_sent_twice_is_told_once(scene: Scene) -> None:
    box = scene.box()
    page = Page(scene.person())
    _, envelope = box.sign(box.draft(media_lost=LOST))
    box.post(envelope)
    box.post(envelope)
    box.status()
    assert [told[0] for told in (page.next(), page.next()) if told] == ["incident", "status"]


def test_logout_ends_the_streams_of_that_session_and_no_other(scene: Scene) -> None:
    box = scene.box()
    http = scene.person()
    mine = Page(http)
    scene.account("li")
    with httpx.Client(base_url=http.base_url, trust_env=False) as other:
        other.post("/v1/login", json={"name": "li", "password": PASSWORD})
        theirs = Page(other)
    http.post("/v1/logout")
    assert mine.next() is None
    box.status()
    told = theirs.next()
    assert told is not None
    assert told[0] == "status"


def test_a_stopping_store_ends_its_streams(scene: Scene) -> None:
    page = Page(scene.person())
    scene.store.live.close()
    assert page.next() is None
    assert scene.http.get("/v1/live").status_code == 503


@contextmanager
def second_server(scene: Scene) -> Iterator[str]:
    with serve(create_app(scene.settings, now=scene.clock)) as address:
        yield address


@pytest.mark.services
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_with_postgresql_a_page_at_one_server_sees_what_another_takes_in(scene: Scene) -> None:
    box = scene.box()
    http = scene.person()
    with second_server(scene) as address:
        page = Page(http, address)
        event = box.send(box.draft(media_lost=LOST))
        assert page.next() == ("incident", {"incident_id": event.incident_id})
        http.post("/v1/logout")
        assert page.next() is None
