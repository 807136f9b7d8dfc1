"""All threats of the list, in order."""

from __future__ import annotations

from benchmarks.staging import threats_faults, threats_fire, threats_named, threats_silent
from benchmarks.staging.threats import Threat

THREATS: tuple[Threat, ...] = (
    *threats_silent.THREATS,
    *threats_fire.THREATS,
    *threats_named.THREATS,
    *threats_faults.THREATS,
)
