"""Sealing: canonical bytes, DSSE envelope, device key, chain.

In this room: what makes a record one that anybody can check. Never: a database, a network, a rule.
"""

from events.seal.canonical import Json, canonical, parse, read_json
from events.seal.chain import (
    Head,
    enrolment_digest,
    enrolment_record,
    payload_digest,
    prev_link,
)
from events.seal.envelope import Envelope, open_envelope, pae, seal
from events.seal.errors import (
    CanonicalError,
    EnvelopeError,
    KeyFileError,
    KeyRefused,
    OutboxError,
    RecordError,
    SealError,
    SignatureError,
)
from events.seal.identity import uuid7
from events.seal.keys import PublicKey
from events.seal.proof import check_proof, prove_key
from events.seal.signer import Signer

__all__ = [
    "CanonicalError",
    "Envelope",
    "EnvelopeError",
    "Head",
    "Json",
    "KeyFileError",
    "KeyRefused",
    "OutboxError",
    "PublicKey",
    "RecordError",
    "SealError",
    "SignatureError",
    "Signer",
    "canonical",
    "check_proof",
    "enrolment_digest",
    "enrolment_record",
    "open_envelope",
    "pae",
    "parse",
    "payload_digest",
    "prev_link",
    "prove_key",
    "read_json",
    "seal",
    "uuid7",
]
