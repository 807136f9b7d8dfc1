"""The store's own key: it signs what the store hands out, an evidence package's list above all.

Made at the first start, in one file that only the store's user can read. Several servers of one
store share the file; a store that loses it signs with a new one, which nobody trusts yet.
"""

from __future__ import annotations

from pathlib import Path

from events.seal import KeyFileError, Signer


def store_signer(file: Path) -> Signer:
    """The key in `file`, made if there is none. Raises KeyFileError (others may read it, …)."""
    if not file.exists():
        try:
            return Signer.create(file)
        except KeyFileError:
            if not file.exists():  # it cannot be written; else another server was faster
                raise
    return Signer.load(file)
