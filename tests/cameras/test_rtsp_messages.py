"""The server's side of RTSP: what it reads, what it refuses, and Digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.rtsp_messages import (
    BadRequest,
    Request,
    Transport,
    answer,
    digest,
    is_authorised,
    parse_request,
    parse_transport,
)

NONCE = "0123456789abcdef"


def test_a_request_is_read_with_its_headers_in_lower_case() -> None:
    head = b"SETUP rtsp://h:8554/yard/track0 RTSP/1.0\r\nCSeq: 3\r\nTRANSPORT: RTP/AVP/TCP"
    request = parse_request(head)
    assert (request.method, request.names) == ("SETUP", ["yard", "track0"])
    assert request.headers == {"cseq": "3", "transport": "RTP/AVP/TCP"}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET / HTTP/1.1",
        b"DESCRIBE /yard RTSP/1.0",
        b"DESCRIBE http://h/yard RTSP/1.0",
        b"DESCRIBE rtsp://[/yard RTSP/1.0",
        b"DESCRIBE rtsp://h/x RTSP/1.0\r\nno colon",
        b"DESCRIBE rtsp://h/x RTSP/1.0\r\n: empty",
        b"DESCRIBE rtsp://h/x RTSP/1.0\r\nContent-Length: -1",
        b"DESCRIBE rtsp://h/x RTSP/1.0\r\nContent-Length: 99999999999",
        b"\xff\xfe RTSP/1.0",
    ],
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_request(head)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_request_or_refused_and_nothing_else(noise: bytes) -> None:
    for head in (noise, b"DESCRIBE rtsp://h/x RTSP/1.0\r\n" + noise):
        try:
            request = parse_request(head)
        except BadRequest:
            continue
        assert request.body_bytes >= 0
        assert isinstance(request.names, list)
        assert not is_authorised(request, "u", "p", NONCE)
        assert answer(request, 200).endswith(b"\r\n\r\n")


@given(st.text(max_size=200))
def test_any_transport_header_is_served_or_refused(header: str) -> None:
    found = parse_transport(header)
    if found is not None:
        low, high = found.channels or found.ports or (-1, -1)
        assert 0 <= low <= 65_535
        assert 0 <= high <= 65_535


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=2-3", Transport((2, 3), None)),
        ("RTP/AVP/TCP;unicast", Transport((0, 1), None)),
        ("RTP/AVP;unicast;client_port=5000-5001", Transport(None, (5000, 5001))),
        ("RTP/AVP/UDP;unicast;client_port=5000", Transport(None, (5000, 5001))),
        ("RTP/AVP;multicast;client_port=5000-5001", None),
        ("RTP/AVP;unicast;client_port=70000-70001", None),
        ("RTP/AVP/TCP;interleaved=300-301", None),
        ("RTP/SAVP;unicast,RTP/AVP/TCP;interleaved=0-1", Transport((0, 1), None)),
        ("", None),
    ],
)
def test_a_transport_is_chosen(header: str, found: Transport | None) -> None:
    assert parse_transport(header) == found


def authorised(**changed: str) -> bool:
    given_by_client = {"username": "viewer", "nonce": NONCE, "uri": "rtsp://h/x"} | changed
    response = digest("viewer", "s3cret", NONCE, "PLAY", "rtsp://h/x")
    fields = {"realm": "Linewarden", "response": response} | given_by_client
    header = "Digest " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
    request = Request("PLAY", "rtsp://h/x", {"authorization": header})
    return is_authorised(request, "viewer", "s3cret", NONCE)


def test_the_right_digest_is_let_in() -> None:
    assert authorised()


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "other"},
        {"nonce": "another"},
        {"uri": "rtsp://h/y"},
        {"response": "0" * 32},
        {"response": ""},
        {"response": "ü"},
    ],
)
def test_a_digest_with_anything_else_is_not(changed: dict[str, str]) -> None:
    assert not authorised(**changed)


def test_the_digest_agrees_with_the_example_of_the_rfc() -> None:
    """RFC 2617, 3.5, without qop and with our realm: computed by hand once."""
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    expected = md5(f"{md5('Mufasa:Linewarden:Circle')}:{NONCE}:{md5('DESCRIBE:rtsp://h/x')}")
    assert digest("Mufasa", "Circle", NONCE, "DESCRIBE", "rtsp://h/x") == expected
