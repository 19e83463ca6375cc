"""Any policy's episodes as a Minari data set. Needs the extra ``minari``."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import gymnasium
import numpy as np

from editenv_policies.imitation.minari_data import DATA
from editenv_policies.imitation.minari_storage import MASK, folder_of, minari_part


class Collect(gymnasium.Wrapper):
    """Writes every completed episode into a new data set.

    ``minari.DataCollector`` does this too, but needs jax and keeps all episodes in memory.

    Args:
        env: an ``ImageEditEnv``, wrapped or not, with a spec.
        name: of the data set, ``"(namespace/)name-vN"``, below ``MINARI_DATASETS_PATH``.
        policy: the policy's name.

    Raises:
        ValueError: a name that Minari does not accept, or one that is taken.
        gymnasium.error.DependencyNotInstalled: Minari or h5py is missing.
    """

    def __init__(self, env: gymnasium.Env, name: str, policy: str) -> None:
        super().__init__(env)
        folder = folder_of(name)
        if folder.exists():
            raise ValueError(f"minari={name!r} is taken: {folder} is there, use another name")
        folder.mkdir(parents=True)
        # Pictures are kept byte for byte: JPEG would lose the small differences of edits.
        self._storage = minari_part("dataset.minari_storage").MinariStorage.new(
            folder / DATA, env.observation_space, env.action_space, env.spec, jpeg_encoding=False
        )
        self._storage.update_metadata(
            {
                "dataset_id": name,
                "minari_version": metadata.version("minari"),
                "algorithm_name": policy,
                "author": {"The editenv authors"},
                "description": f"Episodes of {policy}, recorded by `editenv record`.",
                "requirements": [f"editenv=={metadata.version('editenv')}"],
            }
        )
        self._seed: int | None = None
        self._seen: list[tuple[Any, np.ndarray]] = []
        self._done: list[tuple[Any, float, bool, bool]] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; an unfinished one is dropped."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._seed, self._seen, self._done = seed, [(observation, info["action_mask"])], []
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Carry out a call; at the end of the episode, write it."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._seen.append((observation, info["action_mask"]))
        self._done.append((action, float(reward), terminated, truncated))
        if terminated or truncated:
            self._storage.update_episodes([self._buffer()])
        return observation, reward, terminated, truncated, info

    def _buffer(self) -> Any:
        observations, masks = zip(*self._seen, strict=True)
        actions, rewards, terminations, truncations = map(list, zip(*self._done, strict=True))
        return minari_part("data_collector").EpisodeBuffer(
            seed=self._seed,
            observations={key: np.stack([o[key] for o in observations]) for key in observations[0]},
            actions=np.stack(actions),
            rewards=rewards,
            terminations=terminations,
            truncations=truncations,
            infos={MASK: np.stack(masks)},
        )
