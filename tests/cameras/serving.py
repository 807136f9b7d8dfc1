"""Our RTSP server in this process, and certificates made on the spot."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cameras.rtsp_server import RtspServer

USERNAME, PASSWORD = "viewer", "p#s s/@:w%"


class Served:
    """A running server; `stop` is a camera that loses power."""

    def __init__(self, server: RtspServer, port: int = 0) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stopped = False
        self.port = asyncio.run_coroutine_threadsafe(server.start(port=port), self._loop).result()

    def url(self, name: str, scheme: str = "rtsp") -> str:
        return f"{scheme}://127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


@contextmanager
def serve(
    files: dict[str, Path],
    *,
    password: str = PASSWORD,
    once: bool = False,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[Served]:
    """Serve recordings with Digest."""
    served = Served(
        RtspServer(files, username=USERNAME, password=password, once=once, tls=tls), port
    )
    try:
        yield served
    finally:
        served.stop()


def make_ca(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """An authority's certificate, and a context of a server at 127.0.0.1 that it vouches for."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, ca=True)
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    own = _certificate(own_name, ca_name, key, ca_key, ca=False)
    ca_file, own_file = folder / f"{name}.pem", folder / f"{name}-camera.pem"
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(ca.public_bytes(pem))
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own_file.write_bytes(own.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_file)
    return ca_file, context


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2100))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not ca:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
