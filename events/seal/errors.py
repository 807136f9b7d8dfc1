"""The error tree of sealing, outbox and uplink.

SealError
├── CanonicalError    bytes that do not mean exactly one thing
├── EnvelopeError     not a DSSE envelope of the expected type
├── SignatureError    the signature is not by this key over these bytes
├── KeyRefused        a public key that must not be trusted (small order, other type)
├── KeyFileError      the box's key file cannot be used or made
├── RecordError       a payload that is no event of our schema
└── OutboxError       the outbox folder or database cannot be used
"""

from __future__ import annotations


class SealError(Exception):
    """Something about an event, its seal or its way to the store cannot be accepted.

    The message is one line: where, what was found, what was wanted. `remedy` says what to do.
    """

    remedy = "look at the message; nothing was changed"

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy


class CanonicalError(SealError):
    """Bytes that are not the canonical form of one JSON value that we allow."""

    remedy = "the sender must sign RFC 8785 bytes: no nulls, no fractions, no repeated keys"


class EnvelopeError(SealError):
    """Not a DSSE envelope, or one of another payload type."""

    remedy = "send the DSSE JSON envelope as it was signed"


class SignatureError(SealError):
    """The signature was not made by this key over these bytes."""

    remedy = "treat the event as altered, or as signed by another device"


class KeyRefused(SealError):
    """A public key that must not be trusted."""

    remedy = "make a new key on the box and enrol it"


class KeyFileError(SealError):
    """The key file is missing, readable by others, or not an Ed25519 key."""

    remedy = "run `linewarden enrol`, or restore the file with rights 0600"


class RecordError(SealError):
    """A payload that is no event of our schema."""

    remedy = "sender and receiver must have the same schema version"


class OutboxError(SealError):
    """The outbox folder or its database cannot be used."""

    remedy = "check the folder's path, rights and free space"
