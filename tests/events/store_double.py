"""A store that can be told to answer slowly, wrongly, twice or not at all, over real sockets."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from events.record import Event
from events.seal import Envelope, payload_digest

OURS = {"Linewarden-Store": "1"}
PORTAL = b"<html><body>Welcome! Please accept our terms.</body></html>"


@dataclass
class Store:
    """What was stored, and how the next requests are to be treated: a name of `SINS` each."""

    url: str = ""
    script: list[str] = field(default_factory=list)
    events: dict[str, str] = field(default_factory=dict)
    media: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    arrivals: list[str] = field(default_factory=list)
    poison: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    status_answer: int = 200
    changed: threading.Condition = field(default_factory=threading.Condition)


SINS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "portal": (200, {}, PORTAL),
    "empty_200": (200, OURS, b""),
    "wrong_id": (201, OURS, b'{"event_id": "x", "payload_sha256": "y", "sha256": "z", "size": 1}'),
    "list_200": (200, OURS, b"[1]"),
    "accepted_202": (202, OURS, b"{}"),
    "redirect": (302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""),
    "redirect_ours": (307, {"Location": "http://127.0.0.1:1/elsewhere"} | OURS, b""),
    "proxy_403": (403, {}, b"forbidden by the proxy"),
    "proxy_413": (413, {}, b"too large"),
    "proxy_502": (502, {}, b"bad gateway"),
    "timeout_408": (408, OURS, b"{}"),
    "early_425": (425, OURS, b"{}"),
    "busy_429": (429, OURS | {"Retry-After": "7"}, b"{}"),
    "broken_500": (500, OURS, b'{"error": "internal"}'),
    "away_503": (503, OURS | {"Retry-After": "3"}, b"{}"),
    "full_507": (507, OURS, b'{"error": "disk_full"}'),
    "media_missing": (409, OURS, b'{"error": "media_missing"}'),
}
FINAL: dict[str, tuple[int, dict[str, str], bytes]] = {
    "bad_400": (400, OURS, b'{"error": "not_canonical", "detail": "bytes"}'),
    "large_413": (413, OURS, b"{}"),
    "type_415": (415, OURS, b"{}"),
    "schema_422": (422, OURS, b'{"error": "schema", "detail": "zone"}'),
    "auth_401": (401, OURS, b'{"error": "token"}'),
    "auth_403": (403, OURS, b'{"error": "revoked"}'),
    "other_digest": (409, OURS, b'{"error": "same_id_other_digest"}'),
    "seq_reused": (409, OURS, b'{"error": "seq_reused"}'),
    "prev_mismatch": (409, OURS, b'{"error": "prev_mismatch"}'),
    "odd_409": (409, OURS, b"<html>"),
}
BREAKS = ("reset_before", "reset_after", "cut_after", "endless")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    store: Store

    def do_HEAD(self) -> None:
        digest = self.path.rsplit("/", 1)[-1]
        self._treat(lambda: (200 if digest in self.store.media else 404, b""))

    def do_PUT(self) -> None:
        data = self._body()
        digest = hashlib.sha256(data).hexdigest()

        def keep() -> tuple[int, bytes]:
            if not self.path.endswith(digest):
                return 422, b'{"error": "digest"}'
            self.store.media[digest] = len(data)
            return 201, json.dumps({"sha256": digest, "size": len(data), "type": "x"}).encode()

        self._treat(keep)

    def do_POST(self) -> None:
        data = self._body()
        if self.path == "/v1/status":
            with self.store.changed:
                self.store.told.append(json.loads(data))
                self.store.changed.notify_all()
            self._answer(self.store.status_answer, OURS, b'{"received_at": "now"}')
            return

        def keep() -> tuple[int, bytes]:
            payload = Envelope.read(data).payload
            event, digest = Event.decode(payload), payload_digest(payload)
            assert self.headers["Idempotency-Key"] == event.event_id
            if event.event_id in self.store.poison:
                return 500, b"{}"
            if any(m.sha256 not in self.store.media for m in event.media):
                return 409, b'{"error": "media_missing"}'
            known = event.event_id in self.store.events
            if not known:
                self.store.arrivals.append(event.event_id)
            self.store.events[event.event_id] = digest
            body = {"event_id": event.event_id, "payload_sha256": digest, "seq": event.seq}
            return 200 if known else 201, json.dumps(body).encode()

        self._treat(keep)

    def _treat(self, keep: Any) -> None:
        with self.store.changed:
            self.store.seen[self.command] += 1
            self.store.tokens.add(self.headers["Authorization"])
            sin = self.store.script.pop(0) if self.store.script else "good"
            self.store.changed.notify_all()
            if sin in SINS or sin in FINAL:
                self._answer(*(SINS | FINAL)[sin])
            elif sin == "silent":
                self.connection.recv(1)
                self.close_connection = True
            elif sin == "reset_before":
                self._reset()
            else:
                status, body = keep()
                if sin == "reset_after":
                    self._reset()
                elif sin == "cut_after":
                    self._answer(status, OURS | {"Content-Length": str(len(body) + 50)}, body)
                    self._reset()
                elif sin == "endless":
                    self._answer(status, OURS | {"Content-Length": "10000000"}, b" " * 200_000)
                    self._reset()
                else:
                    self._answer(status, OURS, body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        try:
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, format: str, *args: Any) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Store]:
    """A store on a free port of this machine; over TLS if a context is given."""
    store = Store()
    handler = type("Handler", (_Handler,), {"store": store})
    server = _Server(("127.0.0.1", 0), handler)
    scheme = "http"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    store.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
