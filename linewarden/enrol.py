"""A box becomes known to its store: key made here, one-time code spent, token kept 0600.

Enrolling again with the same key renews the token: device and chain stay what they are, and what
the store had refused for the old token is sent.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from events.outbox import Device
from events.seal import Signer, prove_key
from linewarden.errors import CommandError
from linewarden.folders import made
from linewarden.secret import read_secret, write_private
from linewarden.settings import DevicePart


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the store answered; kept beside the key, readable by its owner alone."""

    store: str
    device_id: str
    key_id: str
    enrolment_sha256: str
    token: str = field(repr=False)

    @staticmethod
    def file_of(key: Path) -> Path:
        """Where the enrolment of a key is kept."""
        return key.with_name(key.name + ".enrolment")

    @staticmethod
    def load(key: Path) -> Enrolment:
        """Read it. `CommandError` if the box is not enrolled or the file is not ours."""
        file = Enrolment.file_of(key)
        if not file.exists():
            raise CommandError(
                f"this box is not enrolled: {file} is not there",
                "run `linewarden enrol --config FILE` with a code of `linewarden device code`",
            )
        try:
            return Enrolment(**json.loads(read_secret(None, file) or ""))
        except ValueError as error:
            message, _, remedy = str(error).partition("; ")
            raise CommandError(message, remedy or "restore the file or enrol again") from None
        except TypeError:
            raise CommandError(f"{file} is no enrolment", "restore it or enrol again") from None

    def device(self, signer: Signer) -> Device:
        """Who signs; `CommandError` if the key is not the enrolled one."""
        if signer.public_key.key_id != self.key_id:
            raise CommandError(
                f"the key is {signer.public_key.key_id}, but {self.key_id} was enrolled",
                "restore the enrolled key, or move both files away and enrol again",
            )
        return Device(self.device_id, self.enrolment_sha256, signer)


def load_device(device: DevicePart) -> tuple[Enrolment, Device]:
    """The enrolment and the signing device of these settings."""
    enrolment = Enrolment.load(device.key)
    return enrolment, enrolment.device(Signer.load(device.key))


class TokenFile:
    """The token in force: read again whenever the enrolment's file was replaced.

    A file that is gone, or of another device, changes nothing for who runs already.
    """

    def __init__(self, key: Path) -> None:
        self._key = key
        self._enrolment = Enrolment.load(key)
        self._mark = self._stamp()

    def __call__(self) -> str:
        """The token."""
        mark = self._stamp()
        if mark != self._mark:
            self._mark = mark
            try:
                found = Enrolment.load(self._key)
            except CommandError:
                return self._enrolment.token
            if found.device_id == self._enrolment.device_id:
                self._enrolment = found
        return self._enrolment.token

    def _stamp(self) -> tuple[int, int] | None:
        try:
            state = Enrolment.file_of(self._key).stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino


def enrol(device: DevicePart, code: str) -> Enrolment:
    """Make the key if there is none, spend the code, keep the answer.

    A key that the store knows gets a new token. `CommandError` where the store cannot be reached
    or refuses, or where the box is enrolled at another store.
    """
    made(device.key.parent, "set `device.key` to a file that may be written", mode=0o700)
    signer = Signer.load(device.key) if device.key.exists() else Signer.create(device.key)
    before = _before(device, signer)
    body = {
        "code": code,
        "name": device.name,
        "public_key": signer.public_key.base64,
        "proof": prove_key(signer, code=code, name=device.name),
    }
    enrolment = _read(device.store, _post(device, body))
    enrolment.device(signer)
    if before is not None and before.device_id != enrolment.device_id:
        raise CommandError(
            f"{device.store} knows this box as {enrolment.device_id}, not as {before.device_id}",
            "it is another store, or lost its database: move "
            f"{Enrolment.file_of(device.key)} away to begin a new chain there",
        )
    write_private(Enrolment.file_of(device.key), json.dumps(asdict(enrolment), indent=1).encode())
    return enrolment


def _before(device: DevicePart, signer: Signer) -> Enrolment | None:
    """How this key was enrolled before; a file that cannot be read is replaced."""
    try:
        found = Enrolment.load(device.key)
    except CommandError:
        return None
    return found if found.key_id == signer.public_key.key_id else None


def _post(device: DevicePart, body: dict[str, str]) -> Any:
    """The store's answer as JSON."""
    verify: Any = str(device.ca_file) if device.ca_file else True
    try:
        url = f"{device.store}/v1/devices/enrol"
        answer = httpx.post(url, json=body, timeout=15.0, verify=verify, trust_env=False)
    except httpx.HTTPError as error:
        raise CommandError(
            f"{device.store} does not answer: {type(error).__name__}",
            "check the address, the network and that the server runs",
        ) from None
    try:
        data = answer.json()
    except ValueError:
        data = None
    if answer.status_code not in (200, 201) or not isinstance(data, dict):
        said = data.get("detail") if isinstance(data, dict) else "no reason that can be read"
        raise CommandError(
            f"{device.store} answered {answer.status_code}: {said}",
            "make a new code with `linewarden device code` at the store",
        )
    return data


def _read(store: str, data: dict[str, Any]) -> Enrolment:
    try:
        return Enrolment(
            store=store,
            device_id=str(data["device_id"]),
            key_id=str(data["key_id"]),
            enrolment_sha256=str(data["enrolment_sha256"]).removeprefix("sha256:"),
            token=str(data["token"]),
        )
    except KeyError as missing:
        raise CommandError(
            f"{store} did not answer as a Linewarden store: no {missing}", "check the address"
        ) from None
