"""Which of a model's files may run on which runtime."""

from __future__ import annotations

import pytest

from linewarden import engine
from models import load_manifest


def test_openvino_is_never_given_what_was_quantised_for_another_runtime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "backends", lambda: ("openvino", "onnx"))
    ways = {(one.precision, one.backend) for one in engine.engines(load_manifest("nano"))}
    assert ways == {("fp32", "openvino"), ("fp32", "onnx"), ("int8", "onnx")}
