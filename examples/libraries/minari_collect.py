"""Collect a Minari data set with Minari's own ``DataCollector``, and read it back.

MINARI_DATASETS_PATH=runs/minari python examples/libraries/minari_collect.py --episodes 5

``examples/collect_demonstrations.py`` writes the oracle's episodes, and needs no jax.
"""

from __future__ import annotations

import argparse

import gymnasium
import minari

NAME = "editenv/restore/random-v0"


def collect(episodes: int) -> minari.MinariDataset:
    """Play so many episodes by chance and return them as a data set."""
    env = gymnasium.make("editenv:ImageEdit-Restore-v0", image_size=64)
    # Minari's default is JPEG, which would change the very pixels that are to be restored.
    env = minari.DataCollector(env, jpeg_encoding=False)
    env.action_space.seed(0)
    for seed in range(episodes):
        env.reset(seed=seed)
        over = False
        while not over:
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            over = terminated or truncated
    data = env.create_dataset(
        dataset_id=NAME,
        algorithm_name="random",
        description="Actions drawn from the action space.",
    )
    env.close()
    return data


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=5)
    collect(parser.parse_args().episodes)
    data = minari.load_dataset(NAME)
    for episode in data.iterate_episodes():
        print(f"episode {episode.id}: {len(episode)} calls, return {sum(episode.rewards):.3f}")
    print(data.recover_environment().spec.id)
