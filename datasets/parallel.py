"""The same work on many items by several processes, results in the order of the items."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import cv2

T = TypeVar("T")
R = TypeVar("R")
_work: Callable[[Any], Any] | None = None  # Any: workers are forked and inherit it unpickled


def each(work: Callable[[T], R], items: Sequence[T], processes: int) -> Iterator[R]:
    """`work(item)` for each item; `work` may close over anything, results must pickle."""
    global _work
    if processes <= 1:
        yield from map(work, items)
        return
    _work = work
    cv2.setNumThreads(1)  # threads of the parent would be missing in its children, which then wait
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap(_call, items, chunksize=4)


def _call(item: Any) -> Any:  # Any: what `each` was given
    if _work is None:
        raise RuntimeError("a worker was started without work")
    return _work(item)
