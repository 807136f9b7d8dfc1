"""Nothing runs a model whose manifest or bytes are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models import ManifestError, load_manifest
from models.manifest import digest_of

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    weights = {}
    for precision in ("fp32", "int8"):
        model = tmp_path / f"{precision}.onnx"
        model.write_bytes(precision.encode())
        weights[precision] = {"file": model.name, "sha256": digest_of(model)}
    fields = {
        "name": "small",
        "weights": weights,
        "classes": ["person", "excavator"],
        "thresholds": {
            "416": {"person": 0.3, "excavator": 0.4},
            "640": {"person": 0.25, "excavator": 0.5},
        },
        "licence": "AGPL-3.0-only",
        "trained_on": ["renders"],
    }
    file = tmp_path / "small.json"
    file.write_text(json.dumps(fields))
    return file


def test_a_good_manifest_is_fp32_at_its_first_size(manifest: Path) -> None:
    found = load_manifest(manifest)
    assert (found.file.name, found.input_px) == ("fp32.onnx", 416)
    assert found.classes == ("person", "excavator")
    assert found.thresholds_by_id() == (0.3, 0.4)


def test_a_size_behind_the_name_brings_its_own_thresholds(manifest: Path) -> None:
    found = load_manifest(f"{manifest}@640")
    assert (found.input_px, found.thresholds_by_id()) == (640, (0.25, 0.5))


def test_a_size_that_the_manifest_does_not_list_is_refused(manifest: Path) -> None:
    with pytest.raises(ManifestError, match="wanted at 512 px; use one of 416, 640"):
        load_manifest(f"{manifest}@512")


def test_a_size_between_has_the_thresholds_of_the_nearest_listed_one(manifest: Path) -> None:
    assert load_manifest(manifest).at(input_px=576).thresholds_by_id() == (0.25, 0.5)


def test_the_same_model_in_int8_has_its_own_file_and_digest(manifest: Path) -> None:
    found = load_manifest(manifest).at(precision="int8")
    assert (found.file.name, found.sha256) == ("int8.onnx", digest_of(found.file))


def test_a_precision_that_is_not_shipped_is_refused(manifest: Path) -> None:
    with pytest.raises(KeyError, match="int4"):
        load_manifest(manifest).at(precision="int4")


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_one_altered_byte_of_either_model_file_is_refused(manifest: Path, precision: str) -> None:
    (manifest.parent / f"{precision}.onnx").write_bytes(b"weightz")
    with pytest.raises(ManifestError, match=rf"weights\.{precision}\.sha256 is .* was altered"):
        load_manifest(manifest)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_missing_model_file_is_refused(manifest: Path, precision: str) -> None:
    (manifest.parent / f"{precision}.onnx").unlink()
    with pytest.raises(ManifestError, match=rf"weights\.{precision}\.file is .*, missing"):
        load_manifest(manifest)


def test_an_unknown_name_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ManifestError, match=r"use one of .*nano"):
        load_manifest("giant")


def test_a_manifest_that_is_no_json_is_refused(manifest: Path) -> None:
    manifest.write_text("{")
    with pytest.raises(ManifestError, match="unreadable"):
        load_manifest(manifest)


@pytest.mark.parametrize(
    "field",
    ["name", "weights", "classes", "thresholds", "licence", "trained_on"],
)
def test_a_missing_field_is_named(manifest: Path, field: str) -> None:
    fields = json.loads(manifest.read_text())
    del fields[field]
    manifest.write_text(json.dumps(fields))
    with pytest.raises(ManifestError, match=f"{field} is missing") as caught:
        load_manifest(manifest)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f["thresholds"]["416"].update(digger=0.3),
            "thresholds.416.digger is of an unknown class",
        ),
        (lambda f: f["thresholds"]["640"].pop("person"), "thresholds.640.person is missing"),
        (lambda f: f["thresholds"]["416"].update(person=1.5), "thresholds.416.person is 1.5"),
        (lambda f: f["thresholds"].update({"400": {}}), "a size is a multiple of 32"),
        (lambda f: f["thresholds"].update({"640": 0.3}), "thresholds.640 is 0.3"),
        (lambda f: f.update(thresholds={}), "it must map each input size"),
        (lambda f: f["weights"].pop("fp32"), "weights.fp32 is missing"),
        (lambda f: f["weights"].update(int4={}), "weights.int4 is of an unknown precision"),
        (lambda f: f["weights"].update(int8="x.onnx"), "it must give file and sha256"),
        (lambda f: f["weights"]["int8"].pop("file"), "weights.int8.file is missing"),
        (lambda f: f["weights"]["fp32"].update(sha256="abc"), "64 lower-case hex digits"),
        (lambda f: f["weights"]["fp32"].update(file="../x.onnx"), "beside its manifest"),
        (lambda f: f.update(classes=["person", "person"]), "given once"),
    ],
)
def test_a_field_out_of_range_is_named(manifest: Path, change: Change, message: str) -> None:
    fields = json.loads(manifest.read_text())
    change(fields)
    manifest.write_text(json.dumps(fields))
    with pytest.raises(ManifestError, match=message):
        load_manifest(manifest)


def test_a_manifest_may_say_from_which_scores_a_second_look_confirms(manifest: Path) -> None:
    assert load_manifest(manifest).second_look == {}
    fields = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(fields | {"second_look": {"excavator": 0.2}}))
    assert load_manifest(manifest).second_look == {"excavator": 0.2}


@pytest.mark.parametrize("found", [{"giraffe": 0.2}, {"excavator": 2}, 0.2, ["excavator"]])
def test_scores_of_a_second_look_that_mean_nothing_are_refused(
    manifest: Path, found: object
) -> None:
    fields = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(fields | {"second_look": found}))
    with pytest.raises(ManifestError, match="second_look"):
        load_manifest(manifest)
