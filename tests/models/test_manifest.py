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
    model = tmp_path / "small.onnx"
    model.write_bytes(b"weights")
    fields = {
        "name": "small",
        "file": "small.onnx",
        "sha256": digest_of(model),
        "classes": ["person", "excavator"],
        "input_px": 416,
        "thresholds": {"person": 0.3, "excavator": 0.4},
        "licence": "AGPL-3.0-only",
        "trained_on": ["renders"],
    }
    file = tmp_path / "small.json"
    file.write_text(json.dumps(fields))
    return file


def test_a_good_manifest_names_its_file_classes_and_thresholds(manifest: Path) -> None:
    found = load_manifest(manifest)
    assert found.file == manifest.with_suffix(".onnx")
    assert found.classes == ("person", "excavator")
    assert found.thresholds_by_id() == (0.3, 0.4)


def test_one_altered_byte_of_the_model_is_refused(manifest: Path) -> None:
    manifest.with_suffix(".onnx").write_bytes(b"weightz")
    with pytest.raises(ManifestError, match=r"small\.json: sha256 is .* was altered"):
        load_manifest(manifest)


def test_a_missing_model_file_is_refused(manifest: Path) -> None:
    manifest.with_suffix(".onnx").unlink()
    with pytest.raises(ManifestError, match=r"file is 'small\.onnx', missing"):
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
    ["name", "file", "sha256", "classes", "input_px", "thresholds", "licence", "trained_on"],
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
        (lambda f: f["thresholds"].update(digger=0.3), "thresholds.digger is of an unknown class"),
        (lambda f: f["thresholds"].pop("person"), "thresholds.person is missing"),
        (lambda f: f["thresholds"].update(person=1.5), "thresholds.person is 1.5"),
        (lambda f: f.update(input_px=400), "input_px is 400; it must be a multiple of 32"),
        (lambda f: f.update(input_px=True), "input_px is True"),
        (lambda f: f.update(sha256="abc"), "64 lower-case hex digits"),
        (lambda f: f.update(classes=["person", "person"]), "given once"),
        (lambda f: f.update(file="../elsewhere.onnx"), "beside its manifest"),
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
