"""How the commands of this room say what is wrong with their input."""

from __future__ import annotations

import sys
from collections.abc import Callable

from datasets.labels import LabelError
from models.errors import ManifestError
from vision import ModelError


def exit_code(work: Callable[[], object]) -> int:
    """Do `work`; returns 0, or 1 after telling in one line what data or model is wrong."""
    try:
        work()
    except (LabelError, ManifestError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
