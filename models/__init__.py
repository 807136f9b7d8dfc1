"""Models: weights and cards (not ORM tables: those live in `api/db`).

In this room: the manifest of what is shipped, ONNX files, label maps; `models/training` makes them.
Never: torch outside `models/training`.
"""

from models.errors import ManifestError
from models.manifest import Manifest, load_manifest

__all__ = ["Manifest", "ManifestError", "load_manifest"]
