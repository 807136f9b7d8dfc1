"""A small RTSP server that plays recordings as cameras do, for the demo and the tests.

Digest, packets in the connection or over UDP, H.264 and HEVC, several mounts on one port, one
common start: all recordings begin with the first PLAY, so that two streams of one scene agree.

    python -m cameras.rtsp_server --port 8554 --user viewer --password-env CAM yard=yard.mp4
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from cameras.clock import Clock, SystemClock
from cameras.errors import SourceError
from cameras.rtsp_player import Burst, Player
from cameras.rtsp_sdp import Recording
from cameras.rtsp_session import Listener, Session


class RtspServer:
    """Serves each recording as `rtsp://host:port/name`.

    With `username` and `password` it asks for Digest; with `tls` it is rtsps. `once`: each mount
    ends with its recording and is not found afterwards; otherwise it goes round and round.
    """

    def __init__(
        self,
        recordings: Mapping[str, Path],
        *,
        username: str = "",
        password: str = "",
        once: bool = False,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._recordings = {name: Recording(path) for name, path in recordings.items()}
        self.username, self.password = username, password
        self._once, self._tls = once, tls
        self._clock = clock or SystemClock()
        self._listeners: dict[str, set[Listener]] = {name: set() for name in recordings}
        self._players: list[Player] = []
        self._over: set[str] = set()
        self._server: asyncio.Server | None = None
        self._sessions: set[Session] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port, which was chosen if `port` is 0. `OSError` if it is taken."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self._tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop playing and drop every connection."""
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            session.close()
        for player in self._players:
            await asyncio.to_thread(player.stop)

    def sdp(self, name: str) -> str | None:
        """The description of a mount, None if there is none (any more)."""
        known = name in self._recordings and name not in self._over
        return self._recordings[name].sdp(name) if known else None

    def listen(self, name: str, listener: Listener) -> None:
        """Send a mount's packets there; everything begins to play with the first listener."""
        if name in self._over:
            listener.close()
            return
        self._listeners[name].add(listener)
        if not self._players:
            self._begin()

    def leave(self, name: str, listener: Listener) -> None:
        """Send no more."""
        self._listeners[name].discard(listener)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        for name, recording in self._recordings.items():

            def take(burst: Burst | None, name: str = name) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._pass_on, name, burst)

            self._players.append(Player(recording, take, self._clock, once=self._once))
        for player in self._players:
            player.start()

    def _pass_on(self, name: str, burst: Burst | None) -> None:
        if burst is None:
            self._over.add(name)
        for listener in list(self._listeners[name]):
            if burst is None:
                listener.close()
            else:
                listener.send(burst)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)


def main() -> int:
    """Serve until told to stop. 0 when stopped, 1 if a recording or the port is unusable."""
    given = _arguments().parse_args()
    password = os.environ.get(given.password_env, "") if given.password_env else ""
    if given.user and not password:
        return _refuse(f"{given.password_env or '--password-env'}: no password is set there")
    tls = None
    if given.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(given.certificate, given.key)
    try:
        server = RtspServer(
            dict(given.mounts), username=given.user, password=password, once=given.once, tls=tls
        )
        asyncio.run(_serve_until_stopped(server, given.host, given.port))
    except SourceError as fault:
        return _refuse(str(fault))
    except OSError as trouble:
        return _refuse(f"port {given.port}: {trouble.strerror}")
    return 0


async def _serve_until_stopped(server: RtspServer, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    taken = await server.start(host, port)
    sys.stdout.write(f"listening on {taken}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.close()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cameras.rtsp_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("--user", default="")
    parser.add_argument("--password-env", default="", help="the variable that holds the password")
    parser.add_argument("--once", action="store_true", help="do not go round and round")
    parser.add_argument("--certificate", help="PEM file: serve rtsps")
    parser.add_argument("--key", help="PEM file of the certificate's key")
    parser.add_argument("mounts", nargs="+", type=_mount, metavar="NAME=FILE")
    return parser


def _mount(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not name or not equals or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    return name, Path(file)


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
