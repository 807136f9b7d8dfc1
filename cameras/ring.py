"""The last seconds of a camera, encoded, always starting on a key frame."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from itertools import islice

from cameras.types import Packet


class PacketRing:
    """Packets of the last `keep_s` seconds in at most `cap_bytes`.

    Whole groups of pictures leave together, so what is held can always be decoded from its start.
    A single group that is larger than the cap leaves too: the ring is then empty until the next
    key frame. Not safe for threads; its owner locks.
    """

    def __init__(self, keep_s: float, cap_bytes: int) -> None:
        self.keep_s, self.cap_bytes = keep_s, cap_bytes
        self.size_bytes = 0
        self._packets: deque[Packet] = deque()
        self._keys: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def append(self, packet: Packet) -> None:
        """Take the next packet; its index follows the last one's."""
        if not packet.is_key and not self._packets:
            return
        if self._packets and packet.index != self._packets[-1].index + 1:
            raise ValueError(f"packet {packet.index} does not follow {self._packets[-1].index}")
        self._packets.append(packet)
        self.size_bytes += len(packet.data)
        if packet.is_key:
            self._keys.append(packet.index)
        self._trim()

    def newest(self) -> Packet | None:
        """The last packet."""
        return self._packets[-1] if self._packets else None

    def get(self, index: int) -> Packet | None:
        """The packet of that index, None when it is not (or no longer, or not yet) here."""
        if not self._packets:
            return None
        at = index - self._packets[0].index
        return self._packets[at] if 0 <= at < len(self._packets) else None

    def first_index(self) -> int | None:
        """Index of the oldest packet, which is a key frame."""
        return self._packets[0].index if self._packets else None

    def newest_key(self) -> int | None:
        """Index of the newest key frame."""
        return self._keys[-1] if self._keys else None

    def key_before(self, index: int) -> int | None:
        """Index of the last key frame at or before `index`."""
        keys = list(self._keys)
        at = bisect_left(keys, index + 1)
        return keys[at - 1] if at else None

    def group_until(self, index: int) -> list[Packet]:
        """Packets from the last key frame at or before `index` up to it."""
        key = self.key_before(index)
        if key is None:
            return []
        base = self._packets[0].index
        stop = min(len(self._packets), index - base + 1)
        return list(islice(self._packets, key - base, stop))

    def packets(self) -> list[Packet]:
        """All of them, oldest first."""
        return list(self._packets)

    def _trim(self) -> None:
        newest_s = self._packets[-1].mono_s
        while self.size_bytes > self.cap_bytes or (
            len(self._keys) > 1
            and newest_s - self._packets[self._keys[1] - self._packets[0].index].mono_s
            > self.keep_s
        ):
            self._drop_group()
            if not self._packets:
                return

    def _drop_group(self) -> None:
        self._keys.popleft()
        stop = self._keys[0] if self._keys else None
        while self._packets and self._packets[0].index != stop:
            self.size_bytes -= len(self._packets.popleft().data)
