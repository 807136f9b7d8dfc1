"""Vision: numbers about pictures.

In this room: detections, detector back-ends, motion gate, tracker, zones.
Never: a clock, a camera, a database, a network; no I/O beyond a model file.
"""
