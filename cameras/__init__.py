"""Cameras: pixels with a time.

In this room: sources (RTSP, files), decode policy, packet ring, clips, stream clock, calibration.
Never: a rule, an event, a database.
"""
