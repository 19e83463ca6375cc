"""The random streams of a process and of environments, in numbers that JSON takes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from gymnasium.utils import seeding


def random_streams() -> dict[str, Any]:
    """Where the streams of Python, NumPy and torch stand: learners draw from all three."""
    version, numbers, gauss = random.getstate()
    name, keys, *rest = np.random.get_state()
    return {
        "python": [version, list(numbers), gauss],
        "numpy": [name, np.asarray(keys).tolist(), *rest],
        "torch": torch.get_rng_state().numpy().tobytes().hex(),
    }


def set_random_streams(streams: dict[str, Any]) -> None:
    """Put the streams to where ``random_streams`` found them."""
    version, numbers, gauss = streams["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, *rest = streams["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))
    found = np.frombuffer(bytes.fromhex(streams["torch"]), np.uint8)
    torch.set_rng_state(torch.from_numpy(found.copy()))


def seeded_state(seed: int) -> dict[str, Any]:
    """Where the generator of an environment stands that was reset with a seed."""
    return dict(seeding.np_random(seed)[0].bit_generator.state)
