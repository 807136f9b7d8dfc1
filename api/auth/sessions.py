"""Sessions of persons: random, kept as a hash, ended by idleness, age or logout."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.audit import note
from api.auth.passwords import is_right
from api.db import Database
from api.db.tables import Account, LoginFailure, LoginSession
from api.errors import Refusal
from api.settings import StoreSettings

FAILURE_WINDOW = timedelta(minutes=5)
MAX_FAILURES_HERE = 5
MAX_FAILURES_OF_ADDRESS = 30
MAX_FAILURES_OF_ACCOUNT = 50
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    name: str
    is_admin: bool
    session_sha256: str = field(repr=False)


def digest(secret: str) -> str:
    """How a random secret is kept: its SHA-256 (a random one needs no slow hash)."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def log_in(
    db: Database, name: str, password: str, *, address: str, settings: StoreSettings, now: datetime
) -> str:
    """A new session's cookie. Refusal 401, or 429 after too many failures."""
    with db.read() as session:
        _refuse_guessing(session, name, address, now)
        account = session.get(Account, name)
        stored = account.password if account and account.disabled_at is None else None
    right = is_right(password, stored)
    cookie = secrets.token_urlsafe(32)
    with db.write() as session:
        _forget_the_old(session, now, timedelta(seconds=settings.session_total_s))
        if right:
            session.add(
                LoginSession(id_sha256=digest(cookie), name=name, created_at=now, seen_at=now)
            )
        else:
            session.add(LoginFailure(name=name, address=address, at=now))
        action = "login" if right else "login_failed"
        note(session, now, actor=name, action=action, about=name, address=address)
    if not right:
        raise Refusal(401, "login_failed", "name or password is wrong")
    return cookie


def log_out(session: Session, id_sha256: str) -> None:
    """End a session."""
    session.execute(delete(LoginSession).where(LoginSession.id_sha256 == id_sha256))


def find_person(db: Database, cookie: str, settings: StoreSettings, now: datetime) -> Person | None:
    """Who holds this cookie, or None. Being seen keeps an idle session alive."""
    return person_of(db, digest(cookie), settings, now, seen=True)


def person_of(
    db: Database, id_sha256: str, settings: StoreSettings, now: datetime, *, seen: bool
) -> Person | None:
    """Who holds this session; with `seen`, note that it was used."""
    with db.read() as session:
        row = session.get(LoginSession, id_sha256)
        account = session.get(Account, row.name) if row else None
    if row is None or account is None or account.disabled_at is not None:
        return None
    idle, total = (
        timedelta(seconds=s) for s in (settings.session_idle_s, settings.session_total_s)
    )
    if now - row.seen_at > idle or now - row.created_at > total:
        with db.write() as session:
            log_out(session, id_sha256)
        return None
    if seen and now - row.seen_at > _SEEN_EVERY:
        with db.write() as session:
            kept = session.get(LoginSession, id_sha256)
            if kept is not None:
                kept.seen_at = now
    return Person(account.name, account.is_admin, id_sha256)


def _refuse_guessing(session: Session, name: str, address: str, now: datetime) -> None:
    recent = LoginFailure.at > now - FAILURE_WINDOW
    is_name, is_address = LoginFailure.name == name, LoginFailure.address == address
    count = select(func.count()).select_from(LoginFailure)
    for limit, about in (
        (MAX_FAILURES_HERE, (is_name, is_address)),
        (MAX_FAILURES_OF_ADDRESS, (is_address,)),
        (MAX_FAILURES_OF_ACCOUNT, (is_name,)),
    ):
        if session.scalar(count.where(recent, *about)) >= limit:  # type: ignore[operator]  # a count
            wait_s = int(FAILURE_WINDOW.total_seconds())
            raise Refusal(
                429,
                "too_many_attempts",
                f"too many wrong passwords; try again in {wait_s // 60} minutes",
                headers={"Retry-After": str(wait_s)},
            )


def _forget_the_old(session: Session, now: datetime, total: timedelta) -> None:
    session.execute(delete(LoginSession).where(LoginSession.created_at < now - total))
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - 2 * FAILURE_WINDOW))
