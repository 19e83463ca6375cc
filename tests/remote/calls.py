"""Limits, pictures and counts for the tests of remote components."""

import gc
import os
import threading
import time
from collections import Counter

import numpy as np

from editenv.models.remote import Limits
from editenv.tools import Prompt

FAST = Limits(
    concurrency=16,
    attempts=4,
    connect=2,
    silence=0.4,
    attempt=0.8,
    total=30,
    backoff=0.02,
    longest_wait=0.2,
)

KIND_OF_FAULT = {
    "rate_limit": "rate_limit",
    "server_error": "server_error",
    "reset": "connection",
    "hang": "timeout",
    "drip": "timeout",
    "truncated": "connection",
    "wrong_type": "bad_response",
    "not_an_image": "bad_response",
    "huge_image": "bad_response",
    "refusal": "refusal",
}
"""What each fault of the server is called."""


def batch(count, rows=24, columns=32, seed=0):
    """Return pictures, masks of one rectangle each, options and prompts."""
    rng = np.random.default_rng(seed)
    images = list(rng.integers(0, 256, (count, rows, columns, 3), np.uint8))
    masks = []
    for _ in range(count):
        mask = np.zeros((rows, columns), np.uint8)
        top, left = rng.integers(rows - 8), rng.integers(columns - 8)
        mask[top : top + 8, left : left + 8] = rng.integers(1, 256)
        masks.append(mask)
    prompts = [Prompt(f"edit {n}", int(rng.integers(2**31))) for n in range(count)]
    return images, masks, [0] * count, prompts


def threads():
    """Return the names of all threads."""
    return sorted(thread.name for thread in threading.enumerate())


def open_files():
    """Return how many files and sockets the process has open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def becomes(check, seconds=10.0):
    """Whether something becomes true soon: threads end and sockets close a little later."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        gc.collect()
        time.sleep(0.02)
    return True


def nothing_is_left(before):
    """Whether soon no thread and no file is there that was not before: (threads(), open_files()).

    What an earlier test left dying may be gone by then.
    """
    names, files = Counter(before[0]), before[1]
    return becomes(lambda: not Counter(threads()) - names and open_files() <= files)
