"""Public keys: reading, naming and refusing them.

Known trap: OpenSSL accepts forged signatures under every key of small order. Such keys are refused
here, wherever a key enters.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from events.seal.errors import KeyRefused, SignatureError

_P = 2**255 - 19
_ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _ORDER_8_Y, _P - _ORDER_8_Y})
_MAX_SPKI_BYTES = 1024


def has_small_order(raw: bytes) -> bool:
    """True for all 14 encodings of points of order 1, 2, 4 and 8 (32 raw key bytes)."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return y % _P in _SMALL_ORDER_Y


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key by its SPKI DER bytes."""

    spki: bytes

    @staticmethod
    def read(spki: bytes) -> PublicKey:
        """From SPKI DER. Raises KeyRefused if it is no Ed25519 key, or one of small order."""
        key = _load(spki)
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        if has_small_order(raw):
            raise KeyRefused("the key is a point of small order: anybody could sign for it")
        if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
            raise KeyRefused("the key is not in its one DER form")
        return PublicKey(spki)

    @staticmethod
    def read_base64(text: str) -> PublicKey:
        """From base64 of SPKI DER. Raises KeyRefused."""
        try:
            return PublicKey.read(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise KeyRefused(f"the key is not base64: {error}") from error

    @property
    def key_id(self) -> str:
        """`sha256:` and the hex digest of the SPKI DER."""
        return "sha256:" + hashlib.sha256(self.spki).hexdigest()

    @property
    def base64(self) -> str:
        """Base64 of the SPKI DER, as sent at enrolment."""
        return base64.b64encode(self.spki).decode("ascii")

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises SignatureError unless `signature` is by this key over `message`."""
        try:
            _load(self.spki).verify(signature, message)
        except InvalidSignature:
            raise SignatureError(f"the signature does not fit key {self.key_id}") from None


def _load(spki: bytes) -> Ed25519PublicKey:
    if len(spki) > _MAX_SPKI_BYTES:
        raise KeyRefused(f"the key has {len(spki)} bytes; an Ed25519 key has 44")
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"not a public key in DER: {str(error)[:100]}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefused(f"the key is a {type(key).__name__}; Ed25519 is wanted")
    return key
