"""What floors are measured with, and what their rows are called."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import gymnasium

TITLES = {
    "random": "random",
    "constant": "best constant sequence",
    "pipeline": "keyword pipeline",
    "clone": "cloned coordinator",
    "clone-greyed": "the same, picture greyed at test",
    "clone-no-picture": "cloned without the picture",
    "clone-no-instruction": "cloned without the instruction",
    "oracle": "oracle",
}
"""By the name of a row, in the order of the table."""

UNLEARNED = ("random", "constant", "pipeline", "oracle")


@dataclass(frozen=True)
class FloorSettings:
    """What to measure.

    Attributes:
        env_id: a registered id.
        episodes: held-out tasks of the test split.
        train_episodes: the oracle's episodes of the train split.
        minutes: most processor time for one clone: half to collect them, half to train.
        search_tasks: tasks on which constant sequences are searched.
        search_split: of these tasks; they are never those of the held-out seeds.
        seed: of everything learnt or drawn; the held-out tasks are always the same.
        threads: of torch.
        env_kwargs: further arguments of the environments.
    """

    env_id: str
    episodes: int = 300
    train_episodes: int = 8000
    minutes: float = 4.0
    search_tasks: int = 256
    search_split: str = "train"
    seed: int = 0
    threads: int = 1
    env_kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What repeats the measurement, but for ``env_kwargs``."""
        return (
            f"editenv floors --id {self.env_id} --episodes {self.episodes} "
            f"--train-episodes {self.train_episodes} --minutes {self.minutes:g} "
            f"--search-tasks {self.search_tasks} --search-split {self.search_split} "
            f"--seed {self.seed} --threads {self.threads}"
        )

    def of_row(self, name: str, fingerprint: str) -> dict[str, Any]:
        """Return, as plain values, what the figures of a row depend on."""
        found: dict[str, Any] = {
            "id": self.env_id,
            "episodes": self.episodes,
            "environment": fingerprint,
            "env_kwargs": {key: str(value) for key, value in self.env_kwargs.items()},
        }
        if name in ("random", "constant") or name not in UNLEARNED:
            found["seed"] = self.seed
        if name == "constant":
            found |= {"search_tasks": self.search_tasks, "search_split": self.search_split}
        if name not in UNLEARNED:
            found |= {"train_episodes": self.train_episodes, "minutes": self.minutes}
        return found


def fingerprint_of(env: gymnasium.Env, first_seed: int, tasks: int = 4) -> str:
    """Return a short hash of the spaces and of some tasks: another environment has another one.

    Rows that were measured before the environment changed are so not mistaken for new ones.
    """
    base: Any = env.unwrapped
    found = hashlib.sha256(f"{env.observation_space} {base.calls}".encode())
    for seed in range(first_seed, first_seed + tasks):
        _, info = env.reset(seed=seed)
        found.update(info["instruction"].encode())
        found.update(base.task.source.tobytes())
    return found.hexdigest()[:12]
