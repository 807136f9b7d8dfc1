"""Models: weights and cards (not ORM tables: those live in `api/db`).

In this room: the manifest of what is shipped, ONNX files, label maps; `models/training` makes them.
Never: torch outside `models/training`.
"""
