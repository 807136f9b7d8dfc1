"""Canonical JSON (RFC 8785), narrowed to what a signed record may contain.

Integers below 2**53, strings, booleans, lists and objects. No fractions, no nulls, no repeated
keys: two programs that read the same bytes must read the same fact.
"""

from __future__ import annotations

import json
from typing import TypeAlias

import rfc8785

from events.seal.errors import CanonicalError

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json]"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
MAX_PAYLOAD_BYTES = 256 * 1024


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of `value`.

    Raises CanonicalError for anything that a signed record may not contain.
    """
    _check(value, "$", 0)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # _check has just proved the type
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise CanonicalError(f"cannot be written canonically: {error}") from error


def parse(payload: bytes) -> dict[str, Json]:
    """The object of which `payload` is the canonical form.

    Raises CanonicalError where `canonical(parse(payload)) == payload` would not hold.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise CanonicalError(f"payload has {len(payload)} bytes; at most {MAX_PAYLOAD_BYTES}")
    value = read_json(payload)
    if not isinstance(value, dict):
        raise CanonicalError(f"payload is a {type(value).__name__}; an object is wanted")
    if canonical(value) != payload:
        raise CanonicalError("payload is not in canonical form (RFC 8785)")
    return value


def read_json(data: bytes) -> object:
    """Any JSON value, refusing repeated keys, fractions and huge numbers.

    Raises CanonicalError.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
            parse_int=_integer,
        )
    except (ValueError, RecursionError) as error:
        raise CanonicalError(f"not JSON: {type(error).__name__}: {str(error)[:200]}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalError("an object has a key twice")
    return found


def _no_fraction(text: str) -> object:
    raise CanonicalError(f"{text[:40]} is no integer; write integers with the unit in the name")


def _integer(text: str) -> int:
    if len(text) > 17:
        raise CanonicalError(f"integer {text[:20]}… is out of range (|n| < 2**53)")
    return int(text)


def _check(value: object, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalError(f"{where[:80]} is nested deeper than {MAX_DEPTH}")
    if isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CanonicalError(f"{where[:80]} is out of range (|n| < 2**53)")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            _check(item, f"{where}[{i}]", depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise CanonicalError(f"{where[:80]} has a key that is no string")
            _check(item, f"{where}.{key}", depth + 1)
    else:
        raise CanonicalError(f"{where[:80]} is {type(value).__name__}; not allowed in a record")
