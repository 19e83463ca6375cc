"""What a process does that fills a cache folder until it is killed."""

import numpy as np
from edit_cache_tools import Wanderer, half_mask, picture

from editenv.tools.cache import CachedTool, EditCache

PICTURES = 40
DISK_BYTES = 3 * 2**20
"""Less than the pictures take, so that old edits are thrown out all the time."""


def main(folder, seed):
    rng = np.random.default_rng(seed)
    tool = CachedTool(Wanderer(), EditCache(max_bytes=0, folder=folder, disk_bytes=DISK_BYTES))
    for count in range(10**9):
        numbers = rng.integers(PICTURES, size=rng.integers(1, 4)).tolist()
        size = len(numbers)
        tool.apply([picture(n, 192) for n in numbers], [half_mask(192)] * size, [0] * size)
        if count == 0:
            print("writing", flush=True)
