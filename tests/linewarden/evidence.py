"""Evidence packages for the tests: good ones, and the parts to make bad ones from."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from events.record import PAYLOAD_TYPE, Event, Medium
from events.seal import (
    Signer,
    canonical,
    enrolment_digest,
    enrolment_record,
    payload_digest,
    seal,
    uuid7,
)
from tests.events.sample import INSTANT, NOW_S, draft

SIGNER, STORE = Signer.generate(), Signer.generate()
TRUST = SIGNER.public_key.key_id
TRUST_STORE = STORE.public_key.key_id
PACKAGE_TYPE = "application/vnd.linewarden.package.v1+json"
PACKAGE_ID = uuid7(NOW_S)
PICTURE, CLIP = b"\xff\xd8\xff picture" * 9, b"\x00\x00\x00\x18ftyp clip" * 9
Parts = dict[str, bytes]


def medium(data: bytes, role: str) -> Medium:
    kind = {"snapshot": "image/jpeg", "clip": "video/mp4"}[role]
    return Medium.model_validate(
        {
            "role": role,
            "type": kind,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "captured": INSTANT,
            "frame": 1,
        }
    )


def enrolment(signer: Signer = SIGNER) -> dict[str, Any]:
    return enrolment_record(
        device_id="box-1",
        name="七号盒子",
        key_id=signer.public_key.key_id,
        enrolled_at="2026-11-20T01:00:00.000Z",
    )


def chain(signer: Signer = SIGNER, *, skip: int = 0) -> list[bytes]:
    """Payloads of one incident: opened, clip, ended; `skip` other records before `ended`."""
    incident_id, digest, payloads = uuid7(NOW_S), enrolment_digest(enrolment(signer)), []
    drafts = [
        draft(incident_id=incident_id, media=[medium(PICTURE, "snapshot")]),
        draft("clip", incident_id=incident_id, media=[medium(CLIP, "clip")]),
        draft("ended", incident_id=incident_id),
    ]
    for i, made in enumerate(drafts):
        seq = i + 1 + (skip if made.kind == "ended" else 0)
        event = Event.model_validate(
            {
                **made.model_dump(),
                "schema": "linewarden.event.v1",
                "event_id": uuid7(NOW_S),
                "device_id": "box-1",
                "seq": seq,
                "prev": f"sha256:{digest}" if seq == i + 1 else "sha256:" + "5" * 64,
            }
        )
        payloads.append(event.encode())
        digest = payload_digest(event.encode())
    return payloads


def parts(
    payloads: list[bytes] | None = None, signer: Signer = SIGNER, payload_type: str = PAYLOAD_TYPE
) -> Parts:
    """All files of a good package, `package.json` included."""
    payloads = chain(signer) if payloads is None else payloads
    found: Parts = {}
    events = []
    for payload in payloads:
        event = json.loads(payload)
        name = f"envelopes/{event['seq']}.json"
        found[name] = seal(payload, signer, payload_type).to_bytes()
        events.append(
            {
                "event_id": event["event_id"],
                "seq": event["seq"],
                "envelope": name,
                "payload_sha256": payload_digest(payload),
            }
        )
    for data, suffix in ((PICTURE, "jpg"), (CLIP, "mp4")):
        found[f"media/{hashlib.sha256(data).hexdigest()}.{suffix}"] = data
    found["keys/device.json"] = json.dumps(
        {
            "device_id": "box-1",
            "key_id": signer.public_key.key_id,
            "public_key": signer.public_key.base64,
            "enrolled_at": "2026-11-20T01:00:00.000Z",
            "enrolment": enrolment(signer),
            "revoked_at": None,
        }
    ).encode()
    found["keys/store.json"] = json.dumps(
        {"key_id": TRUST_STORE, "public_key": STORE.public_key.base64}
    ).encode()
    found["README.txt"] = "如何核验 how to verify".encode()
    found["verify.py"] = b"print('PASS')"
    incident_id = json.loads(payloads[0])["incident_id"] if payloads else "none"
    return listed(found, events, incident_id)


def listed(
    found: Parts, events: list[dict[str, Any]], incident_id: str, package_id: str = PACKAGE_ID
) -> Parts:
    """With a `package.json` that lists everything as it is, signed by the store."""
    manifest = {
        "schema": "linewarden.package.v1",
        "package_id": package_id,
        "incident_id": incident_id,
        "made_at": "2026-11-22T01:00:00.000Z",
        "store": {"software": "linewarden", "version": "0.1.0"},
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in found.items()
            if name not in ("package.json", "package.dsse.json")
        },
        "events": events,
        "derived": [],
    }
    return signed({**found, "package.json": canonical(manifest)})


def signed(found: Parts, signer: Signer = STORE, payload_type: str = PACKAGE_TYPE) -> Parts:
    """With a signature over its `package.json` as it is."""
    envelope = seal(found["package.json"], signer, payload_type)
    return {**found, "package.dsse.json": envelope.to_bytes()}


def relist(found: Parts) -> Parts:
    """As a forger at the store could: `package.json` made to fit the files and signed again."""
    manifest = json.loads(found["package.json"])
    return listed(found, manifest["events"], manifest["incident_id"])


def write_zip(path: Path, found: Parts) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return path


def write_folder(path: Path, found: Parts) -> Path:
    for name, data in found.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def altered(payload: bytes, **changes: Any) -> bytes:
    """The canonical payload with some fields changed."""
    return canonical({**json.loads(payload), **changes})
