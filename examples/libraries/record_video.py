"""Record episodes as videos with Gymnasium. Needs the extra ``video``.

python examples/libraries/record_video.py --out runs/videos --episodes 2
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gymnasium
from gymnasium.wrappers import RecordVideo


def record(folder: Path, episodes: int) -> list[Path]:
    """Play by chance and return the videos."""
    env = gymnasium.make("editenv:ImageEdit-v0", render_mode="rgb_array")
    env = RecordVideo(env, str(folder), episode_trigger=lambda episode: True)
    env.action_space.seed(0)
    for seed in range(episodes):
        env.reset(seed=seed)
        over = False
        while not over:
            action = env.action_space.sample()
            _, _, terminated, truncated, _ = env.step(action)
            over = terminated or truncated
    env.close()
    return sorted(folder.glob("*.mp4"))


def main() -> None:
    """Record as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/videos"))
    parser.add_argument("--episodes", type=int, default=2)
    arguments = parser.parse_args()
    for path in record(arguments.out, arguments.episodes):
        print(path)


if __name__ == "__main__":
    main()
