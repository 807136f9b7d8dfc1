"""Devices: one-time codes, enrolment of a key, bearer tokens, revocation."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit import note
from api.auth.sessions import digest
from api.clock import rfc3339
from api.db.tables import Device, EnrolmentCode, LogEntry
from api.errors import Refusal
from events.seal import KeyRefused, PublicKey, canonical, enrolment_digest, enrolment_record

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LETTERS = 20
CODE_VALID = timedelta(hours=1)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a box gets once; the token is kept nowhere at the store."""

    device_id: str
    key_id: str
    token: str
    enrolment_sha256: str


def create_enrolment_code(
    session: Session, now: datetime, *, valid: timedelta = CODE_VALID, actor: str = "command line"
) -> str:
    """A code with which one box may enrol until `valid` is over: 100 bits, groups of five."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LETTERS))
    code = "-".join(letters[i : i + 5] for i in range(0, CODE_LETTERS, 5))
    session.add(
        EnrolmentCode(code_sha256=_code_digest(code), created_at=now, expires_at=now + valid)
    )
    note(session, now, actor=actor, action="code_created", about=_code_digest(code)[:16])
    return code


def enrol(
    session: Session, *, code: str, name: str, public_key: str, address: str, now: datetime
) -> Enrolled:
    """Spend a code and take a key in. Refusal; then the code stays unspent."""
    if not _NAME.fullmatch(name):
        raise Refusal(422, "bad_name", "a device's name has 1 to 64 of A-Z a-z 0-9 . _ -")
    try:
        key = PublicKey.read_base64(public_key)
    except KeyRefused as error:
        raise Refusal(422, "key_refused", str(error)) from None
    _spend(session, code, now)
    device_id = f"{name[:48]}-{secrets.token_hex(4)}"
    token = secrets.token_urlsafe(32)
    record = enrolment_record(
        device_id=device_id, name=name, key_id=key.key_id, enrolled_at=rfc3339(now)
    )
    first = enrolment_digest(record)
    session.add(
        Device(
            device_id=device_id,
            name=name,
            key_id=key.key_id,
            spki=key.spki,
            token_sha256=digest(token),
            enrolment=canonical(record),
            enrolled_at=now,
            head_seq=0,
            head_sha256=first,
            max_seq=0,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise Refusal(409, "key_enrolled", "this key is enrolled already; make a new one") from None
    session.add(LogEntry(kind="enrolment", ref=device_id, sha256=first, at=now))
    note(session, now, actor=device_id, action="device_enrolled", about=name, address=address)
    return Enrolled(device_id, key.key_id, token, first)


def device_of(session: Session, token: str) -> Device:
    """The device that holds `token`. Refusal 401; 403 once it is revoked."""
    found = session.scalar(select(Device).where(Device.token_sha256 == digest(token)))
    if found is None:
        raise Refusal(401, "token_unknown", "this token is not known; enrol the device again")
    if found.revoked_at is not None:
        raise Refusal(403, "device_revoked", "this device is revoked; enrol it with a new key")
    return found


def revoke_device(
    session: Session, device_id: str, why: str, now: datetime, *, actor: str = "command line"
) -> None:
    """Accept nothing more from a device. What it signed before stays. Refusal if unknown."""
    found = session.get(Device, device_id)
    if found is None:
        raise Refusal(404, "not_found", f"there is no device {device_id!r}")
    if found.revoked_at is None:
        found.revoked_at, found.revoked_why = now, why[:200]
        note(session, now, actor=actor, action="device_revoked", about=device_id, why=why[:200])


def _spend(session: Session, code: str, now: datetime) -> None:
    spent = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.code_sha256 == _code_digest(code),
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EnrolmentCode.code_sha256)
    )
    if spent.first() is None:
        raise Refusal(403, "code_refused", "the code is wrong, used or expired; ask for a new one")


def _code_digest(code: str) -> str:
    return digest(re.sub(r"[^A-Z0-9]", "", code.upper()))
