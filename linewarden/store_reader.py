"""A store read as a person: logged in, page by page, media checked by digest."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from linewarden.errors import CommandError

_PAGE = 100
_TIMEOUT_S = 30.0


class StoreReader:
    """Reads what a logged-in person may read. Every method raises `CommandError`."""

    def __init__(self, store: str, ca_file: Path | None = None) -> None:
        self.store = store.rstrip("/")
        try:
            verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
            self._http = httpx.Client(
                base_url=self.store, timeout=_TIMEOUT_S, verify=verify, trust_env=False
            )
        except (OSError, httpx.InvalidURL) as error:
            raise CommandError(
                f"{ca_file or store}: cannot be used ({error})", "check it"
            ) from None

    def __enter__(self) -> StoreReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def log_in(self, name: str, password: str) -> None:
        """Open a session; the cookie stays in this object."""
        self._asked("POST", "/v1/login", json={"name": name, "password": password})

    def log_out(self) -> None:
        """End the session at the store."""
        self._asked("POST", "/v1/logout")

    def decided(self) -> Iterator[dict[str, Any]]:  # Any: JSON, as the store shows incidents
        """Every incident with a verdict, with its events; newest arrival first."""
        cursor: str | None = ""
        while cursor is not None:
            params = {"verdict": ["confirmed", "dismissed"], "limit": _PAGE, "cursor": cursor}
            if not cursor:
                del params["cursor"]
            page = self._json("/v1/incidents", params)
            for item in page["items"]:
                yield self._json(f"/v1/incidents/{item['incident_id']}")
            cursor = page["next"]

    def model_of(self, incident: dict[str, Any]) -> str | None:  # Any: as above
        """SHA-256 of the model that saw what the snapshot shows; None where none is told."""
        for event in incident["events"]:
            payload = self._json(f"/v1/events/{event['event_id']}")["payload"]
            shown = {medium["sha256"] for medium in payload.get("media", ())}
            if incident["snapshot"]["sha256"] in shown:
                found = payload.get("model", {}).get("sha256")
                return None if found is None else str(found)
        return None

    def medium(self, sha256: str) -> bytes | None:
        """A medium's bytes; None where they are not those that the digest names, or are gone."""
        answer = self._send("GET", f"/v1/media/sha256/{sha256}")
        if answer.status_code != httpx.codes.OK:
            return None
        return answer.content if hashlib.sha256(answer.content).hexdigest() == sha256 else None

    def _json(self, path: str, params: dict[str, Any] | None = None) -> Any:  # Any: JSON
        try:
            return self._asked("GET", path, params=params).json()
        except ValueError:
            raise CommandError(
                f"{self.store} did not answer as a Linewarden store", "check the address"
            ) from None

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:  # Any: httpx's own
        answer = self._send(method, path, **more)
        if answer.is_success:
            return answer
        said = answer.text[:200] if "json" in answer.headers.get("content-type", "") else ""
        raise CommandError(
            f"{self.store}{path} answered {answer.status_code} {said}".rstrip(),
            "check name and password" if answer.status_code == 401 else "see the store's log",
        )

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:  # Any: httpx's own
        try:
            return self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise CommandError(
                f"{self.store} does not answer: {type(error).__name__}",
                "check the address and the network, and run this again: it goes on from here",
            ) from None
