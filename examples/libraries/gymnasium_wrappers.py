"""Gymnasium's own wrappers and vector modes, one after the other.

python examples/libraries/gymnasium_wrappers.py
"""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import wrappers

import editenv  # noqa: F401

ENV_ID = "ImageEdit-Restore-v0"

STACKS: dict[str, Any] = {
    "RecordEpisodeStatistics": wrappers.RecordEpisodeStatistics,
    "FlattenObservation": wrappers.FlattenObservation,
    "FilterObservation": lambda env: wrappers.FilterObservation(env, ["image", "instruction"]),
    "FrameStackObservation": lambda env: wrappers.FrameStackObservation(env, 3),
    "TimeAwareObservation": wrappers.TimeAwareObservation,
    "DelayObservation": lambda env: wrappers.DelayObservation(
        wrappers.FlattenObservation(env), delay=1
    ),
    "NormalizeObservation": lambda env: wrappers.NormalizeObservation(
        wrappers.FlattenObservation(env)
    ),
    "NormalizeReward": wrappers.NormalizeReward,
    "ClipReward": lambda env: wrappers.ClipReward(env, -1.0, 1.0),
    "StickyAction": lambda env: wrappers.StickyAction(env, 0.25),
    "Autoreset": wrappers.Autoreset,
    "RenderCollection": wrappers.RenderCollection,
    "AddRenderObservation": lambda env: wrappers.AddRenderObservation(env, render_only=False),
}
MODES = ("vector_entry_point", "sync", "async")


def play(env: gymnasium.Env, steps: int) -> float:
    """Play by chance and return the sum of the rewards."""
    env.action_space.seed(0)
    env.reset(seed=0)
    total = 0.0
    for _ in range(steps):
        seen, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert env.observation_space.contains(seen)
        total += float(reward)
        if (terminated or truncated) and not isinstance(env, wrappers.Autoreset):
            env.reset()
    return total


def main() -> None:
    """Play with every wrapper, then in every vector mode."""
    for name, wrap in STACKS.items():
        env = wrap(gymnasium.make(ENV_ID, image_size=32, render_mode="rgb_array"))
        print(f"{name:24} {play(env, 20):+.3f}")
    for mode in MODES:
        envs = gymnasium.make_vec(ENV_ID, num_envs=2, vectorization_mode=mode, image_size=32)
        envs = wrappers.vector.RecordEpisodeStatistics(envs)
        envs.action_space.seed(0)
        envs.reset(seed=0)
        rewards = sum(envs.step(envs.action_space.sample())[1].sum() for _ in range(20))
        print(f"make_vec {mode:24} {rewards:+.3f}")
        envs.close()


if __name__ == "__main__":
    main()
