"""DSSE envelopes with one Ed25519 signature.

The signature covers type and payload (pre-authentication encoding), so that a signature made for
one kind of record serves for no other. Bytes are kept as they came.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from events.seal.canonical import read_json
from events.seal.errors import CanonicalError, EnvelopeError, KeyRefused
from events.seal.keys import PublicKey
from events.seal.signer import Signer

MAX_ENVELOPE_BYTES = 512 * 1024
_URL_SAFE = str.maketrans("-_", "+/")


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE v1 pre-authentication encoding; lengths count bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its type and signature, not yet verified.

    `key_id` is a hint and proves nothing: look the key up by what the payload says.
    """

    payload_type: str
    payload: bytes
    key_id: str
    signature: bytes

    @staticmethod
    def read(data: bytes) -> Envelope:
        """From DSSE JSON; either base64 alphabet. Raises EnvelopeError."""
        if len(data) > MAX_ENVELOPE_BYTES:
            raise EnvelopeError(f"envelope has {len(data)} bytes; at most {MAX_ENVELOPE_BYTES}")
        try:
            found = read_json(data)
        except CanonicalError as error:
            raise EnvelopeError(f"envelope: {error}") from error
        match found:
            case {
                "payloadType": str(kind),
                "payload": str(payload),
                "signatures": [{"keyid": str(key_id), "sig": str(signature), **more}],
                **rest,
            } if not rest and not more:
                return Envelope(
                    kind, _decode(payload, "payload"), key_id, _decode(signature, "sig")
                )
        raise EnvelopeError(
            "envelope must have payloadType, payload and one signature with keyid and sig"
        )

    def to_bytes(self) -> bytes:
        """DSSE JSON."""
        return json.dumps(
            {
                "payload": base64.b64encode(self.payload).decode("ascii"),
                "payloadType": self.payload_type,
                "signatures": [
                    {"keyid": self.key_id, "sig": base64.b64encode(self.signature).decode("ascii")}
                ],
            },
            separators=(",", ":"),
        ).encode("ascii")


def seal(payload: bytes, signer: Signer, payload_type: str) -> Envelope:
    """Sign `payload` as `payload_type`."""
    signature = signer.sign(pae(payload_type, payload))
    return Envelope(payload_type, payload, signer.public_key.key_id, signature)


def open_envelope(envelope: Envelope, key: PublicKey, payload_type: str) -> bytes:
    """The payload, if `key` signed it as `payload_type`.

    Raises EnvelopeError (other type), KeyRefused (signed in the name of another key),
    SignatureError.
    """
    if envelope.payload_type != payload_type:
        raise EnvelopeError(f"payload type is {envelope.payload_type!r}; wanted {payload_type!r}")
    if envelope.key_id != key.key_id:
        raise KeyRefused(f"envelope names key {envelope.key_id[:80]}; the device has {key.key_id}")
    key.verify(envelope.signature, pae(payload_type, envelope.payload))
    return envelope.payload


def _decode(text: str, name: str) -> bytes:
    standard = text.translate(_URL_SAFE)
    try:
        data = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeError(f"{name} is not base64: {error}") from error
    if base64.b64encode(data).decode("ascii") != standard:
        raise EnvelopeError(f"{name} is not in the one base64 form of its bytes")
    return data
