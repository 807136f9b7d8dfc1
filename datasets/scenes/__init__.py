"""Simulated fixed cameras with exact ground truth, for the demo, the tests and training.

All pictures are drawn by code of our own from shapes and noise; nothing is photographed.
"""

from datasets.scenes.random_picture import random_picture
from datasets.scenes.truth import CLASSES, Truth

__all__ = ["CLASSES", "Truth", "random_picture"]
