"""A wrapper that records what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from editenv.envs.image_edit import ImageEditEnv
from editenv.recordings.describe import Log
from editenv.recordings.folder import begin


class RecordEpisodes(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Records every episode that is played to its end, as ``editenv view`` shows it.

    The recording lies in ``folder/ID--POLICY``: ``recording.json``, a line of JSON an episode, and
    every picture and mask as PNG. ``docs/recordings.md`` describes them. An episode that is reset
    before its end is left out.

    Args:
        env: an ``ImageEditEnv``, wrapped or not.
        folder: where recordings are collected, one folder a policy and id.
        policy: what the policy is called.

    Raises:
        ValueError: ``env`` is no ``ImageEditEnv``, or there is such a recording already.

    >>> import gymnasium, tempfile, editenv
    >>> folder = tempfile.mkdtemp()
    >>> env = RecordEpisodes(gymnasium.make("ImageEdit-Direct-v0"), folder, policy="lazy")
    >>> _ = env.reset(seed=0)
    >>> _ = env.step(env.unwrapped.encode(editenv.ToolCall("submit")))
    >>> from editenv.recordings import read_recordings
    >>> (recording,) = read_recordings(folder)
    >>> len(recording.episodes)
    1
    """

    def __init__(self, env: gymnasium.Env[Any, Any], folder: str | Path, policy: str) -> None:
        RecordConstructorArgs.__init__(self, folder=str(folder), policy=policy)
        super().__init__(env)
        base = env.unwrapped
        if not isinstance(base, ImageEditEnv):
            raise ValueError(f"env={env} is no ImageEditEnv: only its episodes can be recorded")
        self._base = base
        spec = env.spec
        env_id = spec.id if spec is not None else type(base).__name__
        split = "train" if spec is None else str(spec.kwargs.get("split", "train"))
        self._writer = begin(folder, env_id, policy, split)
        self._log: Log | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode, and its record."""
        found = self.env.reset(seed=seed, options=options)
        self._log = Log(self._base.episode, seed)
        return found

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Carry out a call and take it down; at the end of the episode, write it."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._log is not None:
            self._log.step(self._base.episode)
            if terminated or truncated:
                self._writer.write(self._log.finish(self._base.episode), self._log.pictures)
                self._log = None
        return observation, reward, terminated, truncated, info
