"""What the doctor says: one finding a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do unless it is ok.

    `warn`: it runs, but worse than it could. `wrong`: it would not run.
    """

    check: str
    state: Literal["ok", "warn", "wrong"]
    found: str
    remedy: str = ""
