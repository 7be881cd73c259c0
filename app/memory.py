"""Where this process's memory is: what lives, and what allocators keep for later. Growth of the second is no leak."""

import ctypes
import gc
import sys
from dataclasses import dataclass

import psutil

MB = 1e6


class _Heap(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Memory:
    """`objects`: containers made since the start (what the start made is frozen); `blocks`: small pieces of Python's.
    `used_mb`: what C code holds of its heap, SQLite's pages among it; `idle_mb`: what the heap keeps after use."""

    rss_mb: float
    objects: int
    blocks: int
    used_mb: float
    idle_mb: float


def measure() -> Memory:
    """Garbage that waits for its collection counts as living. Without glibc the heap is not known: 0."""
    heap = _heap()
    return Memory(
        rss_mb=rss_mb(),
        objects=len(gc.get_objects()),
        blocks=sys.getallocatedblocks(),
        used_mb=round((heap.uordblks + heap.hblkhd) / MB, 1),
        idle_mb=round(heap.fordblks / MB, 1),
    )


def rss_mb(pid: int | None = None) -> float:
    """Of this process, or another one."""
    return round(psutil.Process(pid).memory_info().rss / MB, 1)


def _heap() -> _Heap:
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return _Heap()
    ask.restype = _Heap
    found: _Heap = ask()
    return found
