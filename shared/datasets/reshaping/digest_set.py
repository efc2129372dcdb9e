"""A set of 64-bit digests in 8 to 27 bytes each, where Python's own takes 70: files have millions of rows."""

from array import array

_FIRST_SIZE = 1 << 12
_MAX_LOAD = 0.6


class DigestSet:
    """Open addressing with linear steps. The digests must be spread evenly, as hashes are."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._n_used = 0

    def __len__(self) -> int:
        return self._n_used

    def add(self, digest: int) -> bool:
        """Take `digest` in; whether it was new. Zero, which marks a free slot, is taken for one."""
        if self._n_used >= _MAX_LOAD * len(self._slots):
            self._grow()
        is_new = _put(self._slots, digest or 1)
        self._n_used += is_new
        return is_new

    def _grow(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(2 * 8 * len(self._slots)))
        for digest in old:
            if digest:
                _put(self._slots, digest)


def _put(slots: "array[int]", digest: int) -> bool:
    mask = len(slots) - 1
    place = digest & mask
    while slots[place]:
        if slots[place] == digest:
            return False
        place = (place + 1) & mask
    slots[place] = digest
    return True
