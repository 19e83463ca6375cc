"""What ``reset`` of a vector environment was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from editenv.envs.arguments import check_options
from editenv.envs.setup import OPTIONS
from editenv.protocols import is_array


@dataclass(frozen=True)
class Resets:
    """Which sub-environments are reset, and how.

    Attributes:
        seeds: for each of the N sub-environments an int, or None to keep its generator.
        tasks: for each sub-environment a task, an index, or None to draw one.
        mask: (N,) bool, the sub-environments to reset.
    """

    seeds: Sequence[int | None]
    tasks: Sequence[Any]
    mask: np.ndarray

    @classmethod
    def parse(cls, seed: Any, options: dict[str, Any] | None, count: int) -> Resets:
        """Read the arguments of ``ImageEditVectorEnv.reset``, for ``count`` environments.

        Raises:
            ValueError: an invalid seed, a list of the wrong length, an empty mask, or an unknown
                option.
            TypeError: the mask is not a bool array.
        """
        options = check_options(options, (*OPTIONS, "reset_mask"))
        task = options.get("task")
        several = isinstance(task, (list, tuple))
        tasks: Sequence[Any] = cast(Sequence[Any], task) if several else [task] * count
        seeds: Sequence[int | None] = [None] * count if seed is None else seed
        if isinstance(seed, (int, np.integer)):
            seeds = [int(cast(int, seed)) + number for number in range(count)]
        elif seed is not None and (not isinstance(seed, Sequence) or isinstance(seed, str)):
            raise ValueError(f"seed={seed!r} must be an integer, None, or a list with one for each")
        for name, values in (("seed", seeds), ("options['task']", tasks)):
            if len(values) != count:
                raise ValueError(f"{name} has {len(values)} entries, but num_envs={count}")
        return cls(seeds, tasks, _parse_mask(options.get("reset_mask"), count))

    def check_all(self) -> None:
        """Refuse a mask before there are episodes to leave as they are.

        Raises:
            ValueError: a sub-environment is left out.
        """
        if not self.mask.all():
            raise ValueError("the first reset() must reset every sub-environment: omit reset_mask")

    def repeats(self, number: int) -> bool:
        """Whether a sub-environment starts like the one before it: same seed, same task."""
        if number == 0 or self.seeds[number] is None:
            return False
        before = number - 1
        task, other = self.tasks[number], self.tasks[before]
        same_task = task is other or (isinstance(task, int) and task == other)
        return same_task and self.seeds[number] == self.seeds[before]

    def part(self, first: int, last: int) -> tuple[list[int | None], dict[str, Any]]:
        """Return the arguments of ``reset`` for sub-environments ``first`` up to ``last``."""
        options = {"task": list(self.tasks[first:last]), "reset_mask": self.mask[first:last]}
        return list(self.seeds[first:last]), options


def _parse_mask(mask: Any, count: int) -> np.ndarray:
    if mask is None:
        return np.ones(count, np.bool_)
    if not is_array(mask) or mask.dtype != np.bool_:
        raise TypeError(f"options['reset_mask']={mask!r} must be a bool array")
    if mask.shape != (count,) or not mask.any():
        raise ValueError(
            f"options['reset_mask']={mask!r} must have {count} entries, some of them True"
        )
    return mask
