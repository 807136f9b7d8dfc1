"""What a settings file may say, and what is answered to a file that says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.rules.presets import PRESETS
from linewarden.settings import ConfigError, EdgeSettings, load_edge, load_server

GOOD = """\
device: {name: qixia-07, store: https://store.example, key: device.key}
model: nano
cameras:
  - id: k12-north
    analyse: {url: rtsp://10.0.0.7/sub, username: viewer, password_env: CAM_K12}
    record:  {url: rtsp://10.0.0.7/main, username: viewer, password_env: CAM_K12}
    site: {lon: 118.9653, lat: 32.1284, datum: wgs84}
    zones:
      - {id: band5, polygon: [[80, 300], [620, 290], [639, 359], [0, 359]], frame: [640, 360]}
    rules:
      - {use: machine-in-zone, zone: band5, after: 8s, clear: 20s, level: red}
"""
CLASSES = ("person", "car", "truck", "bus", "excavator", "machine", "forklift")


def read(tmp_path: Path, text: str) -> EdgeSettings:
    file = tmp_path / "edge.yaml"
    file.write_text(text, encoding="utf-8")
    return load_edge(file, classes_of=lambda _: CLASSES)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_the_shape_in_the_readme_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)
    rule = settings.cameras[0].rules[0]
    assert (rule.after_s, rule.clear_s, rule.level) == (8.0, 20.0, "red")
    assert rule.name == "machine-in-zone.band5"
    assert rule.labels(CLASSES) == ("excavator", "machine")
    assert settings.cameras[0].zones[0].frame_px == (640, 360)


def test_a_zone_with_two_points_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    text = GOOD.replace("[[80, 300], [620, 290], [639, 359], [0, 359]]", "[[80, 300], [620, 290]]")
    assert problems(tmp_path, text) == [
        "edge.yaml:9: cameras[0].zones[0].polygon is [[80, 300], [620, 290]]; "
        "a zone needs at least 3 points"
    ]


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    text = GOOD.replace("    zones:", "    zoens: []\n    zones:")
    assert problems(tmp_path, text) == [
        "edge.yaml:8: cameras[0].zoens is not known; did you mean zones?"
    ]


def test_a_key_that_a_kind_of_rule_does_not_have_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("after: 8s,", "after: 8s, clera: 9s,")) == [
        "edge.yaml:11: cameras[0].rules[0].clera is not known; did you mean clear?"
    ]


def test_an_unknown_use_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("use: machine-in-zone", "use: machine-in-zoen")) == [
        "edge.yaml:11: cameras[0].rules[0].use is 'machine-in-zoen'; did you mean machine-in-zone?"
    ]


def test_a_rule_without_use_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("use: machine-in-zone, ", "")) == [
        "edge.yaml:11: cameras[0].rules[0].use is missing; cameras[0].rules[0] needs use"
    ]


def test_a_rule_may_hold_for_all_that_the_camera_sees(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD.replace("zone: band5,", "zone: picture,"))
    assert settings.cameras[0].rules[0].zone == "picture"
    assert problems(tmp_path, GOOD.replace("id: band5,", "id: picture,"))[0].startswith(
        "edge.yaml:9: cameras[0].zones[0].id is 'picture'; ids are given once"
    )


PRESET = "{use: PIPE-02, zone: band5, hca: III, after: 90s}"
RULE = "{use: machine-in-zone, zone: band5, after: 8s, clear: 20s, level: red}"


def test_a_preset_gives_what_the_rule_does_not_say_itself(tmp_path: Path) -> None:
    rule = read(tmp_path, GOOD.replace(RULE, PRESET)).cameras[0].rules[0]
    assert (rule.name, rule.use, rule.preset) == ("PIPE-02.band5", "works", "PIPE-02")
    assert (rule.after_s, rule.clear_s, rule.level) == (90.0, 60.0, "orange")


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_is_a_whole_rule(tmp_path: Path, preset: str) -> None:
    towards = ", towards: picture" if preset == "PIPE-03" else ""
    text = GOOD.replace(RULE, f"{{use: {preset}, zone: band5{towards}}}")
    file = tmp_path / "edge.yaml"
    file.write_text(text, encoding="utf-8")
    (rule,) = load_edge(file).cameras[0].rules
    known = (*CLASSES, "smoke", "fire", "drilling_rig", "e_bike")
    assert rule.rule(known).level == PRESETS[preset].settings["level"]


def test_a_preset_for_a_class_that_the_model_lacks_names_the_class(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text(GOOD.replace(RULE, "{use: PIPE-04, zone: band5}"), encoding="utf-8")
    with pytest.raises(ConfigError, match="the model knows none of drilling_rig"):
        load_edge(file, classes_of=lambda model: CLASSES)


def test_a_key_that_the_rule_of_a_preset_does_not_have_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace(RULE, PRESET.replace("hca:", "hac:"))
    assert problems(tmp_path, text) == [
        "edge.yaml:11: cameras[0].rules[0].hac is not known; did you mean hca?"
    ]


def with_when(when: str) -> str:
    return GOOD.replace("level: red}", f"level: red, when: [{when}]}}")


def test_a_schedule_is_read_in_words_and_across_midnight(tmp_path: Path) -> None:
    text = with_when("{days: fri-mon, from: 22:00, until: '06:00', holidays: never}")
    (part,) = read(tmp_path, text).cameras[0].rules[0].when
    window = part.window()
    assert sorted(window.days) == [0, 4, 5, 6]
    assert (window.begins_min, window.ends_min, window.holidays) == (1320, 360, "never")


@pytest.mark.parametrize(
    ("when", "says"),
    [
        (
            "{days: someday, from: 22:00, until: '06:00'}",
            "when[0].days is 'someday'; write",
        ),
        ("{from: '25:00', until: '06:00'}", "when[0].from is '25:00'; write a time of day"),
        ("{from: '06:00', until: '06:00'}", "it begins when it ends; for all day write 00:00"),
    ],
)
def test_a_schedule_that_is_none_is_named_by_file_line_and_field(
    tmp_path: Path, when: str, says: str
) -> None:
    (line,) = problems(tmp_path, with_when(when))
    assert line.startswith("edge.yaml:11: cameras[0].rules[0].when[0]")
    assert says in line


def test_a_permit_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    permit = (
        "{kind: works, number: '17', from: 2026-12-01T08:00:00+08:00, "
        "until: 2026-11-01T18:00:00+08:00}"
    )
    text = GOOD.replace("level: red}", f"level: red, permits: [{permit}]}}")
    assert "ends before it begins; put the later moment into until" in problems(tmp_path, text)[0]


def test_holidays_and_timezone_make_the_calendar(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD + "holidays: [2026-10-01]\ntimezone: Asia/Shanghai\n")
    assert [day.isoformat() for day in settings.calendar.holidays] == ["2026-10-01"]


def test_a_time_shorter_than_the_gap_between_two_looks_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("after: 8s", "after: 100ms")) == [
        "edge.yaml:11: cameras[0].rules[0].after is 0.1s; pictures are looked at every 0.25 s; "
        "make it longer, or raise frames_per_second"
    ]


def test_a_duration_without_unit_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("after: 8s", "after: 8")) == [
        "edge.yaml:11: cameras[0].rules[0].after is 8; "
        "a duration carries its unit: 8s, 500ms, 2m or 1h"
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("8s", 8.0), ("2m", 120.0), ("1.5h", 5400.0)]
)
def test_durations_are_read_with_their_units(tmp_path: Path, text: str, seconds: float) -> None:
    settings = read(tmp_path, GOOD.replace("after: 8s", f"after: {text}"))
    assert settings.cameras[0].rules[0].after_s == seconds


def test_an_unknown_class_is_named_with_the_allowed_ones(tmp_path: Path) -> None:
    text = GOOD.replace("use: machine-in-zone", "use: class-in-zone, classes: [digger]")
    assert problems(tmp_path, text) == [
        "edge.yaml:11: cameras[0].rules[0].classes[0] is 'digger'; "
        f"the model knows {', '.join(CLASSES)}"
    ]


def test_a_rule_for_a_zone_that_is_not_there_names_the_zones_that_are(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD.replace("zone: band5,", "zone: band6,")) == [
        "edge.yaml:11: cameras[0].rules[0].zone is 'band6'; this camera's zones: band5"
    ]


def test_a_preset_that_the_model_cannot_serve_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match="the model knows none of excavator, machine"):
        load_edge(file, classes_of=lambda _: ["person", "car"])


def test_all_faults_of_a_file_are_reported_in_one_go(tmp_path: Path) -> None:
    text = (
        GOOD.replace("after: 8s", "after: 8")
        .replace("zone: band5,", "zone: band6,")
        .replace("lat: 32.1284", "lat: 132.1284")
        .replace("model: nano", "modle: nano")
    )
    fields = [line.split(" ")[1] for line in problems(tmp_path, text)]
    assert fields == [
        "modle",
        "cameras[0].site.lat",
        "cameras[0].rules[0].after",
        "cameras[0].rules[0].zone",
    ]


@pytest.mark.parametrize(
    "url", ["rtsp://viewer:hunter2@10.0.0.7/sub", "rtsp://10.0.0.7/sub?user=a&password=hunter2"]
)
def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    text = "\n".join(problems(tmp_path, GOOD.replace("rtsp://10.0.0.7/sub", f'"{url}"')))
    assert "cameras[0].analyse.url holds a name or a password" in text
    assert "hunter2" not in text


def test_a_missing_password_variable_is_named_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAM_K12", raising=False)
    (tmp_path / "edge.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"edge.yaml:5: .*password_env .*CAM_K12 is not set"):
        load_edge(tmp_path / "edge.yaml", secrets=True)


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o644)
    text = GOOD.replace("password_env: CAM_K12", f"password_file: {secret}")
    (tmp_path / "edge.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        load_edge(tmp_path / "edge.yaml", secrets=True)
    assert "hunter2" not in str(caught.value)


def test_a_shifted_datum_is_refused(tmp_path: Path) -> None:
    [line] = problems(tmp_path, GOOD.replace("datum: wgs84", "datum: gcj02"))
    assert "convert to wgs84" in line


def test_three_control_points_are_too_few(tmp_path: Path) -> None:
    points = ", ".join("{px: [1, 2], lon: 118.9, lat: 32.1}" for _ in range(3))
    text = GOOD.replace("    zones:", f"    control_points: [{points}]\n    zones:")
    [line] = problems(tmp_path, text)
    assert line.startswith("edge.yaml:8: cameras[0].control_points")
    assert line.endswith("a calibration needs at least 4 control points")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("device: [", "is not YAML"),
        ("device: {name: a}\ndevice: {name: b}", "edge.yaml:2: device stands here twice"),
        ("", "device is missing"),
        ("- 1", "it should be"),
    ],
)
def test_a_file_that_is_no_settings_is_one_clear_line(tmp_path: Path, text: str, says: str) -> None:
    assert says in problems(tmp_path, text)[0]


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_edge(tmp_path / "edge.yaml")


def test_the_server_needs_no_file(tmp_path: Path) -> None:
    settings = load_server(None)
    assert settings.address == ("127.0.0.1", 8080)
    assert settings.store().database.get_backend_name() == "sqlite"


@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "127.0.0.1", ":8080", "host:http"])
def test_an_address_that_nobody_can_listen_on_is_named(tmp_path: Path, listen: str) -> None:
    file = tmp_path / "server.yaml"
    file.write_text(f"listen: '{listen}'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"server.yaml:1: listen is .*0 to 65535"):
        load_server(file)


def test_a_database_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    file.write_text("database: postgresql://lw:hunter2@db/lw\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds a password") as caught:
        load_server(file)
    assert "hunter2" not in str(caught.value)
