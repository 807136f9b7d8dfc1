"""Passwords: argon2id, and which ones are refused."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import Refusal
from api.settings import KNOWN_SECRETS

MIN_LENGTH, MAX_LENGTH = 12, 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(2)
_COMMON = frozenset(
    [
        *("123456789012", "password1234", "password12345", "qwertyuiop12", "qwertyuiopas"),
        *("1qaz2wsx3edc", "iloveyou1234", "abcdefghijkl", "adminadmin123", "administrator"),
    ]
)


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt (19 MiB, 2 passes)."""
    with _AT_ONCE:
        return _HASHER.hash(password)


_NOBODY = hash_password("the password of an account that does not exist")


def is_right(password: str, stored: str | None) -> bool:
    """Whether `password` fits. Takes as long for an account that does not exist (None)."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _NOBODY, password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def refuse_weak_password(password: str, name: str) -> None:
    """Refusal `weak_password` unless length and rarity will do; no rule about its letters."""
    plain = password.lower()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        said = f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters"
    elif plain in _COMMON or plain.strip("0123456789!.") in KNOWN_SECRETS or len(set(plain)) < 5:
        said = "this password is one of the first that anybody would try"
    elif len(name) >= 3 and name.lower() in plain:
        said = "the password must not hold the account's name"
    else:
        return
    raise Refusal(422, "weak_password", said)
