"""Who may come in, for how long, and from which page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select

from api.auth.accounts import create_admin, disable_account
from api.db.tables import Account, Audit, LoginSession
from api.errors import Refusal
from tests.api.conftest import PASSWORD, Scene

DOORS = (
    "/v1/me",
    "/v1/incidents",
    "/v1/incidents/x",
    "/v1/incidents/x/evidence.zip",
    "/v1/events",
    "/v1/events/x",
    f"/v1/media/sha256/{'0' * 64}",
    f"/v1/media/sha256/{'0' * 64}/playable",
    "/v1/live",
    "/v1/network",
    "/v1/cameras",
    "/v1/devices",
)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def attempt(scene: Scene, password: str = PASSWORD, name: str = "wang") -> httpx.Response:
    return scene.http.post("/v1/login", json={"name": name, "password": password})


def test_no_door_for_persons_opens_without_a_session(scene: Scene) -> None:
    for door in DOORS:
        assert code_of(scene.http.get(door)) == (401, "login_needed"), door


def test_a_devices_token_opens_no_door_for_persons(scene: Scene) -> None:
    box = scene.box()
    for door in DOORS:
        assert scene.http.get(door, headers=box.headers).status_code == 401


def test_a_session_is_new_at_each_login_and_only_its_digest_is_kept(scene: Scene) -> None:
    http = scene.person()
    first = http.cookies["linewarden"]
    scene.log_in()
    second = http.cookies["linewarden"]
    assert first != second
    with scene.store.db.read() as session:
        [kept] = session.scalars(select(LoginSession)).all()
        assert second not in (kept.id_sha256, kept.name)
    http.cookies.set("linewarden", first)
    assert http.get("/v1/me").status_code == 401


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    make_scene: Callable[..., Scene],
) -> None:
    scene = make_scene()
    scene.account()
    cookie = attempt(scene).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


def test_behind_tls_the_cookie_is_bound_to_the_host(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(cookie_secure=True)
    scene.account()
    answer = attempt(scene)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-linewarden=")
    assert "secure" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert "strict-transport-security" in answer.headers


def test_a_session_ends_after_half_an_hour_of_silence(scene: Scene) -> None:
    http = scene.person()
    scene.clock.pass_s(1790)
    assert http.get("/v1/me").status_code == 200
    scene.clock.pass_s(1790)
    assert http.get("/v1/me").status_code == 200
    scene.clock.pass_s(1801)
    assert http.get("/v1/me").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(scene: Scene) -> None:
    http = scene.person()
    for _ in range(24):
        scene.clock.pass_s(1795)
        assert http.get("/v1/me").status_code == 200
    scene.clock.pass_s(200)
    assert http.get("/v1/me").status_code == 401


def test_logout_ends_the_session_at_the_store(scene: Scene) -> None:
    http = scene.person()
    cookie = http.cookies["linewarden"]
    assert http.post("/v1/logout").status_code == 200
    http.cookies.set("linewarden", cookie)
    assert http.get("/v1/me").status_code == 401


def test_a_disabled_account_is_out_at_once(scene: Scene) -> None:
    http = scene.person()
    with scene.store.db.write() as session:
        disable_account(session, "wang", scene.clock())
    assert http.get("/v1/me").status_code == 401
    assert code_of(attempt(scene)) == (401, "login_failed")


def test_guessing_is_slowed_down_and_forgiven_later(scene: Scene) -> None:
    scene.account()
    for _ in range(5):
        assert code_of(attempt(scene, "wrong password!")) == (401, "login_failed")
    answer = attempt(scene)
    assert code_of(answer) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) > 0
    scene.clock.pass_s(301)
    assert attempt(scene).status_code == 200


def test_an_unknown_name_and_a_wrong_password_look_the_same(scene: Scene) -> None:
    scene.account()
    unknown, wrong = attempt(scene, name="li"), attempt(scene, "not the password")
    assert unknown.json() == wrong.json()
    assert unknown.status_code == wrong.status_code == 401


def test_strange_names_are_nobody(scene: Scene) -> None:
    scene.account()
    for name in ("' OR 1=1 --", "wang\n", "x" * 64, "\u202ewang"):
        assert code_of(attempt(scene, name=name)) == (401, "login_failed"), name


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_can_change_nothing(scene: Scene, headers: dict[str, str]) -> None:
    http = scene.person()
    body = {"verdict": "confirmed", "reason": "x"}
    for path, data in (
        ("/v1/incidents/x/verdict", body),
        ("/v1/logout", None),
        ("/v1/login", {"name": "wang", "password": PASSWORD}),
    ):
        answer = http.post(path, json=data, headers=headers)
        assert code_of(answer) == (403, "foreign_origin")
    assert http.get("/v1/me").status_code == 200


def test_our_own_page_may_log_out(scene: Scene) -> None:
    http = scene.person()
    origin = str(http.base_url).rstrip("/")
    assert http.post("/v1/logout", headers={"Origin": origin}).status_code == 200


def test_with_a_public_address_only_that_origin_is_ours(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(public_url="https://store.example")
    http = scene.person()
    own = str(http.base_url).rstrip("/")
    assert http.post("/v1/logout", headers={"Origin": own}).status_code == 403
    assert http.post("/v1/logout", headers={"Origin": "https://store.example"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("wang", "short"),
        ("wang", "administrator"),
        ("wang", "aaaaaaaaaaaaaaa"),
        ("wangxiaoming", "wangxiaoming1"),
        ("", PASSWORD),
        ("a b", PASSWORD),
    ],
)
def test_weak_passwords_and_bad_names_make_no_account(
    scene: Scene, name: str, password: str
) -> None:
    with pytest.raises(Refusal), scene.store.db.write() as session:
        create_admin(session, name, password, scene.clock())
    with scene.store.db.read() as session:
        assert session.scalars(select(Account)).all() == []


def test_a_name_is_taken_once(scene: Scene) -> None:
    scene.account()
    with pytest.raises(Refusal, match="already"):
        scene.account()


def test_logins_and_failures_are_in_the_audit_trail_without_any_password(scene: Scene) -> None:
    scene.account()
    attempt(scene, "wrong password!")
    scene.log_in()
    with scene.store.db.read() as session:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
        told = [(row.actor, row.action) for row in rows]
        everything = " ".join(f"{r.object} {r.detail}" for r in rows)
        hashes = session.scalars(select(Account.password)).all()
    assert told == [
        ("command line", "account_created"),
        ("wang", "login_failed"),
        ("wang", "login"),
    ]
    assert PASSWORD not in everything
    assert all(h.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for h in hashes)
