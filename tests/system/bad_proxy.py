"""What may stand between a box and its store: something slow, wrong, or too eager."""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import httpx

FAULTS = ("slow", "portal", "broken", "wrong", "twice", "deaf", "none")
SLOW_S = 2.0


class BadProxy:
    """Passes requests on, and commits each fault `rounds` times, mixed; then it is honest."""

    def __init__(self, store_url: str, *, seed: int, rounds: int) -> None:
        self._store = httpx.Client(base_url=store_url, timeout=20, trust_env=False)
        self._lock = threading.Lock()
        self._planned = list(FAULTS) * rounds
        random.Random(seed).shuffle(self._planned)
        self.made: dict[str, int] = dict.fromkeys(FAULTS, 0)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def choose(self) -> str:
        """The next request's fate."""
        with self._lock:
            fault = self._planned.pop() if self._planned else "none"
            self.made[fault] += 1
            return fault

    @property
    def is_spent(self) -> bool:
        """Whether it is honest by now."""
        return not self._planned

    def forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> httpx.Response:
        """Ask the store."""
        kept = {k: v for k, v in handler.headers.items() if k.lower() not in ("host", "connection")}
        return self._store.request(handler.command, handler.path, content=body, headers=kept)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._store.close()


def _handler(proxy: BadProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = proxy.choose()
            try:
                self._answer(fault, body)
            except (httpx.HTTPError, OSError):
                self.close_connection = True

        def _answer(self, fault: str, body: bytes) -> None:
            if fault == "portal":
                return self._send(200, b"<html>please pay for this network</html>", {})
            if fault == "broken":
                return self._send(503, b"{}", {"Linewarden-Store": "0"})
            if fault == "slow":
                threading.Event().wait(SLOW_S)
            answer = proxy.forward(self, body)
            if fault == "twice":
                answer = proxy.forward(self, body)
            if fault == "deaf":  # the store has it, and nobody is told
                self.close_connection = True
                return None
            if fault == "wrong":
                wrong = b'{"event_id": "another", "sha256": "another", "size": 1}'
                return self._send(answer.status_code, wrong, {"Linewarden-Store": "0"})
            ours = answer.headers.get("Linewarden-Store")
            return self._send(
                answer.status_code, answer.content, {"Linewarden-Store": ours} if ours else {}
            )

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
