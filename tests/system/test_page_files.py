"""The pages' own files: nothing inline, nothing parsed as HTML, every word in two languages."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.pages import router
from api.pages.assets import read_assets

PAGES = Path(__file__).resolve().parents[2] / "api" / "pages"
MODULES = sorted((PAGES / "static" / "js").glob("*.js"))
WORDS = dict(
    re.findall(
        r'(\w+): (\["(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)*"\])',
        (PAGES / "static" / "js" / "words.js").read_text(encoding="utf-8"),
    )
)


class Browser:
    """Asks the pages; signed in where the query says so."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
                return await http.get(path, **more)

        return asyncio.run(ask())


@pytest.fixture
def browser() -> Browser:
    app = FastAPI()

    def person(session: str | None = None) -> str | None:
        return session

    app.include_router(router(person))
    return Browser(app)


def test_the_desk_sends_a_stranger_to_the_door_and_remembers_where_he_wanted_to_go(
    browser: Browser,
) -> None:
    answer = browser.get("/incidents/01a1?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/incidents/01a1")


def test_a_hostile_incident_id_stays_inside_the_next_of_the_door(browser: Browser) -> None:
    answer = browser.get("/incidents/a%0d%0aSet-Cookie:x&next=x")
    assert answer.status_code == 303
    assert re.fullmatch(r"/login\?next=/incidents/[\w%-]+", answer.headers["location"])
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/incidents/01a1"])
def test_a_person_gets_the_desk_without_any_data_in_it(browser: Browser, path: str) -> None:
    answer = browser.get(path, params={"session": "wang"})
    assert answer.status_code == 200
    assert "wang" not in answer.text


@pytest.mark.parametrize("path", ["/login", "/?session=wang", "/static/js/desk.js"])
def test_every_page_allows_its_own_origin_alone(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; base-uri 'none'")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["../router.py", "..%2frouter.py", "js/../../router.py", "js", "no.js", "%00"]
)
def test_no_file_outside_the_static_folder_can_be_named(browser: Browser, name: str) -> None:
    assert browser.get(f"/static/{name}").status_code == 404


def test_a_file_that_the_browser_already_has_is_not_sent_again(browser: Browser) -> None:
    first = browser.get("/static/js/desk.js")
    again = browser.get("/static/js/desk.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("name", ["desk.html", "login.html", "base.html"])
def test_a_template_has_no_inline_script_style_or_handler_and_names_only_files_that_exist(
    name: str,
) -> None:
    text = (PAGES / "templates" / name).read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
    served = read_assets(PAGES / "static")
    assert all(path in served for path in re.findall(r'(?:src|href)="/static/([^"]+)"', text))


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name)
def test_a_module_never_parses_text_as_html_and_stays_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not re.search(
        r"insertAdjacentHTML|outerHTML|innerHTML\s*=[^=]|\beval\(|new Function", text
    )
    assert len(text.splitlines()) <= 250


def test_every_word_that_a_module_asks_for_is_there_in_chinese_and_english() -> None:
    asked = set()
    for module in MODULES:
        text = module.read_text(encoding="utf-8")
        asked |= set(re.findall(r'\b(?:t|words|beside|both|heading|line|cell|stat)\("(\w+)"', text))
    templates = "".join(f.read_text(encoding="utf-8") for f in (PAGES / "templates").iterdir())
    asked |= set(re.findall(r'data-t="(\w+)"', templates))
    assert len(asked) > 80
    assert asked - set(WORDS) == set()


def test_the_vendored_map_names_its_licence_and_version() -> None:
    folder = PAGES / "static" / "vendor" / "leaflet"
    assert "BSD 2-Clause" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "Leaflet 1.9.4" in (folder / "leaflet.js").read_text(encoding="utf-8")[:200]
