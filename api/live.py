"""Live updates: from whoever commits a change to every open stream.

With SQLite there is one process, and messages stay in it; with PostgreSQL they travel by its own
notify (`live_postgres`). A stream that misses something is closed: its reader comes back and reads
the state anew, so nothing here needs to be remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from api.errors import Refusal

MAX_STREAMS = 500
_MAX_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """What happened (`incident`, `status`, `logout`) and what it is about."""

    kind: str
    data: Mapping[str, Any]


class Bus(Protocol):
    """Carries messages to all processes of one store."""

    def start(self, deliver: Callable[[Message | None], None]) -> None:
        """Begin: `deliver` takes each message, or None when some may have been lost."""

    def send(self, message: Message) -> None:
        """Send to everybody, this process included. Never raises: the change is stored already."""

    def stop(self) -> None:
        """End."""


class LocalBus:
    """Within one process."""

    def start(self, deliver: Callable[[Message | None], None]) -> None:
        """See Bus."""
        self._deliver = deliver

    def send(self, message: Message) -> None:
        """See Bus."""
        self._deliver(message)

    def stop(self) -> None:
        """See Bus."""


class Stream:
    """One reader's messages. Filled from any thread, read in its own loop; None is the end."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()

    def put(self, message: Message | None) -> None:
        """From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, message)

    async def get(self, timeout_s: float) -> Message | None:
        """The next message, or None at the end. TimeoutError."""
        return await asyncio.wait_for(self._queue.get(), timeout_s)

    def _put(self, message: Message | None) -> None:
        is_full = self._queue.qsize() >= _MAX_WAITING
        self._queue.put_nowait(None if is_full else message)


class Live:
    """All open streams of this process."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._streams: set[Stream] = set()
        self._lock = Lock()
        self._closed = False
        bus.start(self._deliver)

    def publish(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell every reader. Call it after the commit."""
        self._bus.send(Message(kind, data))

    @contextmanager
    def subscribe(self) -> Iterator[Stream]:
        """A stream while it is read; over at once if everything is ending."""
        stream = Stream()
        with self._lock:
            self._streams.add(stream)
        if self._closed:
            stream.put(None)
        try:
            yield stream
        finally:
            with self._lock:
                self._streams.discard(stream)

    def refuse_if_full(self) -> None:
        """Refusal 503 when there are too many streams, or everything is ending."""
        if self._closed or len(self._streams) >= MAX_STREAMS:
            raise Refusal(503, "no_stream", "no more live streams; try again later")

    def close(self) -> None:
        """End every stream, so that the server can stop; safe from a signal handler's thread."""
        self._closed = True
        self._deliver(None)
        self._bus.stop()

    def _deliver(self, message: Message | None) -> None:
        for stream in tuple(self._streams):
            stream.put(message)
