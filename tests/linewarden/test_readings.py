"""What a sensor sends: read, or refused with a reason, and never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from cameras import Camera
from events.seal import Json
from linewarden.analysis import Analysis
from linewarden.fusing import end_gone
from linewarden.pipeline import Pipeline
from linewarden.placing import Placer
from linewarden.readings import Said, read_payload
from linewarden.recorder import Recorder
from linewarden.sensor_desk import SensorDesk
from linewarden.settings import ConfigError, load_edge
from tests.linewarden.test_edge_recording import FRAME, SOURCE, Box, fact
from tests.linewarden.test_replay import THRESHOLDS, ColourDetector

EDGE = """\
device: {name: box, store: https://store.example, key: device.key}
cameras:
  - {id: north, analyse: {url: rtsp://10.0.0.7/sub}}
sensors:
  - {id: gas-1, kind: gas, unit: "%LEL", site: {lon: 118.9, lat: 32.1}}
  - {id: bell-1, kind: bell, preset: FIF-12}
readings: {http: {token_env: READINGS_TOKEN}}
fusion:
  - {id: yard, sources: [gas-1, bell-1]}
"""


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"12.5", 12.5), (b" on\n", 1.0), (b"off", 0.0), (b'{"value": "on"}', 1.0), (b"true", 1.0)],
)
def test_plain_values_are_read(data: bytes, value: float) -> None:
    assert read_payload(data) == Said(value, None, None, "good")


def test_a_whole_reading_is_read() -> None:
    data = b'{"value": 3, "unit": "%LEL", "time": "1970-01-01T00:00:05Z", "quality": "bad"}'
    assert read_payload(data) == Said(3.0, "%LEL", 5.0, "bad")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"1" * 5000, "too_long"),
        (b"[" * 4000, "not_text"),
        (b"\xff\xfe", "not_text"),
        (b"", "not_text"),
        (b"{}", "no_value"),
        (b"1" + b"0" * 400, "no_value"),
        (b"null", "no_value"),
        (b'{"value": 1, "unit": 3}', "bad_unit"),
        (b'{"value": 1, "quality": []}', "bad_quality"),
        (b'{"value": 1, "time": "yesterday"}', "bad_time"),
        (b'{"value": 1, "time": "2026-11-27T10:00:00"}', "bad_time"),
    ],
)
def test_nonsense_has_a_reason(data: bytes, why: str) -> None:
    assert read_payload(data) == why


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
payloads = st.binary(max_size=64) | st.dictionaries(
    st.sampled_from(["value", "unit", "time", "quality"]), values
).map(lambda plain: json.dumps(plain).encode())


class Desk:
    """A desk of two sensors and a camera's recorder on one outbox."""

    def __init__(self, folder: Path) -> None:
        self.box = Box(folder)
        (folder / "edge.yaml").write_text(EDGE)
        self.settings = load_edge(folder / "edge.yaml")
        self.desk = self.again()

    def again(self) -> SensorDesk:
        """A process that starts anew."""
        return SensorDesk(self.settings, self.box.outbox, SOURCE, self.box.now)

    def told(self) -> list[tuple[str, str | None, str | None, str | None]]:
        return [(e.kind, e.source_id, e.level, e.incident_id) for e in self.box.events()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_reading_and_a_bell_are_one_red_incident(desk: Desk) -> None:
    assert desk.desk.take("gas-1", b"12") is None
    desk.box.mono_s += 30
    assert desk.desk.take("bell-1", b"on") is None
    first, second = desk.told()
    assert first[:3] == ("opened", "gas-1", "yellow")
    assert second == ("raised", "bell-1", "red", first[3])


def test_a_killed_process_goes_on_where_it_was(desk: Desk) -> None:
    desk.desk.take("gas-1", b"12")
    desk.desk = desk.again()
    desk.box.mono_s += 1
    desk.desk.take("gas-1", b"13")
    desk.box.mono_s += 1
    desk.desk.take("gas-1", b"0")
    desk.box.mono_s += 61
    desk.desk.tick()
    assert [kind for kind, *_ in desk.told()] == ["opened", "ended"]


@pytest.mark.parametrize(
    "plain",
    [
        {"gas-1": {"of_tomorrow": 1}},
        {"gas-1": {"level": "purple"}},
        {"gas-1": {"value": "high"}},
        {"gas-1": 7},
        [1],
    ],
)
def test_a_kept_sensor_of_another_shape_begins_anew_with_a_warning(desk: Desk, plain: Json) -> None:
    desk.desk.take("gas-1", b"12")
    desk.box.outbox.keep("sensors", plain)
    with capture_logs() as logs:
        desk.desk = desk.again()
    assert [log["event"] for log in logs] == ["kept state cannot be read; it begins anew"]
    desk.box.mono_s += 1
    desk.desk.take("gas-1", b"0")
    desk.box.mono_s += 61
    desk.desk.tick()
    assert [kind for kind, *_ in desk.told()] == ["opened", "ended"]


@pytest.mark.parametrize(
    "plain", [{"members": [{"of_tomorrow": 1}]}, {"members": 3}, {"levels": {"i": "purple"}}, [1]]
)
def test_a_kept_fusion_of_another_shape_begins_anew_with_a_warning(desk: Desk, plain: Json) -> None:
    desk.box.outbox.keep("fusion/yard", plain)
    with capture_logs() as logs:
        assert desk.desk.take("gas-1", b"12") is None
    assert logs[0]["event"] == "kept state cannot be read; it begins anew"
    assert [kind for kind, *_ in desk.told()] == ["opened"]


def test_a_camera_that_sees_it_too_joins_with_its_picture(desk: Desk) -> None:
    places = {"north/r": "yard", "gas-1": "yard", "bell-1": "yard"}
    recorder = Recorder(
        cast(Camera, desk.box.camera), desk.box.outbox, desk.box.clips, SOURCE, desk.box.now, places
    )
    desk.desk._fusing._places = places
    desk.desk.take("gas-1", b"12")
    event = recorder.record(fact(level="orange"), FRAME)
    assert event is not None
    assert (event.kind, event.level, [m.role for m in event.media]) == (
        "raised",
        "red",
        ["snapshot"],
    )
    assert "2 independent sources" in event.explain[1].text
    assert recorder.record(fact("ended"), FRAME) is None
    desk.box.mono_s += 1
    desk.desk.take("gas-1", b"0")
    desk.box.mono_s += 61
    desk.desk.tick()
    assert [(k, s) for k, s, *_ in desk.told()] == [
        ("opened", "gas-1"),
        ("raised", "north"),
        ("ended", "gas-1"),
    ]


@pytest.mark.parametrize("gone", ["rule", "rule and fusion"])
def test_a_rule_that_is_deleted_leaves_its_incident_to_the_sensor_that_holds_it(
    desk: Desk, gone: str
) -> None:
    camera, outbox = cast(Camera, desk.box.camera), desk.box.outbox
    places = {"north/r": "yard", "gas-1": "yard", "bell-1": "yard"}
    desk.desk._fusing._places = places
    Recorder(camera, outbox, desk.box.clips, SOURCE, desk.box.now, places).record(fact(), FRAME)
    desk.desk.take("gas-1", b"12")
    places = {"gas-1": "yard", "bell-1": "yard"} if gone == "rule" else {}
    desk.desk._fusing._places = places
    next_one = Recorder(camera, outbox, desk.box.clips, SOURCE, desk.box.now, places)
    without_rules = Pipeline(ColourDetector(), THRESHOLDS, [], [])
    analysis = Analysis(without_rules, cast(Placer, None), camera, next_one)
    analysis.resume(outbox, "north", desk.box.now())
    assert [i.source_id for i in outbox.open_incidents()] == ["gas-1"]
    desk.box.mono_s += 1
    desk.desk.take("gas-1", b"0")
    desk.box.mono_s += 61
    desk.desk.tick()
    assert [(k, s) for k, s, *_ in desk.told()] == [
        ("opened", "north"),
        ("raised", "gas-1"),
        ("ended", "gas-1"),
    ]


def test_a_sensor_that_is_deleted_leaves_its_incident_to_the_one_that_holds_it(desk: Desk) -> None:
    desk.desk.take("gas-1", b"12")
    desk.desk.take("bell-1", b"on")
    without = desk.settings.model_copy(update={"sensors": desk.settings.sensors[1:], "fusion": ()})
    end_gone(without, desk.box.outbox, desk.box.now())
    assert [i.source_id for i in desk.box.outbox.open_incidents()] == ["bell-1"]
    none = without.model_copy(update={"sensors": ()})
    end_gone(none, desk.box.outbox, desk.box.now())
    assert [(k, s) for k, s, *_ in desk.told()] == [
        ("opened", "gas-1"),
        ("raised", "bell-1"),
        ("ended", "bell-1"),
    ]


def test_a_message_that_the_broker_kept_is_refused_unless_it_says_its_time(desk: Desk) -> None:
    assert desk.desk.take("gas-1", b"50", is_old=True) == "retained_without_time"


def test_a_silent_sensor_is_unknown(desk: Desk) -> None:
    assert desk.desk.status("gas-1", None).state == "unknown"
    desk.desk.take("gas-1", b"0")
    assert desk.desk.status("gas-1", None).state == "ok"
    assert desk.desk.status("gas-1", "the broker is away").state == "unknown"


@given(st.lists(payloads, max_size=20))
def test_whatever_comes_nothing_crashes_and_every_refusal_is_counted(
    tmp_path_factory: pytest.TempPathFactory, come: list[bytes]
) -> None:
    made = Desk(tmp_path_factory.mktemp("desk"))
    refused = 0
    for data in come:
        made.box.mono_s += 1
        refused += made.desk.take("gas-1", data) is not None
    counted = made.desk.refused["gas-1"].total() + made.desk._states["gas-1"].refused_total
    assert counted == refused
    made.box.outbox.close()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('unit: "%LEL"', "unit: ppm", "sensors[0] has the unit 'ppm'; a gas sensor gives %LEL"),
        ("id: bell-1", "id: north", "sensors[1].id is 'north'; another sensor or camera"),
        ("[gas-1, bell-1]", "[gas-1, gas-9]", "fusion[0].sources[1] is 'gas-9'; name a sensor"),
        ("preset: FIF-12", "topic: a/b", "sensors[1].topic leads nowhere; state readings.mqtt"),
        ("{token_env: READINGS_TOKEN}", "{}", "readings.http has no token; name token_env"),
        (
            "{http:",
            "{mqtt: {host: h, ca_file: ca.pem}, http:",
            "mqtt has a ca_file but no TLS; add",
        ),
        ("{http:", "{mqtt: {host: h, password_env: X}, http:", "a password but no username; name"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    (tmp_path / "edge.yaml").write_text(EDGE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_edge(tmp_path / "edge.yaml")
    assert says in str(caught.value)


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), ("no PEM", "certificate")])
def test_an_authority_that_cannot_be_read_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, why: str
) -> None:
    monkeypatch.setenv("READINGS_TOKEN", "x")
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    stated = f"{{mqtt: {{host: h, tls: true, ca_file: {ca_file}}}, http:"
    (tmp_path / "edge.yaml").write_text(EDGE.replace("{http:", stated))
    with pytest.raises(ConfigError) as caught:
        load_edge(tmp_path / "edge.yaml", secrets=True)
    assert f"readings.mqtt.ca_file cannot be used: {ca_file}: no certificates" in str(caught.value)
    assert why in str(caught.value)
