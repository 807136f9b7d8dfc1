"""Devices: one-time codes, enrolment of a key (again, too), bearer tokens, revocation.

A key that is enrolled again stays the same device with the same chain and gets a new token; what
was revoked as a key never comes back.
"""

from __future__ import annotations

import hashlib
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
from events.seal import (
    KeyRefused,
    PublicKey,
    SignatureError,
    canonical,
    check_proof,
    enrolment_digest,
    enrolment_record,
)

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LETTERS = 20
CODE_VALID = timedelta(hours=1)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Request:
    """A box that wants a token: a one-time code, its name, its key and the proof that it has it."""

    code: str
    name: str
    public_key: str
    proof: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a box gets once; the token is kept nowhere at the store.

    `is_new` is False for a key that was enrolled before: same device, same chain, new token.
    """

    device_id: str
    key_id: str
    token: str
    enrolment_sha256: str
    is_new: bool


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


def enrol(session: Session, request: Request, *, address: str, now: datetime) -> Enrolled:
    """Spend a code on a token. Refusal; then the code stays unspent."""
    if not _NAME.fullmatch(request.name):
        raise Refusal(422, "bad_name", "a device's name has 1 to 64 of A-Z a-z 0-9 . _ -")
    key = _proven_key(request)
    _spend(session, request.code, now)
    known = session.scalar(select(Device).where(Device.key_id == key.key_id).with_for_update())
    if known is not None:
        return _renew(session, known, address=address, now=now)
    return _take_in(session, key, request.name, address=address, now=now)


def _proven_key(request: Request) -> PublicKey:
    try:
        key = PublicKey.read_base64(request.public_key)
    except KeyRefused as error:
        raise Refusal(422, "key_refused", str(error)) from None
    try:
        check_proof(request.proof, key, code=request.code, name=request.name)
    except SignatureError as error:
        raise Refusal(422, "proof_refused", f"who asks does not hold the key: {error}") from None
    return key


def _renew(session: Session, device: Device, *, address: str, now: datetime) -> Enrolled:
    if device.revoked_at is not None:
        raise Refusal(
            403,
            "key_revoked",
            f"this key was revoked on {rfc3339(device.revoked_at)}: {device.revoked_why}; "
            "enrol the box with a new one",
        )
    token = secrets.token_urlsafe(32)
    device.token_sha256, device.token_revoked_at = digest(token), None
    first = hashlib.sha256(device.enrolment).hexdigest()
    about, name = device.device_id, device.name
    note(session, now, actor=about, action="device_reenrolled", about=name, address=address)
    return Enrolled(about, device.key_id, token, first, is_new=False)


def _take_in(
    session: Session, key: PublicKey, name: str, *, address: str, now: datetime
) -> Enrolled:
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
        raise Refusal(409, "key_enrolled", "this key is being enrolled just now; again") from None
    session.add(LogEntry(kind="enrolment", ref=device_id, sha256=first, at=now))
    note(session, now, actor=device_id, action="device_enrolled", about=name, address=address)
    return Enrolled(device_id, key.key_id, token, first, is_new=True)


def device_of(session: Session, token: str) -> Device:
    """The device that holds `token`. Refusal 401; 403 once token or key is revoked."""
    found = session.scalar(select(Device).where(Device.token_sha256 == digest(token)))
    if found is None:
        raise Refusal(401, "token_unknown", "this token is not known; enrol the device again")
    if found.revoked_at is not None:
        raise Refusal(403, "device_revoked", "this device is revoked; enrol it with a new key")
    if found.token_revoked_at is not None:
        raise Refusal(403, "token_revoked", "this token is revoked; enrol the device again")
    return found


def revoke_token(
    session: Session, device_id: str, why: str, now: datetime, *, actor: str = "command line"
) -> None:
    """Take nothing from a box until it is enrolled again. Refusal if unknown."""
    found = _known(session, device_id)
    if found.token_revoked_at is None:
        found.token_revoked_at = now
        note(session, now, actor=actor, action="token_revoked", about=device_id, why=why[:200])


def revoke_device(
    session: Session, device_id: str, why: str, now: datetime, *, actor: str = "command line"
) -> None:
    """Trust a key no more, for good. What it signed before stays. Refusal if unknown."""
    found = _known(session, device_id)
    if found.revoked_at is None:
        found.revoked_at, found.revoked_why = now, why[:200]
        note(session, now, actor=actor, action="device_revoked", about=device_id, why=why[:200])


def _known(session: Session, device_id: str) -> Device:
    found = session.get(Device, device_id)
    if found is None:
        raise Refusal(404, "not_found", f"there is no device {device_id!r}")
    return found


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
