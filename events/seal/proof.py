"""Proof that whoever enrols a public key holds the private one.

A public key is no secret (it lies in every evidence package), and enrolling it again hands out a
new token: without this, anybody with a one-time code could take a box's place.
"""

from __future__ import annotations

import base64
import binascii

from events.seal.canonical import canonical
from events.seal.envelope import pae
from events.seal.errors import SignatureError
from events.seal.keys import PublicKey
from events.seal.signer import Signer

REQUEST_TYPE = "application/vnd.linewarden.enrolment-request.v1+json"


def prove_key(signer: Signer, *, code: str, name: str) -> str:
    """Base64 of a signature over this request; the code is spent once, so it serves once."""
    signature = signer.sign(_request(signer.public_key, code, name))
    return base64.b64encode(signature).decode("ascii")


def check_proof(proof: str, key: PublicKey, *, code: str, name: str) -> None:
    """Raises SignatureError unless the holder of `key` signed this request."""
    try:
        signature = base64.b64decode(proof, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the proof of the key is not base64") from None
    key.verify(signature, _request(key, code, name))


def _request(key: PublicKey, code: str, name: str) -> bytes:
    body = {"code": code, "name": name, "public_key": key.base64}
    return pae(REQUEST_TYPE, canonical(body))
