"""A real broker of a test's own: a free port, its own logins, TLS where asked for."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import paho.mqtt.publish as mqtt
import pytest

from cameras.clock import SystemClock
from linewarden.demo import free_port

HOST = "127.0.0.1"
CLOCK = SystemClock()


def program(name: str) -> str:
    """Where a program of Mosquitto is; skips the test where it is missing."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        pytest.skip(f"no {name} here: see tests/system/needs")
    return found


class Mosquitto:
    """Ends with its context. `certificate`: a PEM of certificate and key, then it speaks TLS."""

    def __init__(self, folder: Path, user: str, password: str, certificate: Path | None) -> None:
        self.port, self._folder = free_port(), folder
        self._login = {"username": user, "password": password}
        logins = folder / "logins"
        make = [program("mosquitto_passwd"), "-b", "-c", str(logins), user, password]
        subprocess.run(make, check=True, capture_output=True)
        lines = [
            f"listener {self.port} {HOST}",
            f"user {getpass.getuser()}",
            "allow_anonymous false",
            f"password_file {logins}",
        ]
        if certificate is not None:
            lines += [f"certfile {certificate}", f"keyfile {certificate}"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def __enter__(self) -> Self:
        command = [program("mosquitto"), "-v", "-c", str(self._folder / "mosquitto.conf")]
        with (self._folder / "mosquitto.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end_s = CLOCK.monotonic() + 20
        while not self._answers():
            assert CLOCK.monotonic() < end_s, self.text()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(20)

    def send(self, topic: str, data: str, ca_file: Path | None = None) -> None:
        """Publish, acknowledged."""
        mqtt.single(
            topic,
            data,
            qos=1,
            hostname=HOST,
            port=self.port,
            auth=self._login,  # type: ignore[arg-type] # a dictionary is what it takes
            tls=None if ca_file is None else {"ca_certs": str(ca_file)},  # type: ignore[arg-type] # so
        )

    def text(self) -> str:
        """What it said so far."""
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), 1).close()
        except OSError:
            return False
        return True
