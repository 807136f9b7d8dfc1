"""A box becomes known to its store: key made here, one-time code spent, token kept 0600."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from events.outbox import Device
from events.seal import Signer
from linewarden.errors import CommandError
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


def enrol(device: DevicePart, code: str) -> Enrolment:
    """Make the key if there is none, spend the code, keep the answer.

    `CommandError` where the box is enrolled already, or the store cannot be reached or refuses.
    """
    file = Enrolment.file_of(device.key)
    if file.exists():
        raise CommandError(
            f"this box is enrolled already: {file}",
            "use it; to start a new chain, move it and the key away first",
        )
    signer = Signer.load(device.key) if device.key.exists() else Signer.create(device.key)
    body = {"code": code, "name": device.name, "public_key": signer.public_key.base64}
    enrolment = _read(device.store, _post(device, body))
    enrolment.device(signer)
    write_private(file, json.dumps(asdict(enrolment), indent=1).encode())
    return enrolment


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
    if answer.status_code != httpx.codes.CREATED or not isinstance(data, dict):
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
