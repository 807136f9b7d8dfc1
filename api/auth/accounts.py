"""Accounts of persons."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from api.audit import note
from api.auth.passwords import hash_password, refuse_weak_password
from api.db.tables import Account, LoginSession
from api.errors import Refusal

NAME = re.compile(r"[\w][\w.@-]{0,63}")


def create_admin(session: Session, name: str, password: str, now: datetime) -> None:
    """Make an administrator. Refusal if the name is taken or not a name, or the password weak."""
    if not NAME.fullmatch(name):
        raise Refusal(422, "bad_name", "a name has 1 to 64 letters, digits or . _ @ -")
    refuse_weak_password(password, name)
    if session.get(Account, name) is not None:
        raise Refusal(409, "name_taken", f"there is an account {name!r} already")
    session.add(Account(name=name, password=hash_password(password), is_admin=True, created_at=now))
    note(session, now, actor="command line", action="account_created", about=name)


def disable_account(session: Session, name: str, now: datetime) -> None:
    """Refuse all further logins and end every session of `name`; Refusal if there is none."""
    done = session.execute(
        update(Account).where(Account.name == name).values(disabled_at=now).returning(Account.name)
    )
    if done.first() is None:
        raise Refusal(404, "not_found", f"there is no account {name!r}")
    session.execute(delete(LoginSession).where(LoginSession.name == name))
    note(session, now, actor="command line", action="account_disabled", about=name)
