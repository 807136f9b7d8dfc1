"""The box's private key: made here, kept in one file that only its owner can read, never sent."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from events.seal.errors import KeyFileError
from events.seal.keys import PublicKey

_MAX_KEY_FILE_BYTES = 4096


class Signer:
    """Signs with the box's Ed25519 key. Neither repr nor pickle shows the key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = PublicKey.read(spki)

    @staticmethod
    def generate() -> Signer:
        """A new key in memory only (tests, one-off runs)."""
        return Signer(Ed25519PrivateKey.generate())

    @staticmethod
    def create(path: Path) -> Signer:
        """Make a key and its file (0600). Raises KeyFileError if the file is there already."""
        signer = Signer.generate()
        try:
            _write_new(path, signer._pem())
        except _KeyExists:
            raise KeyFileError(
                f"{path}: there is a key already",
                "use it, or move it away: a new key starts a new chain",
            ) from None
        except OSError as error:
            raise KeyFileError(f"{path}: cannot write the key: {error.strerror}") from error
        return signer

    @staticmethod
    def load(path: Path) -> Signer:
        """Read the key file. Raises KeyFileError if others may read it or it is no such key."""
        pem = _read_private(path)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyFileError(f"{path}: not an unencrypted private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(f"{path}: the key is not Ed25519")
        return Signer(key)

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 signature."""
        return self._key.sign(message)

    def _pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def __repr__(self) -> str:
        return f"Signer({self.public_key.key_id})"

    def __reduce__(self) -> str:
        raise TypeError("a signer stays in its process; load it from its file")


class _KeyExists(Exception):
    pass


def _write_new(path: Path, data: bytes) -> None:
    """Whole or not at all, and never over another file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise _KeyExists from None
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_private(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise KeyFileError(f"{path}: cannot read the key: {error.strerror}") from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise KeyFileError(f"{path}: not a plain file")
        if state.st_mode & 0o077:
            raise KeyFileError(
                f"{path}: rights are {stat.S_IMODE(state.st_mode):04o}; 0600 is wanted",
                f"chmod 600 {path}, and enrol a new key if others may have read it",
            )
        if state.st_uid not in (os.geteuid(), 0):
            raise KeyFileError(f"{path}: belongs to user {state.st_uid}, not to this one")
        return os.read(handle, _MAX_KEY_FILE_BYTES)
    finally:
        os.close(handle)
