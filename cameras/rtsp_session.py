"""One client of the RTSP server: its requests, and where its packets go."""

from __future__ import annotations

import asyncio
import secrets
from typing import Protocol

from cameras.rtsp_messages import (
    MOST_HEAD_BYTES,
    BadRequest,
    Request,
    Transport,
    answer,
    challenge,
    is_authorised,
    parse_request,
    parse_transport,
)
from cameras.rtsp_player import Burst, is_rtcp

_DOLLAR = 0x24
_MOST_UNSENT_BYTES = 8_000_000
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"


class Listener(Protocol):
    """Where a mount's packets go."""

    def send(self, burst: Burst) -> None:
        """One frame."""

    def close(self) -> None:
        """There will be no more."""


class Mounts(Protocol):
    """What a session needs of its server."""

    username: str
    password: str

    def sdp(self, name: str) -> str | None:
        """The description of a mount."""

    def listen(self, name: str, listener: Listener) -> None:
        """Send a mount's packets there."""

    def leave(self, name: str, listener: Listener) -> None:
        """Send no more."""


class Session:
    """Answers one connection until it ends. A client that does not take its packets is dropped."""

    def __init__(
        self, mounts: Mounts, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._mounts, self._reader, self._writer = mounts, reader, writer
        self._nonce = secrets.token_hex(16)
        self._id = secrets.token_hex(8)
        self._transport: Transport | None = None
        self._mount = ""
        self._udp: list[asyncio.DatagramTransport] = []
        self._playing = False
        self._had_key = False

    async def run(self) -> None:
        """Until the client leaves, misbehaves or is sent away."""
        try:
            while True:
                request = await self._next()
                if request is not None:
                    self._writer.write(await self._reply(request))
                    await self._writer.drain()
                    if request.method == "TEARDOWN":
                        return
        except BadRequest:
            self._writer.write(answer(None, 400))
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return
        finally:
            self.close()

    def send(self, burst: Burst) -> None:
        """One frame; the first is a key frame."""
        self._had_key = self._had_key or burst.is_key
        if self._transport is None or not self._had_key or self._writer.is_closing():
            return
        channels = self._transport.channels
        if channels is None:
            for packet in burst.packets:
                self._udp[is_rtcp(packet)].sendto(packet)
            return
        framed = (
            bytes((_DOLLAR, channels[is_rtcp(packet)])) + len(packet).to_bytes(2) + packet
            for packet in burst.packets
        )
        self._writer.write(b"".join(framed))
        if self._writer.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
            self._writer.transport.abort()

    def close(self) -> None:
        """Send the client away."""
        if self._mount:
            self._mounts.leave(self._mount, self)
        for socket in self._udp:
            socket.close()
        self._writer.close()

    async def _next(self) -> Request | None:
        """The next request; None for packets that the client sends us on its channels."""
        first = await self._reader.readexactly(1)
        if first == b"$":
            size = (await self._reader.readexactly(3))[1:]
            await self._reader.readexactly(int.from_bytes(size))
            return None
        head = first + await self._reader.readuntil(b"\r\n\r\n")
        if len(head) > MOST_HEAD_BYTES:
            raise BadRequest("too long")
        request = parse_request(head[:-4].lstrip(b"\r\n"))
        await self._reader.readexactly(request.body_bytes)
        return request

    async def _reply(self, request: Request) -> bytes:
        if request.method == "OPTIONS":
            return answer(request, 200, {"Public": _METHODS})
        if self._mounts.password and not is_authorised(
            request, self._mounts.username, self._mounts.password, self._nonce
        ):
            return answer(request, 401, challenge(self._nonce))
        match request.method:
            case "DESCRIBE":
                return self._describe(request)
            case "SETUP":
                return await self._set_up(request)
            case "PLAY":
                return self._play(request)
            case "GET_PARAMETER" | "TEARDOWN" | "SET_PARAMETER":
                return answer(request, 200, {"Session": self._id})
        return answer(request, 501)

    def _describe(self, request: Request) -> bytes:
        sdp = self._mounts.sdp(request.names[0]) if request.names else None
        if sdp is None:
            return answer(request, 404)
        base = request.url.rstrip("/") + "/"
        headers = {"Content-Base": base, "Content-Type": "application/sdp"}
        return answer(request, 200, headers, sdp)

    async def _set_up(self, request: Request) -> bytes:
        if self._mount:
            return answer(request, 455)
        name = request.names[0] if request.names else ""
        if self._mounts.sdp(name) is None:
            return answer(request, 404)
        transport = parse_transport(request.headers.get("transport", ""))
        if transport is None:
            return answer(request, 461)
        if transport.ports is None:
            text = "RTP/AVP/TCP;unicast;interleaved={}-{}".format(*(transport.channels or (0, 1)))
        else:
            own = [await self._open_udp(port) for port in transport.ports]
            text = "RTP/AVP;unicast;client_port={}-{};server_port={}-{}".format(
                *transport.ports, *own
            )
        self._transport, self._mount = transport, name
        return answer(request, 200, {"Transport": text, "Session": f"{self._id};timeout=60"})

    async def _open_udp(self, client_port: int) -> int:
        peer = self._writer.get_extra_info("peername")[0]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(peer, client_port)
        )
        self._udp.append(transport)
        return int(transport.get_extra_info("sockname")[1])

    def _play(self, request: Request) -> bytes:
        if self._transport is None:
            return answer(request, 454)
        if not self._playing:
            self._playing = True
            asyncio.get_running_loop().call_soon(self._mounts.listen, self._mount, self)
        return answer(request, 200, {"Session": self._id, "Range": "npt=now-"})
