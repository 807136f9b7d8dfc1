"""Scenes: simulated fixed cameras with exact ground truth, for demo, training and tests.

Never: torch, or anything of the `train` extra.
"""
