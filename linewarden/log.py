"""The log: one line an event, with fields, to stderr; stdout belongs to what was asked for."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_log(least: int = logging.INFO) -> None:
    """Set up the log of this process; `least`: the lowest level that is written."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
