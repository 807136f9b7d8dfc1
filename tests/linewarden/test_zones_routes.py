"""The routes of the zones page: who may ask, what is nonsense, and a try that is cancelled."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cameras import Stills
from datasets import scenes
from linewarden.zones.app import MOST_BYTES, Recording, create_app
from linewarden.zones.draft import Draft
from linewarden.zones.pass_key import PassKey
from linewarden.zones.trial import Trials
from models import load_manifest
from tests.api.serving import serve
from tests.linewarden.test_zones import draft_of

RULE = {"use": "person-in-zone", "zone": "door", "after": "1s", "clear": "1s", "level": "blue"}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of a drawn yard."""
    file = tmp_path_factory.mktemp("zones") / "yard.mp4"
    scenes.write_clip(scenes.get("yard", size_px=(320, 180), fps=4.0), file, seconds=20)
    return file


class Page:
    """The page of a draft and a recording, and a browser that has used its link."""

    def __init__(self, folder: Path, video: Path, port: int) -> None:
        self.draft: Draft = draft_of(folder)
        self.trials = Trials(video, "nano")
        links: list[str] = []
        pass_key = PassKey(port, links.append)
        self.link, self._url = links[0], f"http://127.0.0.1:{port}"
        recording = Recording("yard", Stills(video), "key")
        classes = load_manifest("nano").classes
        self.app = create_app(recording, self.draft, self.trials, pass_key, classes)
        self.http = self.browser()

    def browser(self) -> httpx.Client:
        """One that has no cookie yet."""
        return httpx.Client(base_url=self._url, trust_env=False, timeout=60)

    def drawn(self, *rules: dict[str, Any]) -> dict[str, Any]:
        """What the page posts."""
        return {"zones": self.draft.forms["zones"], "rules": list(rules)}


@pytest.fixture
def page(tmp_path: Path, video: Path) -> Iterator[Page]:
    listener = socket.create_server(("127.0.0.1", 0))
    made = Page(tmp_path, video, listener.getsockname()[1])
    with serve(made.app, listener), made.http:
        assert made.http.get(made.link).status_code == 303
        yield made
        made.trials.cancel()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b"[]", "dictionary"),
        (b'{"zones": [], "rules": 3}', "list"),
        (b'{"zones": [], "rules": [], "more": 1}', "more"),
        (b"\xff", ""),
    ],
)
@pytest.mark.parametrize("path", ["/api/check", "/api/save", "/api/try"])
def test_nonsense_is_refused_in_both_languages_and_changes_nothing(
    page: Page, path: str, body: bytes, says: str
) -> None:
    before = page.draft.text
    answer = page.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error", "zh", "en"}
    assert says in answer.json()["en"]
    assert page.draft.file is not None
    assert page.draft.file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("t", ["-1", "nan", "x", ""])
def test_a_moment_that_is_none_is_refused(page: Page, t: str) -> None:
    assert page.http.get("/api/frame", params={"t": t}).status_code == 422


def test_a_moment_after_the_end_is_the_last_picture(page: Page) -> None:
    answer = page.http.get("/api/frame", params={"t": 9999})
    assert answer.content[:2] == b"\xff\xd8"
    assert float(answer.headers["Linewarden-At"]) == pytest.approx(19.75)


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}]
)
def test_another_site_reaches_nothing_even_with_the_cookie(
    page: Page, headers: dict[str, str]
) -> None:
    answer = page.http.post("/api/save", json=page.drawn(RULE), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "host")


@pytest.mark.parametrize("path", ["/api/start", "/api/frame?t=0", "/api/try", "/api/none", "/x"])
def test_without_the_cookie_not_even_a_route_is_told(page: Page, path: str) -> None:
    with page.browser() as stranger:
        assert stranger.get(path).status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/none", "/x", "/static/../app.py", "/static/zones/../app.py"]
)
def test_an_unknown_address_is_not_found(page: Page, path: str) -> None:
    assert page.http.get(path).status_code == 404


def test_a_wrong_method_is_refused_in_words(page: Page) -> None:
    answer = page.http.delete("/api/save")
    assert (answer.status_code, set(answer.json())) == (405, {"error", "zh", "en"})


def test_what_is_too_large_or_of_unknown_size_is_not_read(page: Page) -> None:
    large = b"[" * (MOST_BYTES + 1)
    for content in (large, iter([large])):
        answer = page.http.post("/api/check", content=content)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_try_is_cancelled_and_the_next_one_is_tried_whole(page: Page) -> None:
    assert page.http.post("/api/try", json=page.drawn(RULE)).json() == {"number": 1}
    assert page.http.delete("/api/try").json()["state"] == "cancelled"
    assert page.http.get("/api/try/result").status_code == 404
    assert page.http.post("/api/try", json=page.drawn(RULE)).json() == {"number": 2}
    thread = page.trials._thread
    assert thread is not None
    thread.join()
    assert page.http.get("/api/try").json()["state"] == "done"
    assert page.http.get("/api/try/result").json()["number"] == 2


def test_nothing_is_tried_without_a_rule_or_with_a_wrong_one(page: Page) -> None:
    none = page.http.post("/api/try", json=page.drawn())
    wrong = page.http.post("/api/try", json=page.drawn({**RULE, "after": "8"}))
    assert [(one.status_code, one.json()["error"]) for one in (none, wrong)] == [
        (409, "no_rule"),
        (409, "wrong"),
    ]
