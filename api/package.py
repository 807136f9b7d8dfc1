"""The evidence package of an incident: a zip that streams, with everything to check it offline."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.blobs import BlobStore
from api.case_views import show_cases
from api.clock import rfc3339
from api.db.tables import Device, EventRow, Incident
from api.package_readme import README
from api.payload import event_of
from events.seal import Json, PublicKey, Signer, canonical, seal, uuid7

SCHEMA = "linewarden.package.v1"
PAYLOAD_TYPE = "application/vnd.linewarden.package.v1+json"
_CHUNK_BYTES = 1 << 18
_SUFFIX = {"image/jpeg": "jpg", "video/mp4": "mp4"}


@dataclass(frozen=True, slots=True)
class Package:
    """Paths in the zip, and what lies there: bytes, or a file whose digest is known.

    `media` are the digests of the originals in it.
    """

    package_id: str
    name: str
    parts: Mapping[str, bytes | Path]
    media: Sequence[str]

    def stream(self) -> Iterator[bytes]:
        """The zip's bytes, never whole in memory."""
        sink = _Sink()
        with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_STORED) as archive:
            for path, content in self.parts.items():
                entry = zipfile.ZipInfo(path)
                entry.external_attr = 0o644 << 16
                with archive.open(entry, "w", force_zip64=True) as out:
                    for chunk in _chunks(content):
                        out.write(chunk)
                        yield sink.take()
                yield sink.take()
        yield sink.take()


def build(
    session: Session,
    incident: Incident,
    blobs: BlobStore,
    *,
    signer: Signer,
    verifier: bytes | None,
    made_at: datetime,
    store_version: str,
) -> Package:
    """Gather an incident's evidence; the list of it (`package.json`) is signed by the store.

    Raises BlobMissing or BlobDamaged before a byte is sent.
    """
    rows = session.scalars(
        select(EventRow).where(EventRow.incident_id == incident.incident_id).order_by(EventRow.seq)
    ).all()
    device = session.get_one(Device, incident.device_id)
    parts: dict[str, bytes | Path] = {f"envelopes/{row.seq}.json": row.envelope for row in rows}
    digests: dict[str, tuple[str, int]] = {}
    for medium in (m for row in rows for m in event_of(row).media):
        path = f"media/{medium.sha256}.{_SUFFIX[medium.type]}"
        parts[path] = blobs.open(medium.sha256)
        digests[path] = (medium.sha256, medium.size)
    parts["keys/device.json"] = _json(_key(device))
    parts["keys/store.json"] = _json(_store_key(signer))
    parts["README.txt"] = README.encode("utf-8")
    if verifier is not None:
        parts["verify.py"] = verifier
    package_id = uuid7(made_at.timestamp())
    manifest: dict[str, Json] = {
        "schema": SCHEMA,
        "package_id": package_id,
        "incident_id": incident.incident_id,
        "made_at": rfc3339(made_at),
        "store": {"software": "linewarden", "version": store_version},
        "files": {path: _measure(content, digests.get(path)) for path, content in parts.items()},
        "events": _events(rows),
        "derived": [],
        **_activity(session, incident),
    }
    listed = canonical(manifest)
    signed = seal(listed, signer, PAYLOAD_TYPE).to_bytes()
    return Package(
        package_id=package_id,
        name=f"linewarden-{incident.incident_id}.{package_id}.zip",
        parts={"package.json": listed, "package.dsse.json": signed, **parts},
        media=[sha256 for sha256, _ in digests.values()],
    )


def _events(rows: Sequence[EventRow]) -> list[Json]:
    return [
        {
            "event_id": row.event_id,
            "seq": row.seq,
            "envelope": f"envelopes/{row.seq}.json",
            "payload_sha256": row.payload_sha256,
        }
        for row in rows
    ]


def _activity(session: Session, incident: Incident) -> dict[str, Json]:
    """Who else saw the same: by name and by the digests of what they signed; nothing for nobody.

    Their records and media are in packages of their own.
    """
    found = show_cases(session, [incident], None).get(incident.incident_id)
    if found is None:
        return {}
    members = found["members"]
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.incident_id.in_([m["incident_id"] for m in members]))
        .order_by(EventRow.seq)
    ).all()
    for member in members:
        member["events"] = [
            {"event_id": r.event_id, "seq": r.seq, "payload_sha256": r.payload_sha256}
            for r in rows
            if r.incident_id == member["incident_id"]
        ]
    return {"activity": cast("Json", _without_nulls(found))}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def _key(device: Device) -> dict[str, Any]:
    return {
        "device_id": device.device_id,
        "key_id": device.key_id,
        "public_key": PublicKey(device.spki).base64,
        "enrolled_at": rfc3339(device.enrolled_at),
        "enrolment": json.loads(device.enrolment),
        "revoked_at": rfc3339(device.revoked_at) if device.revoked_at else None,
    }


def _store_key(signer: Signer) -> dict[str, Any]:
    return {"key_id": signer.public_key.key_id, "public_key": signer.public_key.base64}


def _measure(content: bytes | Path, known: tuple[str, int] | None) -> dict[str, Json]:
    if isinstance(content, bytes):
        return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    sha256, size = known or ("", 0)
    return {"sha256": sha256, "size": size}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


class _Sink:
    """A file to write to that cannot seek, emptied by `take`."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        return None

    def take(self) -> bytes:
        data = bytes(self._waiting)
        self._waiting.clear()
        return data
