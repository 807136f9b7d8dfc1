"""Stand-in for torchvision, so that CPU training needs no second large package.

Ultralytics asks for torchvision's version and for `ops.nms` only; nothing else is here.
"""

from torchvision import ops

__version__ = "0.28.0"
__all__ = ["ops"]
