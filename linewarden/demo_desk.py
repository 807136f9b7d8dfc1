"""The demo's duty officer: asks the store's API, as the page does, what has become readable."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from linewarden.errors import CommandError

START_S = 180.0
"""A machine with a lot else to do takes its time; a store that fails is seen at once."""
POLL_S = 0.2


class Desk:
    """A person's session at the store. `check` raises if a process of the demo has ended."""

    def __init__(self, url: str, check: Callable[[], None]) -> None:
        self._http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)
        self._check = check

    def wait_for_store(self) -> None:
        """Return once the store answers that it is well; `CommandError` if it never does."""
        until_s = time.monotonic() + START_S
        while True:
            self._check()
            try:
                if self._http.get("/health").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > until_s:
                raise CommandError(f"the store did not start in {START_S:.0f} s", "try again")
            time.sleep(POLL_S)

    def log_in(self, name: str, password: str) -> None:
        """Open the session."""
        self._http.post("/v1/login", json={"name": name, "password": password}).raise_for_status()

    def incidents(self) -> list[dict[str, Any]]:
        """The newest incidents, newest first; nothing while the store does not answer."""
        self._check()
        try:
            answer = self._http.get("/v1/incidents", params={"limit": 50})
        except httpx.TransportError:
            return []
        if answer.status_code != httpx.codes.OK:
            return []
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


class News:
    """Turns the list of incidents into lines about what is new in it."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def lines(self, incidents: list[dict[str, Any]]) -> list[str]:
        """What has not been told yet, oldest first."""
        found = []
        for incident in reversed(incidents):
            for what, text in _facts(incident):
                if (incident["incident_id"], what) not in self._told:
                    self._told.add((incident["incident_id"], what))
                    found.append(text)
        return found


def _facts(incident: dict[str, Any]) -> list[tuple[str, str]]:
    head = f"{incident['level']:6} {incident['camera_id']}"
    facts = [("opened", f"EVENT {head}: {incident['explain']['en']}{_place(incident)}")]
    clip = incident["clip"]
    if clip["status"] == "ready":
        facts.append(("clip", f"      {head}: the clip is there"))
    if clip["status"] == "missing":
        facts.append(("clip", f"      {head}: no clip, {clip['reason']}"))
    if incident["state"] == "ended":
        facts.append(("ended", f"      {head}: ended"))
    return facts


def _place(incident: dict[str, Any]) -> str:
    place = incident.get("place") or {}
    segment = place.get("segment") or {}
    if not segment:
        return ""
    return f"; {place['distance_m']:.0f} m from {segment['segment_id']}, {segment['owner']}"
